// A ScaledObject as KEDA runs it: it looks whether its triggers are active, and an HPA of its own does the rest.
//
// After kedacore/keda's pkg/scaling/executor/scale_scaledobjects.go and pkg/fallback: reasons, messages and
// the order of the cases are those of there.

import type { Verdict } from "../../kube/conditions.ts";
import { type EventHandle, PRIORITY } from "../../sim/clock.ts";
import { virtualTimestamp } from "../../sim/timestamp.ts";
import type { EventReason } from "../event_reasons.ts";
import type { Autoscaler, AutoscalerHost, MetricReading, ScaleTarget } from "./autoscaler.ts";
import { fallbackReplicas } from "./fallback.ts";
import { HorizontalPodAutoscaler } from "./hpa.ts";
import {
  ACTIVE,
  ALL_FAIL,
  COOLING,
  FALLING_BACK,
  NO_FALLBACK,
  NOT_ACTIVE,
  READY,
  SOME_FAIL,
} from "./keda_words.ts";
import {
  type KedaCondition,
  kedaHpa,
  metricName,
  scaledObject,
  type ScaledObjectPlan,
  type ScaledObjectStatus,
} from "./scaled_object.ts";
import type { TriggerPlan } from "./scaling_plan.ts";

/** What a trigger says now. */
export type TriggerReading = { readonly value: number } | { readonly error: string };
export type ReadTrigger = (trigger: TriggerPlan) => TriggerReading;

const SOURCE = "keda-operator";

export class Keda implements Autoscaler {
  readonly #plan: ScaledObjectPlan;
  readonly #target: ScaleTarget;
  readonly #host: AutoscalerHost;
  readonly #read: ReadTrigger;
  readonly #hpa: HorizontalPodAutoscaler;
  readonly #createdUs: number;
  readonly #failures: Record<string, number> = {};
  #status: ScaledObjectStatus | undefined;
  #lastActiveUs: number | undefined;
  #active = false;
  #timer: EventHandle | undefined;
  /** What was wrong at the last look: it says nothing new at this one. */
  #warned: readonly string[] = [];
  /** What its object shows. */
  #told:
    | {
      readonly conditions: readonly KedaCondition[];
      readonly last: number | undefined;
      readonly failures: string;
    }
    | undefined;

  constructor(
    plan: ScaledObjectPlan,
    target: ScaleTarget,
    host: AutoscalerHost,
    read: ReadTrigger,
  ) {
    this.#plan = plan;
    this.#target = target;
    this.#host = host;
    this.#read = read;
    this.#createdUs = host.clock.nowUs;
    const metrics = plan.keda.triggers.map((trigger, index) => ({
      name: metricName(trigger, index),
      target: trigger.target,
      read: () => this.#readForHpa(trigger, metricName(trigger, index)),
    }));
    // What the HPA thinks of itself is no business of KServe's here.
    this.#hpa = new HorizontalPodAutoscaler(kedaHpa(plan, metrics), target, {
      ...host,
      changed: () => {},
    });
  }

  start(warm: boolean): void {
    const { journal } = this.#host;
    journal.apply(scaledObject(this.#plan, this.#target));
    this.#tell("Normal", "KEDAScalersStarted", "Started scalers watch");
    this.#look();
    this.#hpa.start(warm);
    if (this.verdict.status === "True") {
      this.#tell("Normal", "ScaledObjectReady", "ScaledObject is ready for scaling");
    }
  }

  stop(): void {
    if (this.#timer !== undefined) this.#host.clock.cancel(this.#timer);
    this.#timer = undefined;
    this.#hpa.stop();
    this.#host.journal.delete(scaledObject(this.#plan, this.#target));
  }

  get verdict(): Verdict {
    const ready = this.#status?.conditions.find(({ type }) => type === "Ready");
    if (ready?.status === "True") return { status: "True" };
    if (ready?.status === "False") {
      const { reason = "", message = "" } = ready;
      return { status: "False", reason, message };
    }
    const message = "ScaledObject conditions not yet available";
    return { status: "False", reason: "ScaledObjectProgressing", message };
  }

  #look(): void {
    const { keda } = this.#plan;
    this.#timer = this.#host.clock.after(keda.pollingUs, () => this.#look(), PRIORITY.controller);
    const readings = keda.triggers.map((trigger) => ({ trigger, reading: this.#read(trigger) }));
    const errors = readings.flatMap(({ reading }) => "error" in reading ? [reading.error] : []);
    for (const error of errors) {
      if (!this.#warned.includes(error)) this.#tell("Warning", "KEDAScalerFailed", error);
    }
    this.#warned = errors;
    const active = readings.filter(({ trigger, reading }) =>
      "value" in reading && reading.value > trigger.activation
    );
    const before = this.verdict;
    this.#act(active.map(({ trigger }) => trigger), errors.length > 0);
    this.#show();
    const { status, reason } = this.verdict;
    if (before.status !== status || before.reason !== reason) this.#host.changed();
  }

  #act(active: readonly TriggerPlan[], failing: boolean): void {
    if (!failing) this.#set("Ready", "True", READY);
    this.#active = active.length > 0;
    if (this.#active) this.#actActive(active, failing);
    else if (failing) this.#actFailing();
    else this.#actIdle();
    this.#tellActive();
  }

  #actActive(active: readonly TriggerPlan[], failing: boolean): void {
    const { keda: { idleReplicas }, minReplicas } = this.#plan;
    const { replicas } = this.#target;
    if (replicas === 0 || (idleReplicas !== undefined && replicas < minReplicas)) {
      this.#activate(active);
    } else if (failing) {
      return this.#set("Ready", "Unknown", SOME_FAIL);
    }
    this.#lastActiveUs = this.#host.clock.nowUs;
  }

  /** Without a fallback nothing is scaled; one of 0 replicas is none. */
  #actFailing(): void {
    const { fallback } = this.#plan.keda;
    if (!fallback) return this.#set("Ready", "False", ALL_FAIL);
    if (fallback.replicas === 0) return this.#actIdle();
    this.#scale(fallbackReplicas(fallback, this.#target.replicas));
    this.#set("Fallback", "True", FALLING_BACK);
  }

  #actIdle(): void {
    const { keda: { idleReplicas }, minReplicas } = this.#plan;
    const { replicas } = this.#target;
    if (idleReplicas === undefined ? replicas > 0 && minReplicas === 0 : replicas > idleReplicas) {
      this.#deactivate();
    } else if (replicas < minReplicas && idleReplicas === undefined) {
      this.#scale(minReplicas);
    }
  }

  #tellActive(): void {
    const known = this.#condition("Active")?.status;
    // Cooling down is not active too.
    if (known === (this.#active ? "True" : "False")) return;
    if (this.#active) this.#set("Active", "True", ACTIVE);
    else this.#set("Active", "False", NOT_ACTIVE);
  }

  #activate(active: readonly TriggerPlan[]): void {
    const { replicas } = this.#target;
    const to = Math.max(1, this.#plan.minReplicas);
    this.#scale(to);
    const by = active.map(({ type }) => `${type}Scaler`).join(";");
    const message = `Scaled ${this.#targetText} from ${replicas} to ${to}, triggered by ${by}`;
    this.#tell("Normal", "KEDAScaleTargetActivated", message);
  }

  /** To the idle count, or to zero, when no trigger was active for the whole cooldown. */
  #deactivate(): void {
    const { cooldownUs, initialCooldownUs, idleReplicas } = this.#plan.keda;
    const { nowUs } = this.#host.clock;
    const over = this.#lastActiveUs === undefined
      ? this.#createdUs + initialCooldownUs < nowUs
      : this.#lastActiveUs + cooldownUs < nowUs;
    if (!over) return this.#set("Active", "False", COOLING);
    const { replicas } = this.#target;
    const to = idleReplicas ?? this.#plan.minReplicas;
    this.#scale(to);
    const message = `Deactivated ${this.#targetText} from ${replicas} to ${to}`;
    this.#tell("Normal", "KEDAScaleTargetDeactivated", message);
    this.#set("Active", "False", NOT_ACTIVE);
  }

  #scale(replicas: number): void {
    this.#target.scale(replicas, `ScaledObject/${this.#plan.metadata.name}`);
  }

  /** The metrics server's answer: after more failures than the threshold, what gives the fallback's replicas. */
  #readForHpa(trigger: TriggerPlan, metric: string): MetricReading {
    const reading = this.#read(trigger);
    const { fallback } = this.#plan.keda;
    if ("value" in reading) {
      const failed = this.#failures[metric] ?? 0;
      this.#failures[metric] = 0;
      if (failed > 0) this.#show();
      return { milli: Math.trunc(reading.value * 1000) };
    }
    const failures = this.#failures[metric] = (this.#failures[metric] ?? 0) + 1;
    this.#show();
    const { type, milli } = trigger.target;
    if (!fallback || type !== "AverageValue" || failures <= fallback.failureThreshold) {
      const error = `unable to fetch metrics from external metrics API: ${reading.error}`;
      return { error };
    }
    const replicas = fallbackReplicas(fallback, this.#target.replicas);
    return { milli: Math.trunc(milli / 1000) * 1000 * replicas };
  }

  #condition(type: KedaCondition["type"]): KedaCondition | undefined {
    return this.#status?.conditions.find((condition) => condition.type === type);
  }

  #set(
    type: KedaCondition["type"],
    status: KedaCondition["status"],
    said: { readonly reason: string; readonly message: string },
  ): void {
    const known = this.#status ??= NOTHING_SAID;
    const old = this.#condition(type);
    if (old?.status === status && old.reason === said.reason) return;
    const conditions = known.conditions.map((condition) =>
      condition.type === type ? { type, status, ...said } : condition
    );
    this.#status = { ...known, conditions };
  }

  #show(): void {
    const { fallback } = this.#plan.keda;
    if (fallback) {
      const { failureThreshold } = fallback;
      const beyond = Object.values(this.#failures).some((count) => count > failureThreshold);
      if (beyond) this.#set("Fallback", "True", FALLING_BACK);
      else if (this.#warned.length === 0) this.#set("Fallback", "False", NO_FALLBACK);
    }
    const last = this.#active ? undefined : this.#lastActiveUs;
    const { conditions } = this.#status ??= NOTHING_SAID;
    const failures = JSON.stringify(this.#failures);
    const told = this.#told;
    if (told?.conditions === conditions && told.last === last && told.failures === failures) return;
    this.#told = { conditions, last, failures };
    this.#status = {
      conditions,
      failures: { ...this.#failures },
      ...(last === undefined ? {} : { lastActiveTime: virtualTimestamp(last) }),
    };
    this.#host.journal.apply(scaledObject(this.#plan, this.#target, this.#status));
  }

  get #targetText(): string {
    const { apiVersion, kind, name } = this.#target;
    return `${apiVersion}.${kind} ${this.#plan.metadata.namespace ?? "default"}/${name}`;
  }

  #tell(type: "Normal" | "Warning", reason: EventReason, message: string): void {
    const object = { kind: "ScaledObject", metadata: this.#plan.metadata };
    this.#host.journal.event(type, reason, object, message, SOURCE);
  }
}

const NOTHING_SAID: ScaledObjectStatus = {
  conditions: [
    { type: "Ready", status: "Unknown" },
    { type: "Active", status: "Unknown" },
    { type: "Fallback", status: "Unknown" },
    { type: "Paused", status: "Unknown" },
  ],
  failures: {},
};
