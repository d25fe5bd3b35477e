// The Workload Variant Autoscaler's loops over the variants of every model: what each is wanted to have.
//
// It scales nothing but from zero: it publishes `wva_desired_replicas`, which HPAs and ScaledObjects follow.

import { type Clock, PRIORITY } from "../../sim/clock.ts";
import type { ScaleTarget } from "./autoscaler.ts";
import type { Prometheus, Scraped } from "./prometheus.ts";
import { decide, enforce, type ReplicaPeak, type VariantState } from "./saturation.ts";
import type { VariantPlan } from "./scaling_plan.ts";
import {
  CURRENT_REPLICAS,
  DESIRED_RATIO,
  DESIRED_REPLICAS,
  type PodSample,
} from "./scraped_metrics.ts";

/** `GLOBAL_OPT_INTERVAL`: collect, analyse, optimise, enforce. */
const LOOP_US = 30_000_000;
/** How often it looks whether anybody waits for a model that has no replicas. */
const FROM_ZERO_US = 100_000;
/** Its inputs are `max_over_time(…[1m])`. */
const PEAK_US = 60_000_000;

/** A workload that it decides on, known by the HPA or ScaledObject that has its annotations. */
export interface Variant {
  readonly name: string;
  readonly namespace: string;
  readonly plan: VariantPlan;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly target: ScaleTarget;
  readonly scraped: Scraped;
  /** The label of its pods: prefill and decode are variants of one model too. */
  readonly role: string;
  /** Requests that wait for an endpoint now. */
  readonly queued: () => number;
  /** When a request was answered last, µs; the beginning of the run where none was. */
  readonly lastAnswerUs: () => number;
}

interface Known {
  readonly variant: Variant;
  /** 0: nothing was decided yet, or nothing is wanted. */
  desired: number;
}

export class VariantAutoscaler {
  readonly #clock: Clock;
  readonly #prometheus: Prometheus;
  /** By namespace and model. */
  readonly #models = new Map<string, Known[]>();
  #running = false;
  #waking = false;

  constructor(clock: Clock, prometheus: Prometheus) {
    this.#clock = clock;
    this.#prometheus = prometheus;
  }

  /** `warm`: it has stood still before the run, and its metrics were scraped. */
  add(variant: Variant, warm: boolean): void {
    const key = modelKey(variant);
    const known: Known = { variant, desired: 0 };
    this.#models.set(key, [...this.#models.get(key) ?? [], known]);
    this.#prometheus.keep(PEAK_US);
    if (warm) this.#publish(known, variant.target.replicas, this.#clock.nowUs - LOOP_US);
    if (this.#running) return;
    this.#running = true;
    this.#clock.after(LOOP_US, this.#loop, PRIORITY.controller);
  }

  remove(variant: Variant): void {
    const key = modelKey(variant);
    const left = (this.#models.get(key) ?? []).filter((known) => known.variant !== variant);
    if (left.length === 0) this.#models.delete(key);
    else this.#models.set(key, left);
  }

  /** Somebody waits for an endpoint: whether there is any is looked at on the next beat. */
  wake(): void {
    if (this.#waking) return;
    this.#waking = true;
    const { nowUs } = this.#clock;
    const beatUs = Math.floor(nowUs / FROM_ZERO_US) * FROM_ZERO_US + FROM_ZERO_US;
    this.#clock.at(beatUs, this.#fromZero, PRIORITY.controller);
  }

  readonly #loop = (): void => {
    this.#clock.after(LOOP_US, this.#loop, PRIORITY.controller);
    // Without an answer nothing is decided: what was published last stands.
    if (this.#prometheus.isDown) return;
    for (const known of this.#models.values()) this.#optimize(known);
  };

  #optimize(known: readonly Known[]): void {
    const states = known.map(({ variant, desired }) => this.#stateOf(variant, desired));
    const retentionUs = Math.max(...known.map(({ variant }) => variant.plan.retentionUs ?? 0));
    const lastUs = Math.max(...known.map(({ variant }) => variant.lastAnswerUs()));
    const idle = this.#clock.nowUs - lastUs >= retentionUs;
    const decisions = enforce(decide(states), states, idle, retentionUs > 0);
    for (const [index, each] of known.entries()) {
      each.desired = decisions[index]!.target;
      this.#publish(each, each.desired);
    }
  }

  #stateOf(variant: Variant, desired: number): VariantState {
    const { name, plan, minReplicas, maxReplicas, target } = variant;
    const samples = [...this.#prometheus.samples(variant.scraped, PEAK_US).values()]
      .filter(([first]) => first?.role === variant.role);
    const current = target.statusReplicas === 0 ? target.replicas : target.statusReplicas;
    return {
      ...{ name, minReplicas, maxReplicas, current, desired },
      cost: Number(plan.variantCost),
      pending: Math.max(0, current - target.readyPods),
      peaks: samples.map(peakOf),
    };
  }

  #publish({ variant, desired }: Known, value = desired, sinceUs = this.#clock.nowUs): void {
    const { name, namespace, target } = variant;
    const labels = { variant_name: name, exported_namespace: namespace };
    const current = target.statusReplicas;
    this.#prometheus.publish(DESIRED_REPLICAS, labels, value, sinceUs);
    this.#prometheus.publish(CURRENT_REPLICAS, labels, current, sinceUs);
    // Without replicas the ratio is that to one.
    this.#prometheus.publish(DESIRED_RATIO, labels, value / Math.max(1, current), sinceUs);
  }

  /** All variants of the model at once, as upstream does. */
  readonly #fromZero = (): void => {
    this.#waking = false;
    for (const known of this.#models.values()) {
      if (!known.some(({ variant }) => variant.queued() > 0)) continue;
      for (const each of known) {
        const { variant } = each;
        if (variant.target.replicas !== 0) continue;
        each.desired = 1;
        this.#publish(each);
        variant.target.scale(1, `WorkloadVariantAutoscaler/${variant.name}`);
      }
    }
  };
}

function modelKey({ namespace, plan }: Variant): string {
  return `${namespace}/${plan.modelId}`;
}

function peakOf(samples: readonly PodSample[]): ReplicaPeak {
  return {
    kvUsage: Math.max(...samples.map(({ kvUsage }) => kvUsage)),
    waiting: Math.max(...samples.map(({ waiting }) => waiting)),
  };
}
