// The words of a scenario file for rollouts: typed functions that return plain data, never throw.

import type { Duration } from "../sim/duration.ts";
import type { Tagged, When } from "./builders.ts";
import type { OwnStep } from "./define.ts";
import type { CheckLimits, DistributionCheck, MetricCheck } from "./metric_builders.ts";

/** What an analysis measures, and under which limits; a check's own come before these. */
export interface AnalysisOptions extends CheckLimits {
  /** Between two measurements (Argo's `interval`). */
  readonly every: Duration;
  readonly checks: readonly (MetricCheck | DistributionCheck)[];
}

export type Analysis = Tagged<"analysis", AnalysisOptions & { name: string }>;

/** An analysis run beside a rollout, by Argo's rules; limits default to Argo's. */
export const analysis = (name: string, options: AnalysisOptions): Analysis => ({
  kind: "analysis",
  name,
  ...options,
});

export type Step =
  | Tagged<"setWeight", { weight: number }>
  | Tagged<"pause", { duration?: Duration }>
  | Tagged<"setCanaryScale", { replicas?: number; weight?: number; matchTrafficWeight?: true }>
  | Tagged<"setMirrorRoute", { percentage?: number }>
  | Tagged<"replicaProgressThreshold", { type: "Percent" | "Pod"; value: number }>
  | Tagged<"analysisStep", { analysis: Analysis }>
  | Tagged<"experiment", ExperimentOptions>
  | OwnStep;

/** Percent of the traffic for the canary; waits until its replicas are ready. */
export const setWeight = (weight: number): Step => ({ kind: "setWeight", weight });
/** Without a duration it waits for a person. */
export const pause = (duration?: Duration): Step => ({
  kind: "pause",
  ...(duration === undefined ? {} : { duration }),
});
/**
 * The new revision's replicas from then on, whatever its weight: so many, such a percentage of stable's, or
 * as its weight asks again.
 */
export const setCanaryScale = (
  scale: { replicas: number } | { weight: number } | { matchTrafficWeight: true },
): Step => ({ kind: "setCanaryScale", ...scale });
/**
 * Copies of so many percent of the requests go to the canary (an HTTPRoute's RequestMirror); without a
 * percentage they end. Give it replicas before: `setCanaryScale({ replicas: 1 })`.
 */
export const setMirrorRoute = (percentage?: number): Step => ({
  kind: "setMirrorRoute",
  ...(percentage === undefined ? {} : { percentage }),
});
/** Later steps wait until so many of the canary's replicas are ready, or such a share; else for all. */
export const replicaProgressThreshold = (
  threshold: { readonly type: "Percent" | "Pod"; readonly value: number },
): Step => ({ kind: "replicaProgressThreshold", ...threshold });
/** An analysis that must succeed before the next step; give it a `count`. */
export const analyze = (what: Analysis): Step => ({ kind: "analysisStep", analysis: what });

export interface ExperimentOptions {
  readonly templates: readonly {
    /** What its revision is called, in checks and faults: `of: "baseline"`. */
    readonly name: string;
    /** Whose spec its pods have. */
    readonly specRef: "stable" | "canary";
    /** Default 1. */
    readonly replicas?: number;
    /** Percent of the traffic, which stable gives up; default: only what is sent past all weights. */
    readonly weight?: number;
  }[];
  /** Default: until its analyses have ended. */
  readonly duration?: Duration;
  /** Must be Successful; give them a `count` where no duration ends them. */
  readonly analyses?: readonly Analysis[];
}

/**
 * Further pods of either revision for a while, the canary's and a baseline of as many, young and cold as
 * they: what Argo and Kayenta compare. Every template is a revision of its own.
 */
export const experiment = (options: ExperimentOptions): Step => ({
  kind: "experiment",
  ...options,
});

/** What changes about a workload's pods; what is left out stays. */
export interface PodChange {
  readonly image?: string;
  /** All arguments of the container `main`. */
  readonly args?: readonly string[];
  /** Environment variables of the container `main`, beside those that it has or instead of them. */
  readonly env?: Readonly<Record<string, string>>;
  readonly resources?: Readonly<Record<string, Readonly<Record<string, string | number>>>>;
  readonly replicas?: number;
}

/** What the new revision has that the old one has not; `prefill` of a service that has such pods. */
export type RevisionChange = PodChange & {
  readonly prefill?: PodChange;
  /** A JSON merge patch (RFC 7386) of the service's `spec`, for what the other fields do not say. */
  readonly spec?: Readonly<
    Partial<Record<"model" | "parallelism" | "template" | "worker" | "prefill", unknown>>
  >;
};

/** What every rollout by a further member of the route group may say. */
export interface MemberOptions {
  readonly name?: string;
  /** When somebody applies the change. */
  readonly at: When;
  /** What is different in the new revision. */
  readonly to: RevisionChange;
  /** The old revision keeps its pods so long after the new one took over; default 30 s, as Argo's. */
  readonly scaleDownDelay?: Duration;
  /** The new revision keeps its pods so long after an abort; default 30 s, `"0s"`: it keeps them. */
  readonly abortScaleDownDelay?: Duration;
  /** Pods that make no progress for so long are overdue; default 10 min. */
  readonly progressDeadline?: Duration;
  /** Overdue pods abort the rollout; default: it waits on, Degraded. */
  readonly progressDeadlineAbort?: boolean;
  /** Puts the spec back when the rollout is aborted, as Flagger does; default: it stays, as Argo's. */
  readonly rollback?: boolean;
}

export interface CanaryOptions extends MemberOptions {
  /** One after the other, counted from 0 in `atStep` and `startingStep`. */
  readonly steps: readonly Step[];
  /** Runs beside the steps; a failed one aborts. */
  readonly analysis?: Analysis;
  /** The step with which the analysis begins; default: with the first weight in force. */
  readonly startingStep?: number;
  /** Stable gives up replicas as it gives up traffic: an abort has to wait for them. */
  readonly dynamicStableScale?: boolean;
}

export interface BlueGreenOptions extends MemberOptions {
  /** Replicas of the new revision until the switch; default: as many as stable has. */
  readonly previewReplicas?: number;
  /** Switches by itself once the new revision is ready; default true. Else a person promotes. */
  readonly autoPromotion?: boolean;
  /** Switches so long after the new revision is ready, unless a person promotes before. */
  readonly autoPromotionAfter?: Duration;
  /** Must be Successful before the switch; give it a `count`. */
  readonly prePromotion?: Analysis;
  /** Runs after the switch; a failed one switches back. Give it a `count`. */
  readonly postPromotion?: Analysis;
}

export type Rollout =
  | Tagged<"canary", CanaryOptions & { service: string }>
  | Tagged<"blueGreen", BlueGreenOptions & { service: string }>
  | Tagged<"rolling", RollingOptions & { service: string }>
  | Tagged<"shadow", ShadowOptions & { service: string }>;

export interface ShadowOptions extends MemberOptions {
  /** Of the requests, so many percent are copied: 1 to 100. */
  readonly percent: number;
  /** How long. */
  readonly for: Duration;
  /** Default: the copies' share of stable's, rounded up. */
  readonly replicas?: number;
  /** Runs beside the copies; a failed one ends them. `of: "shadow"` measures the copies. */
  readonly analysis?: Analysis;
  /** The new revision takes over when the time is over; default: it goes. */
  readonly promote?: boolean;
}

/** A canary of a service: a second member of its route group, which takes weight step by step. */
export const canary = (service: string, options: CanaryOptions): Rollout => ({
  kind: "canary",
  service,
  ...options,
});

/**
 * A blue-green rollout of a service: a second member of its route group without weight, called `preview`,
 * which takes all traffic at once. A load may try it before: `to: member("chat", { of: "preview" })`.
 */
export const blueGreen = (service: string, options: BlueGreenOptions): Rollout => ({
  kind: "blueGreen",
  service,
  ...options,
});

/**
 * A shadow of a service: a second member of its route group without weight, called `shadow`, which gets
 * copies of requests (an HTTPRoute's RequestMirror) whose answers nobody reads, and goes when its time is over.
 */
export const shadow = (service: string, options: ShadowOptions): Rollout => ({
  kind: "shadow",
  service,
  ...options,
});

export interface RollingOptions {
  readonly name?: string;
  readonly at: When;
  readonly to: RevisionChange;
  /** The service's `rolloutStrategy` from then on: so many replicas, or a share like `"25%"`. */
  readonly maxSurge?: number | `${number}%`;
  readonly maxUnavailable?: number | `${number}%`;
  /** When somebody puts back what was before; absent: nobody does. */
  readonly undo?: When;
  /** Runs beside it until it is through; a failed one undoes it. */
  readonly analysis?: Analysis;
  /** Pods that are overdue undo it; default: it goes on until somebody does. */
  readonly rollback?: boolean;
}

/** A rolling update of a service in place: its Deployments and LeaderWorkerSets replace their pods. */
export const rolling = (service: string, options: RollingOptions): Rollout => ({
  kind: "rolling",
  service,
  ...options,
});
