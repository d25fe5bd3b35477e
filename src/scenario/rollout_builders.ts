// The words of a scenario file for rollouts: typed functions that return plain data, never throw.

import type { Duration } from "../sim/duration.ts";
import type { Tagged, When } from "./builders.ts";
import type { OwnStep } from "./define.ts";
import type { CheckLimits, DistributionCheck, MetricCheck } from "./metric_builders.ts";

export interface AnalysisOptions extends CheckLimits {
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
  | Tagged<"analysisStep", { analysis: Analysis }>
  | OwnStep;

/** Percent of the traffic for the canary; waits until its replicas are ready. */
export const setWeight = (weight: number): Step => ({ kind: "setWeight", weight });
/** Without a duration it waits for a person. */
export const pause = (duration?: Duration): Step => ({
  kind: "pause",
  ...(duration === undefined ? {} : { duration }),
});
export const setCanaryScale = (
  scale: { replicas: number } | { weight: number } | { matchTrafficWeight: true },
): Step => ({ kind: "setCanaryScale", ...scale });
/** An analysis that must succeed before the next step; give it a `count`. */
export const analyze = (what: Analysis): Step => ({ kind: "analysisStep", analysis: what });

export interface CanaryOptions {
  readonly name?: string;
  readonly at: When;
  readonly to: { readonly image: string };
  readonly steps: readonly Step[];
  readonly analysis?: Analysis;
}

export type Rollout =
  | Tagged<"canary", CanaryOptions & { service: string }>
  | Tagged<"rolling", RollingOptions & { service: string }>;

/** A canary of a service: a second member of its route group, which takes weight step by step. */
export const canary = (service: string, options: CanaryOptions): Rollout => ({
  kind: "canary",
  service,
  ...options,
});

/** What changes about a workload's pods; what is left out stays. */
export interface PodChange {
  readonly image?: string;
  /** All arguments of the container `main`. */
  readonly args?: readonly string[];
  readonly resources?: Readonly<Record<string, Readonly<Record<string, string | number>>>>;
  readonly replicas?: number;
}

export interface RollingOptions {
  readonly name?: string;
  readonly at: When;
  readonly to: PodChange & { readonly prefill?: PodChange };
  /** The service's `rolloutStrategy` from then on: so many replicas, or a share like `"25%"`. */
  readonly maxSurge?: number | `${number}%`;
  readonly maxUnavailable?: number | `${number}%`;
  /** When somebody puts back what was before; absent: nobody does. */
  readonly undo?: When;
}

/** A rolling update of a service in place: its Deployments and LeaderWorkerSets replace their pods. */
export const rolling = (service: string, options: RollingOptions): Rollout => ({
  kind: "rolling",
  service,
  ...options,
});
