// KEDA's fallback: how many replicas there are to be while a trigger cannot be read.

import type { FallbackPlan } from "./scaling_plan.ts";

/** After kedacore/keda's pkg/fallback/fallback.go. */
export function fallbackReplicas({ behavior, replicas }: FallbackPlan, current: number): number {
  switch (behavior) {
    case "static":
      return replicas;
    case "currentReplicas":
      return current;
    case "currentReplicasIfHigher":
      return Math.max(current, replicas);
    case "currentReplicasIfLower":
      return Math.min(current, replicas);
  }
}
