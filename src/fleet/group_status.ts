// A LeaderWorkerSet's status as its controller tells it: counts and conditions.
//
// After `updateConditions`, `makeCondition` and `setCondition` of kubernetes-sigs/lws (9f47d6c).

import type { JsonObject } from "../kube/object.ts";
import { virtualTimestamp } from "../sim/timestamp.ts";
import type { EventReason } from "./event_reasons.ts";
import type { GroupState } from "./group_rollout.ts";

export type GroupConditionType = "Available" | "Progressing" | "UpdateInProgress";

export interface GroupCondition {
  readonly type: GroupConditionType;
  readonly status: "True" | "False";
  readonly reason: EventReason;
  readonly message: string;
  readonly changedUs: number;
}

const WORDS: Readonly<Record<GroupConditionType, readonly [reason: EventReason, message: string]>> =
  {
    Available: ["AllGroupsReady", "All replicas are ready"],
    Progressing: ["GroupsProgressing", "Replicas are progressing"],
    UpdateInProgress: ["GroupsUpdating", "Rolling Upgrade is in progress"],
  };

/** The conditions that hold; `states` are those of the groups that are there, by index. */
export function groupConditionTypes(
  states: readonly GroupState[],
  replicas: number,
): readonly GroupConditionType[] {
  const own = states.slice(0, replicas);
  if (own.some(({ updated }) => !updated)) return ["UpdateInProgress", "Progressing"];
  const ready = own.filter((state) => state.ready).length;
  return ready === replicas ? ["Available"] : ["Progressing"];
}

/**
 * Available excludes the two others: who becomes True makes them False, with the reason and the message
 * that they had.
 */
export function withGroupConditions(
  before: readonly GroupCondition[],
  types: readonly GroupConditionType[],
  nowUs: number,
): readonly GroupCondition[] {
  return types.reduce((conditions, type) => withGroupCondition(conditions, type, nowUs), before);
}

function withGroupCondition(
  before: readonly GroupCondition[],
  type: GroupConditionType,
  nowUs: number,
): readonly GroupCondition[] {
  const [reason, message] = WORDS[type];
  const next: GroupCondition = { type, status: "True", reason, message, changedUs: nowUs };
  const known = before.some((condition) => condition.type === type);
  const changed = before.map((condition) => {
    if (condition.type === type) return condition.status === "True" ? condition : next;
    const excluded = (condition.type === "Available") !== (type === "Available");
    return excluded && condition.status === "True"
      ? { ...condition, status: "False" as const }
      : condition;
  });
  return known ? changed : [...changed, next];
}

export interface GroupCounts {
  readonly replicas: number;
  readonly readyReplicas: number;
  readonly updatedReplicas: number;
}

/** As the API shows it: counts of 0 are left out. */
export function groupStatusObject(
  name: string,
  counts: GroupCounts,
  conditions: readonly GroupCondition[],
): JsonObject {
  return {
    ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
    hpaPodSelector:
      `leaderworkerset.sigs.k8s.io/name=${name},leaderworkerset.sigs.k8s.io/worker-index=0`,
    conditions: conditions.map(({ changedUs, ...condition }) => ({
      ...condition,
      lastTransitionTime: virtualTimestamp(changedUs),
    })),
  };
}
