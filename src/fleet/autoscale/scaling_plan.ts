// What `scaling` of a workload says, read and with its defaults: types alone.

import type { JsonObject } from "../../kube/object.ts";
import type { Behavior } from "./hpa_behavior.ts";
import type { MetricTarget } from "./hpa_replicas.ts";

export interface ScalingPlan {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Absent: KEDA's own triggers decide. */
  readonly wva?: VariantPlan;
  readonly actuator:
    | { readonly kind: "hpa"; readonly behavior?: Behavior }
    | { readonly kind: "keda"; readonly keda: KedaPlan };
}

/** How the Workload Variant Autoscaler treats it. */
export interface VariantPlan {
  /** Workloads of one model in one namespace are its variants. */
  readonly modelId: string;
  /** As it is written. */
  readonly variantCost: string;
  /** So long without a request until the model goes to zero, in µs; absent: it does not. */
  readonly retentionUs?: number;
}

export type FallbackBehavior =
  | "static"
  | "currentReplicas"
  | "currentReplicasIfHigher"
  | "currentReplicasIfLower";

export interface FallbackPlan {
  readonly failureThreshold: number;
  readonly replicas: number;
  readonly behavior: FallbackBehavior;
}

export interface KedaPlan {
  readonly pollingUs: number;
  readonly cooldownUs: number;
  readonly initialCooldownUs: number;
  readonly idleReplicas?: number;
  readonly fallback?: FallbackPlan;
  readonly behavior?: Behavior;
  /** None where the Workload Variant Autoscaler decides: then KServe writes the one there is. */
  readonly triggers: readonly TriggerPlan[];
  /** The fields that the ScaledObject takes over as they are written. */
  readonly written: JsonObject;
}

export interface TriggerPlan {
  readonly type: string;
  readonly name?: string;
  readonly target: MetricTarget;
  /** Above it the trigger is active. */
  readonly activation: number;
  readonly query: string;
  /** An empty result is 0, not an error. */
  readonly ignoreNull: boolean;
  /** As it is written. */
  readonly written: JsonObject;
}

/** KEDA's defaults (keda.sh/docs: ScaledObject specification). */
export const KEDA_DEFAULTS = {
  pollingSeconds: 30,
  cooldownSeconds: 300,
  initialCooldownSeconds: 0,
} as const;

/** Of the Workload Variant Autoscaler, where `variantCost` is left out. */
export const DEFAULT_VARIANT_COST = "10.0";
/** `retention_period` of `model-scale-to-zero-config` when left out (docs/user-guide/scale-to-zero.md). */
export const RETENTION_US = 600_000_000;
