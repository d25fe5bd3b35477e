// The words of a scenario file for what must be true when the run ends.

import type { EventReason } from "../fleet/event_reasons.ts";
import type { Duration, Percent, Tagged } from "./builders.ts";
import type { Fault } from "./fault_builders.ts";
import type { DistributionCheck, Measured, MetricCheck } from "./metric_builders.ts";
import type { Scenario } from "./schema.ts";

type Outcome =
  | "aborted"
  | "completed"
  | "paused"
  | "inconclusive"
  | "degraded"
  | "progressing"
  | "stalled";

export type Expectation =
  | MetricCheck
  | DistributionCheck
  | Tagged<"rollout", OutcomeOptions & { service: string; outcome: Outcome }>
  | Tagged<"weight", { service: string; revision: string; weight: number }>
  | Tagged<"event", EventOptions>
  | Tagged<"recovered", RecoveryOptions & { service: string }>
  | Tagged<"always", AlwaysOptions & { check: MetricCheck }>
  | Tagged<"cost", { service?: string; below: number | `$${number}` }>
  | Tagged<"betterThan", { than: Scenario; measured: Measured; by?: Percent }>;

export interface OutcomeOptions {
  /** No later than this after `after`, or after the rollout began. */
  readonly within?: Duration;
  /** A fault, from its first beginning on, or a time. */
  readonly after?: Fault | Duration;
}

/** Kubernetes Events that are meant, and how many of them there must be. */
export interface EventOptions {
  /** One that is told here, or that the scenario's own code tells. */
  readonly reason: EventReason | (string & Record<never, never>);
  readonly type?: "Normal" | "Warning";
  /** A part of the name of the object that it is about. */
  readonly object?: string;
  /** A part of the message. */
  readonly message?: string;
  /** 1 when neither is said. */
  readonly atLeast?: number;
  readonly atMost?: number;
  /** Only those no later than this after `after`, or after the run's start. */
  readonly within?: Duration;
  readonly after?: Fault | Duration;
}

export interface RecoveryOptions {
  /** What must hold again, looked at every second over one minute; the service's goodput objective else. */
  readonly check?: MetricCheck;
  /** No later than this after `after`, or after the run's start. */
  readonly within?: Duration;
  readonly after?: Fault | Duration;
}

export interface AlwaysOptions {
  /** From then on; from the end of the warm-up when left out. */
  readonly after?: Fault | Duration;
  /** Virtual time; the run's end when left out. */
  readonly until?: Duration;
}

const outcome =
  (name: Outcome) => (service: string, options: OutcomeOptions = {}): Expectation => ({
    kind: "rollout",
    outcome: name,
    service,
    ...options,
  });

/** What must be true when the run ends; a metric check is an expectation too. */
export const expect = {
  /** The service's rollout was aborted. */
  aborted: outcome("aborted"),
  /** The service's rollout went through all its steps. */
  completed: outcome("completed"),
  /** It waits at the end, for a person or for its time. */
  paused: outcome("paused"),
  /** It waits at the end for a person, since an analysis was Inconclusive. */
  inconclusive: outcome("inconclusive"),
  /** It is Degraded at the end: aborted or stuck; one that was undone is aborted, and Healthy. */
  degraded: outcome("degraded"),
  /** It is on its way at the end. */
  progressing: outcome("progressing"),
  /** Its pods made no progress within the rollout's progress deadline, whatever became of it later. */
  stalled: outcome("stalled"),
  /** The route's weight of a revision at the end. */
  weight: (service: string, revision: string, weight: number): Expectation => ({
    kind: "weight",
    service,
    revision,
    weight,
  }),
  /** So many Kubernetes Events of a reason were told. */
  event: (options: EventOptions): Expectation => ({ kind: "event", ...options }),
  /** None was. */
  noEvent: (options: Omit<EventOptions, "atLeast" | "atMost">): Expectation => ({
    kind: "event",
    ...options,
    atMost: 0,
  }),
  /**
   * What was breached holds again within a time of a fault or an instant, and does so to the end. A second
   * without a sample is none that holds while requests are in flight.
   */
  recovered: (service: string, options: RecoveryOptions = {}): Expectation => ({
    kind: "recovered",
    service,
    ...options,
  }),
  /**
   * Every request after the warm-up that ended was answered, at the last of its attempts; one that was refused
   * for being wrong (400, 404) is lost as well.
   */
  noRequestLost: (service: string): Expectation => ({
    kind: "metric",
    metric: "lost",
    service,
    comparison: "below",
    threshold: 1,
  }),
  /** What the GPUs cost after the warm-up, in USD; of all services, or of one. */
  costBelow: (
    below: number | `$${number}`,
    options: { readonly service?: string } = {},
  ): Expectation => ({ kind: "cost", ...options, below }),
  /** The check holds at the end of every second that has a sample, looked at over one minute. */
  always: (check: MetricCheck, options: AlwaysOptions = {}): Expectation => ({
    kind: "always",
    check,
    ...options,
  }),
  /**
   * A metric is better than in another scenario, which is simulated as well, under the same seed:
   * `expect.betterThan(baseline, metric.ttft("p95"), { by: "10%" })`. Loads of the same names send the same
   * requests in both. Of goodput, prefixHitRate and rps more is better, of all others less.
   */
  betterThan: (
    than: Scenario,
    measured: Measured,
    options: { readonly by?: Percent } = {},
  ): Expectation => ({
    kind: "betterThan",
    than: withoutExpectations(than),
    measured: plain(measured),
    ...options,
  }),
} as const;

/** What the other run is expected to do is not judged here. */
function withoutExpectations(than: Scenario): Scenario {
  if (typeof than !== "object" || than === null) return than;
  const { expect: _, ...rest } = than;
  return rest as Scenario;
}

/** A metric's data without the functions that make checks of it. */
function plain(measured: Measured): Measured {
  // A metric of its own code carries it under a symbol.
  const data: Record<PropertyKey, unknown> = { kind: "metric", ...measured };
  for (const [key, value] of Object.entries(data)) {
    if (typeof value === "function") delete data[key];
  }
  return data as unknown as Measured;
}
