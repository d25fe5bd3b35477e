// An HPA as kube-controller-manager runs it: every 15 s it looks at its metrics and sets replicas.
//
// After pkg/controller/podautoscaler/horizontal.go: order, reasons and messages are those of there.

import type { Verdict } from "../../kube/conditions.ts";
import { type EventHandle, PRIORITY } from "../../sim/clock.ts";
import { virtualTimestamp } from "../../sim/timestamp.ts";
import type { EventReason } from "../event_reasons.ts";
import type { Autoscaler, AutoscalerHost, ScaleTarget } from "./autoscaler.ts";
import { limit, memoryUs, type Restraint, ScalingHistory, stabilize } from "./hpa_behavior.ts";
import {
  type ExternalMetric,
  type HpaCondition,
  hpaObject,
  type HpaPlan,
  type HpaStatus,
} from "./hpa_object.ts";
import { replicasFor } from "./hpa_replicas.ts";
import { ABOVE_MAX, BELOW_MIN, DISABLED, FAILED, GOT_SCALE, NO_CONDITIONS } from "./hpa_words.ts";

/** `--horizontal-pod-autoscaler-sync-period`. */
export const SYNC_US = 15_000_000;
const SOURCE = "horizontal-pod-autoscaler";

/** What the metrics of one look ask for. */
interface Wanted {
  readonly replicas: number;
  /** The metric that asked for the most. */
  readonly metric: string;
  readonly shown: readonly (number | undefined)[];
}

interface Refused {
  readonly refused: string;
  readonly shown: readonly (number | undefined)[];
}

export class HorizontalPodAutoscaler implements Autoscaler {
  readonly #plan: HpaPlan;
  readonly #target: ScaleTarget;
  readonly #host: AutoscalerHost;
  readonly #history = new ScalingHistory();
  readonly #memoryUs: number;
  /** What a metric is called, and that it was found: said at every look. */
  readonly #texts: readonly { readonly metric: string; readonly found: string }[];
  #status: HpaStatus | undefined;
  #timer: EventHandle | undefined;
  /** Warnings of the last look and of this one: what was wrong then says nothing new now. */
  #warned: readonly string[] = [];
  #warnings: string[] = [];

  constructor(plan: HpaPlan, target: ScaleTarget, host: AutoscalerHost) {
    this.#plan = plan;
    this.#target = target;
    this.#host = host;
    this.#memoryUs = memoryUs(plan.behavior);
    this.#texts = plan.metrics.map((each) => {
      const metric = `external metric ${each.name}(${selectorText(each)})`;
      const found = `the HPA was able to successfully calculate a replica count from ${metric}`;
      return { metric, found };
    });
  }

  get status(): HpaStatus | undefined {
    return this.#status;
  }

  start(warm: boolean): void {
    this.#host.journal.apply(hpaObject(this.#plan, this.#target));
    // A new one is looked at after a whole period for the first time.
    if (warm) this.#look();
    else this.#wait();
  }

  stop(): void {
    if (this.#timer !== undefined) this.#host.clock.cancel(this.#timer);
    this.#timer = undefined;
    this.#host.journal.delete(hpaObject(this.#plan, this.#target));
  }

  /** AbleToScale or ScalingActive that is False; nothing else of its status counts. */
  get verdict(): Verdict {
    return verdictOf(this.#status);
  }

  #wait(): void {
    this.#timer = this.#host.clock.after(SYNC_US, this.#look, PRIORITY.controller);
  }

  readonly #look = (): void => {
    this.#wait();
    const before = this.#status;
    this.#warned = this.#warnings;
    this.#warnings = [];
    this.#reconcile();
    const after = this.#status!;
    if (before && sameStatus(before, after)) return;
    this.#host.journal.apply(hpaObject(this.#plan, this.#target, after));
    if (!sameVerdict(verdictOf(before), verdictOf(after))) this.#host.changed();
  };

  #reconcile(): void {
    const { minReplicas, maxReplicas } = this.#plan;
    const { nowUs } = this.#host.clock;
    const current = this.#target.replicas;
    this.#history.forget(nowUs - this.#memoryUs);
    if (this.#history.recommendations.length === 0) {
      this.#history.recommend(current, nowUs);
    }
    if (current === 0 && minReplicas !== 0) {
      this.#set("AbleToScale", "True", GOT_SCALE);
      this.#set("ScalingActive", "False", DISABLED);
      return this.#show(current, current, []);
    }
    if (current > maxReplicas) return this.#rescale(maxReplicas, ABOVE_MAX, []);
    if (current < minReplicas) return this.#rescale(minReplicas, BELOW_MIN, []);
    const wanted = this.#wanted();
    if ("refused" in wanted) {
      this.#set("AbleToScale", "True", GOT_SCALE);
      this.#warn("FailedComputeMetricsReplicas", wanted.refused);
      return this.#show(current, this.#status?.desiredReplicas ?? 0, wanted.shown);
    }
    const desired = this.#restrained(wanted.replicas);
    if (desired === current) return this.#show(current, current, wanted.shown);
    const reason = wanted.replicas > current
      ? `${wanted.metric} above target`
      : "All metrics below target";
    this.#rescale(desired, reason, wanted.shown);
  }

  /** The most that any of the metrics asks for; one that fails keeps the others from scaling down. */
  #wanted(): Wanted | Refused {
    const shown: (number | undefined)[] = [];
    let failed = 0;
    let most: { replicas: number; index: number } | undefined;
    let first: { event: string; refused: string } | undefined;
    for (const [index, metric] of this.#plan.metrics.entries()) {
      const reading = metric.read();
      if ("error" in reading) {
        const event = `unable to get external metric ${this.#namespace}/${metric.name}/${
          selectorText(metric)
        }: ${reading.error}`;
        first ??= { event, refused: failedMessage(metric, event) };
        failed++;
        this.#warn(FAILED, event);
        shown.push(undefined);
        continue;
      }
      const { replicas, milli } = replicasFor(
        metric.target,
        reading.milli,
        this.#target,
        this.#plan.behavior,
      );
      shown.push(milli);
      if (!most || replicas > most.replicas) most = { replicas, index };
    }
    if (first && (!most || most.replicas < this.#target.replicas)) {
      this.#set("ScalingActive", "False", {
        reason: FAILED,
        message: `the HPA was unable to compute the replica count: ${first.event}`,
      });
      const count = `invalid metrics (${failed} invalid out of ${shown.length})`;
      return { refused: `${count}, first error is: ${first.refused}`, shown };
    }
    const { replicas, index } = most!;
    const { metric, found } = this.#texts[index]!;
    this.#set("ScalingActive", "True", { reason: "ValidMetricFound", message: found });
    return { replicas, metric, shown };
  }

  /** Within the windows, the policies and the bounds. */
  #restrained(desired: number): number {
    const { behavior, minReplicas: min, maxReplicas: max } = this.#plan;
    const { nowUs } = this.#host.clock;
    const current = this.#target.replicas;
    const stable = stabilize(behavior, this.#history, { current, desired }, nowUs);
    this.#set("AbleToScale", "True", stable);
    const bounds = { current, desired: stable.replicas, min, max };
    const limited = limit(behavior, this.#history, bounds, nowUs);
    this.#set("ScalingLimited", limited.limited ? "True" : "False", limited);
    return limited.replicas;
  }

  #rescale(replicas: number, reason: string, shown: readonly (number | undefined)[]): void {
    const { nowUs } = this.#host.clock;
    const before = this.#target.replicas;
    this.#set("AbleToScale", "True", {
      reason: "SucceededRescale",
      message: `the HPA controller was able to update the target scale to ${replicas}`,
    });
    this.#tell("Normal", "SuccessfulRescale", `New size: ${replicas}; reason: ${reason}`);
    this.#history.scaled(before, replicas, nowUs);
    this.#show(before, replicas, shown, virtualTimestamp(nowUs));
    this.#target.scale(replicas, `HorizontalPodAutoscaler/${this.#plan.metadata.name}`);
  }

  #show(
    currentReplicas: number,
    desiredReplicas: number,
    metrics: readonly (number | undefined)[],
    lastScaleTime = this.#status?.lastScaleTime,
  ): void {
    this.#status = {
      currentReplicas,
      desiredReplicas,
      ...(lastScaleTime === undefined ? {} : { lastScaleTime }),
      metrics,
      conditions: this.#status?.conditions ?? [],
    };
  }

  #set(
    type: HpaCondition["type"],
    status: HpaCondition["status"],
    { reason, message }: Pick<Restraint, "reason" | "message">,
  ): void {
    const known = this.#status ??= NOTHING_SEEN;
    const old = known.conditions.find((condition) => condition.type === type);
    const same = old?.status === status;
    if (same && old.reason === reason && old.message === message) return;
    // Only another status moves the time, unlike in KServe's own conditions.
    const lastTransitionTime = same
      ? old.lastTransitionTime
      : virtualTimestamp(this.#host.clock.nowUs);
    const condition = { type, status, lastTransitionTime, reason, message };
    const conditions = old
      ? known.conditions.map((each) => each === old ? condition : each)
      // AbleToScale is the first that the controller looks at.
      : [...known.conditions, condition].sort((a, b) => a.type < b.type ? -1 : 1);
    this.#status = { ...known, conditions };
  }

  /** Kubernetes counts an event that comes again; here it is told once. */
  #warn(reason: EventReason, message: string): void {
    const warning = `${reason}: ${message}`;
    this.#warnings.push(warning);
    if (!this.#warned.includes(warning)) this.#tell("Warning", reason, message);
  }

  #tell(type: "Normal" | "Warning", reason: EventReason, message: string): void {
    const { metadata } = this.#plan;
    const object = { kind: "HorizontalPodAutoscaler", metadata };
    this.#host.journal.event(type, reason, object, message, SOURCE);
  }

  get #namespace(): string {
    return this.#plan.metadata.namespace ?? "default";
  }
}

const NOTHING_SEEN: HpaStatus = {
  currentReplicas: 0,
  desiredReplicas: 0,
  metrics: [],
  conditions: [],
};

/** What Go prints of a `*metav1.LabelSelector`. */
function selectorText({ matchLabels }: ExternalMetric): string {
  const labels = Object.entries(matchLabels).map(([key, value]) => `${key}: ${value},`).join("");
  return `&LabelSelector{MatchLabels:map[string]string{${labels}},` +
    "MatchExpressions:[]LabelSelectorRequirement{},}";
}

function verdictOf(status: HpaStatus | undefined): Verdict {
  if (!status) return { status: "False", ...NO_CONDITIONS };
  const bad = status.conditions.find(({ type, status }) =>
    type !== "ScalingLimited" && status === "False"
  );
  return bad ? { status: "False", reason: bad.reason, message: bad.message } : { status: "True" };
}

function sameVerdict(a: Verdict, b: Verdict): boolean {
  return a.status === b.status && a.reason === b.reason && a.message === b.message;
}

function failedMessage({ name, target }: ExternalMetric, error: string): string {
  return target.type === "Value"
    ? `failed to get external metric ${name}: ${error}`
    : `failed to get ${name} external metric: ${error}`;
}

function sameStatus(a: HpaStatus, b: HpaStatus): boolean {
  return a.currentReplicas === b.currentReplicas && a.desiredReplicas === b.desiredReplicas &&
    a.lastScaleTime === b.lastScaleTime && a.conditions === b.conditions &&
    a.metrics.length === b.metrics.length &&
    a.metrics.every((milli, index) => milli === b.metrics[index]);
}
