// The autoscalers of a cluster put together: of every workload that has one, its actuator and its metrics.

import type { Clock } from "../../sim/clock.ts";
import type { Streams } from "../../sim/streams.ts";
import type { Journal } from "../journal.ts";
import type { Revision } from "../revision.ts";
import type { Service } from "../service.ts";
import type { MetricsTrouble } from "../trouble.ts";
import type { Workload, WorkloadPlan } from "../workload.ts";
import { actuatorName, hpaPlan, scaledObjectPlan } from "./actuators.ts";
import type { Autoscaler, AutoscalerHost } from "./autoscaler.ts";
import { HorizontalPodAutoscaler } from "./hpa.ts";
import { Keda, type ReadTrigger, type TriggerReading } from "./keda.ts";
import { MemberScrape } from "./member_scrape.ts";
import { Prometheus } from "./prometheus.ts";
import { WorkloadTarget } from "./scale_target.ts";
import type { ScalingPlan, TriggerPlan } from "./scaling_plan.ts";
import { type Variant, VariantAutoscaler } from "./variant_autoscaler.ts";

/** What runs for a member while it is autoscaled. */
interface Running {
  readonly scrape: MemberScrape;
  readonly scalers: readonly Autoscaler[];
  readonly variants: readonly Variant[];
}

/** KEDA's Prometheus scaler where nobody answers, in the words of Go's net package. */
const NO_ANSWER =
  'error requesting metrics endpoint: Get "http://prometheus.example:9090/api/v1/query": ' +
  "dial tcp: connect: connection refused";

export class Autoscaling {
  readonly #clock: Clock;
  readonly #journal: Journal;
  readonly #prometheus: Prometheus;
  readonly #variants: VariantAutoscaler;
  readonly #running = new Map<Revision, Running>();
  /** By service and revision. */
  readonly #scrapes = new Map<string, MemberScrape>();

  /** `plans` are all workloads that there will be: what their triggers ask for is scraped. */
  constructor(
    plans: readonly WorkloadPlan[],
    clock: Clock,
    streams: Streams,
    journal: Journal,
    trouble?: MetricsTrouble,
  ) {
    this.#clock = clock;
    this.#journal = journal;
    const stream = (of: string) => streams.stream(`autoscale/${of}`);
    this.#prometheus = new Prometheus(clock, stream, trouble);
    this.#variants = new VariantAutoscaler(clock, this.#prometheus);
    for (const { scaling } of plans) {
      if (scaling?.actuator.kind !== "keda") continue;
      for (const { query } of scaling.actuator.keda.triggers) this.#prometheus.prepare(query);
    }
    journal.on("window", (window) => {
      this.#scrapes.get(`${window.service}/${window.revision}`)?.count(window);
    });
  }

  /** A member has replicas from now on; `warm`: it had them before the run. */
  on(service: Service, revision: Revision, warm: boolean): void {
    if (this.#running.has(revision)) return;
    const scaled = revision.workloads.filter(({ plan }) => plan.scaling !== undefined);
    const key = `${revision.service}/${revision.name}`;
    const scrape = this.#scrapes.get(key) ?? new MemberScrape(revision);
    if (scaled.length === 0 && !this.#prometheus.isAskedFor(scrape.labels)) return;
    this.#scrapes.set(key, scrape);
    this.#prometheus.watch(scrape);
    const made = scaled.map((workload) =>
      this.#make(service, revision, workload, workload.plan.scaling!, scrape)
    );
    this.#running.set(revision, {
      scrape,
      scalers: made.map(({ scaler }) => scaler),
      variants: made.flatMap(({ variant }) => variant ? [variant] : []),
    });
    for (const { variant } of made) if (variant) this.#variants.add(variant, warm);
    if (made.some(({ variant }) => variant)) revision.onWait(() => this.#wake(made));
    for (const { scaler } of made) scaler.start(warm);
    if (made.length === 0) return;
    revision.scaling = Object.fromEntries(made.map(({ type, scaler }) => [type, scaler.verdict]));
    service.scalingChanged(revision);
  }

  /** It has none any more: KServe deletes what scales it. */
  off(revision: Revision): void {
    const running = this.#running.get(revision);
    if (!running) return;
    this.#running.delete(revision);
    for (const scaler of running.scalers) scaler.stop();
    for (const variant of running.variants) this.#variants.remove(variant);
    revision.scaling = {};
    const { scrape } = running;
    if (!this.#prometheus.isAskedFor(scrape.labels)) this.#prometheus.unwatch(scrape);
  }

  #make(
    service: Service,
    revision: Revision,
    workload: Workload,
    scaling: ScalingPlan,
    scrape: MemberScrape,
  ): Made {
    const { nowUs } = this.#clock;
    const target = new WorkloadTarget(service, revision, workload);
    const type = workload.plan.role === "prefill" ? "PrefillScalingReady" : "ScalingReady";
    const host: AutoscalerHost = {
      clock: this.#clock,
      journal: this.#journal,
      changed: () => {
        revision.scaling = { ...revision.scaling, [type]: scaler.verdict };
        service.scalingChanged(revision);
      },
    };
    const { actuator, wva, minReplicas, maxReplicas } = scaling;
    const scaler: Autoscaler = actuator.kind === "hpa"
      ? new HorizontalPodAutoscaler(
        hpaPlan(target, workload, scaling, this.#prometheus, nowUs),
        target,
        host,
      )
      : new Keda(
        scaledObjectPlan(target, workload, scaling, actuator.keda, nowUs),
        target,
        host,
        this.#reader(),
      );
    const variant = wva && {
      name: actuatorName(target, workload),
      namespace: revision.object.metadata.namespace ?? "default",
      plan: wva,
      ...{ minReplicas, maxReplicas, target, scraped: scrape },
      role: workload.plan.role,
      queued: () => revision.waiting ?? 0,
      lastAnswerUs: () => scrape.lastAnswerUs,
    };
    return { type, scaler, target, ...(variant ? { variant } : {}) };
  }

  #wake(made: readonly Made[]): void {
    if (made.some(({ variant, target }) => variant && target.replicas === 0)) this.#variants.wake();
  }

  /** KEDA's Prometheus scaler: one element, or none where that is let be. */
  #reader(): ReadTrigger {
    const prepared = new Map<TriggerPlan, ReturnType<Prometheus["prepare"]>>();
    return (trigger): TriggerReading => {
      const { type, query, ignoreNull } = trigger;
      if (type !== "prometheus") return { error: `the trigger type "${type}" is not simulated` };
      const known = prepared.get(trigger) ?? this.#prometheus.prepare(query);
      prepared.set(trigger, known);
      if (this.#prometheus.isDown) return { error: NO_ANSWER };
      if ("error" in known) return { error: `prometheus query ${query}: ${known.error}` };
      const elements = this.#prometheus.ask(known.query);
      if (elements.length > 1) {
        return { error: `prometheus query ${query} returned multiple elements` };
      }
      const value = elements[0]?.value;
      if (value !== undefined && Number.isFinite(value)) return { value };
      return ignoreNull
        ? { value: 0 }
        : { error: "prometheus metrics 'prometheus' target may be lost, the result is empty" };
    };
  }
}

interface Made {
  readonly type: "ScalingReady" | "PrefillScalingReady";
  readonly scaler: Autoscaler;
  readonly target: WorkloadTarget;
  readonly variant?: Variant;
}
