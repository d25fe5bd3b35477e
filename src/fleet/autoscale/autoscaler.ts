// The port of autoscalers: what one sees of the workload that it scales, and what is asked of it.

import type { Verdict } from "../../kube/conditions.ts";
import type { KubeObject } from "../../kube/object.ts";
import type { Clock } from "../../sim/clock.ts";
import type { Journal } from "../journal.ts";
import type { Scaled } from "./hpa_replicas.ts";

/** A Deployment or LeaderWorkerSet as its scale subresource shows it. */
export interface ScaleTarget extends Scaled {
  /** The LLMInferenceService that it belongs to. */
  readonly owner: KubeObject;
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** `by` is the kind and name of who says so. */
  scale(replicas: number, by: string): void;
}

export interface AutoscalerHost {
  readonly clock: Clock;
  readonly journal: Journal;
  /** Its verdict may be another one now. */
  changed(): void;
}

/**
 * Decides on a timer of its own how many replicas a workload is to have, never outside the bounds of its
 * plan, and shows why in objects of its own.
 */
export interface Autoscaler {
  /** `warm`: it was there before the run, so that its first look is now. */
  start(warm: boolean): void;
  /** No more decisions; its objects are deleted. */
  stop(): void;
  /** How KServe reads its objects into ScalingReady or PrefillScalingReady. */
  readonly verdict: Verdict;
}

/** What a metric is now, in thousandths, or why it cannot be had. */
export type MetricReading = { readonly milli: number } | { readonly error: string };
