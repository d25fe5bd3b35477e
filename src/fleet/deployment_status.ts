// A Deployment's status as its controller tells it: counts, conditions, and what counts as progress.
//
// After `sync.go`, `progress.go` and `util/deployment_util.go` of kubernetes' Deployment controller.

import type { JsonObject } from "../kube/object.ts";
import { virtualTimestamp } from "../sim/timestamp.ts";

/** Pods by what they are; those that terminate are in none of them. */
export interface DeploymentCounts {
  readonly replicas: number;
  readonly updatedReplicas: number;
  readonly readyReplicas: number;
  readonly availableReplicas: number;
}

export interface DeploymentCondition {
  readonly type: "Available" | "Progressing" | "ReplicaFailure";
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
  readonly updatedUs: number;
  readonly changedUs: number;
}

/** What is to be, by the spec. */
export interface DeploymentWish {
  readonly replicas: number;
  readonly maxUnavailable: number;
  readonly progressDeadlineUs: number;
  /** The ReplicaSet of its template. */
  readonly replicaSet: string;
  /** That ReplicaSet was made just now. */
  readonly created: boolean;
}

export interface DeploymentStatus extends DeploymentCounts {
  readonly conditions: readonly DeploymentCondition[];
}

export const NOTHING_YET: DeploymentStatus = {
  replicas: 0,
  updatedReplicas: 0,
  readyReplicas: 0,
  availableReplicas: 0,
  conditions: [],
};

/** Real controllers look again a second after the deadline, since times are in whole seconds. */
const RECHECK_US = 1_000_000;

/** `DeploymentComplete`. */
function isComplete(replicas: number, counts: DeploymentCounts): boolean {
  return counts.updatedReplicas === replicas && counts.replicas === replicas &&
    counts.availableReplicas === replicas;
}

export function nextStatus(
  before: DeploymentStatus,
  counts: DeploymentCounts,
  wish: DeploymentWish,
  nowUs: number,
): DeploymentStatus {
  let { conditions } = before;
  const set = (next: Omit<DeploymentCondition, "updatedUs" | "changedUs">, renew = false) => {
    conditions = withCondition(conditions, next, nowUs, renew);
  };
  const { replicaSet: name } = wish;
  const progressing = (reason: string, message: string, renew = false) =>
    set({ type: "Progressing", status: "True", reason, message }, renew);
  if (wish.created) progressing("NewReplicaSetCreated", `Created new replica set "${name}"`);
  set(availability(counts, wish));
  const current = conditions.find(({ type }) => type === "Progressing");
  const settled = counts.replicas === counts.updatedReplicas &&
    current?.reason === "NewReplicaSetAvailable";
  if (settled) return { ...counts, conditions };
  if (isComplete(wish.replicas, counts)) {
    progressing("NewReplicaSetAvailable", `ReplicaSet "${name}" has successfully progressed.`);
  } else if (hasProgressed(before, counts)) {
    progressing("ReplicaSetUpdated", `ReplicaSet "${name}" is progressing.`, true);
  } else if (hasTimedOut(current, wish, nowUs)) {
    const message = `ReplicaSet "${name}" has timed out progressing.`;
    const reason = "ProgressDeadlineExceeded";
    set({ type: "Progressing", status: "False", reason, message });
  }
  return { ...counts, conditions };
}

/** What its ReplicaSets say of pods that the API server refuses; undefined: it takes all. */
export function withReplicaFailure(
  status: DeploymentStatus,
  message: string | undefined,
  nowUs: number,
): DeploymentStatus {
  const others = status.conditions.filter(({ type }) => type !== "ReplicaFailure");
  if (message === undefined) {
    return others.length === status.conditions.length ? status : { ...status, conditions: others };
  }
  const failure = { type: "ReplicaFailure", status: "True", reason: "FailedCreate" } as const;
  const known = status.conditions.find(({ type }) => type === "ReplicaFailure");
  if (known?.message === message) return status;
  const changedUs = known?.changedUs ?? nowUs;
  const condition = { ...failure, message, updatedUs: nowUs, changedUs };
  return { ...status, conditions: [...others, condition] };
}

/** When to look again whether it has timed out, in µs; undefined where it cannot. */
export function deadlineUs(
  { conditions, ...counts }: DeploymentStatus,
  { replicas, progressDeadlineUs }: DeploymentWish,
): number | undefined {
  const current = conditions.find(({ type }) => type === "Progressing");
  if (!current || current.status === "False" || isComplete(replicas, counts)) return undefined;
  // A rollout that was complete is not looked at again until something of it moves.
  if (current.reason === "NewReplicaSetAvailable") return undefined;
  return current.updatedUs + progressDeadlineUs + RECHECK_US;
}

function availability(
  { availableReplicas }: DeploymentCounts,
  { replicas, maxUnavailable }: DeploymentWish,
): Omit<DeploymentCondition, "updatedUs" | "changedUs"> {
  const has = availableReplicas >= replicas - maxUnavailable;
  return {
    type: "Available",
    status: has ? "True" : "False",
    reason: has ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
    message: `Deployment ${has ? "has" : "does not have"} minimum availability.`,
  };
}

/** `DeploymentProgressing`: more new pods, fewer old ones, more that are ready or available. */
function hasProgressed(before: DeploymentCounts, now: DeploymentCounts): boolean {
  const old = ({ replicas, updatedReplicas }: DeploymentCounts) => replicas - updatedReplicas;
  return now.updatedReplicas > before.updatedReplicas || old(now) < old(before) ||
    now.readyReplicas > before.readyReplicas || now.availableReplicas > before.availableReplicas;
}

function hasTimedOut(
  current: DeploymentCondition | undefined,
  { progressDeadlineUs }: DeploymentWish,
  nowUs: number,
): boolean {
  if (!current || current.reason === "NewReplicaSetAvailable") return false;
  return current.status === "True" && current.updatedUs + progressDeadlineUs < nowUs;
}

/**
 * `SetDeploymentCondition`: nothing where status and reason are as they were, unless it is `renew`ed; the
 * one that was set last stands last. `changedUs` is when the status changed.
 */
function withCondition(
  conditions: readonly DeploymentCondition[],
  next: Omit<DeploymentCondition, "updatedUs" | "changedUs">,
  nowUs: number,
  renew: boolean,
): readonly DeploymentCondition[] {
  const known = conditions.find(({ type }) => type === next.type);
  const same = known?.status === next.status;
  if (known && same && known.reason === next.reason && !renew) return conditions;
  return [
    ...conditions.filter(({ type }) => type !== next.type),
    { ...next, updatedUs: nowUs, changedUs: known && same ? known.changedUs : nowUs },
  ];
}

/** As the API shows it: counts of 0 are left out. */
export function deploymentStatusObject(
  status: DeploymentStatus,
  replicas: number,
  observedGeneration: number,
): JsonObject {
  const { conditions, ...counts } = status;
  const unavailableReplicas = Math.max(0, replicas - counts.availableReplicas);
  const shown = Object.entries({ ...counts, unavailableReplicas }).filter(([, count]) => count > 0);
  return {
    observedGeneration,
    ...Object.fromEntries(shown),
    conditions: conditions.map(({ updatedUs, changedUs, ...condition }) => ({
      ...condition,
      lastUpdateTime: virtualTimestamp(updatedUs),
      lastTransitionTime: virtualTimestamp(changedUs),
    })),
  };
}
