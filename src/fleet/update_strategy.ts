// How a workload goes from one pod template to the next: what may be asked, and in whole pods. Knows no pod.

/** As Kubernetes' `IntOrString`: so many, or a share of the replicas like `25%`. */
export type IntOrPercent = number | `${number}%`;

/** What a Deployment or a LeaderWorkerSet may do while it is updated. */
export type UpdateStrategy =
  | { readonly kind: "Recreate" }
  | {
    readonly kind: "RollingUpdate";
    /** More replicas than wanted, as many as that. */
    readonly maxSurge: IntOrPercent;
    readonly maxUnavailable: IntOrPercent;
  };

/** Defaults of apps/v1 (`SetDefaults_Deployment`). */
export const DEPLOYMENT_STRATEGY: UpdateStrategy = {
  kind: "RollingUpdate",
  maxSurge: "25%",
  maxUnavailable: "25%",
};

/** Defaults of leaderworkerset.x-k8s.io/v1 (`RollingUpdateConfiguration`). */
export const GROUP_STRATEGY: UpdateStrategy = {
  kind: "RollingUpdate",
  maxSurge: 0,
  maxUnavailable: 1,
};

/** Other defaults of apps/v1: seconds, and old ReplicaSets that are kept. */
export const PROGRESS_DEADLINE_SECONDS = 600;
export const REVISION_HISTORY_LIMIT = 10;

/** In whole replicas. */
export interface Fenceposts {
  readonly maxSurge: number;
  readonly maxUnavailable: number;
}

/** `GetScaledValueFromIntOrPercent`: a share is rounded up or down. */
export function scaledValue(value: IntOrPercent, replicas: number, round: "up" | "down"): number {
  if (typeof value === "number") return value;
  const exact = Number(value.slice(0, -1)) * replicas / 100;
  return round === "up" ? Math.ceil(exact) : Math.floor(exact);
}

/**
 * The Deployment controller's `ResolveFenceposts`: surge is rounded up and unavailability down, and
 * where both come to nothing one replica may be unavailable, or nothing would ever move.
 */
export function resolveFenceposts(strategy: UpdateStrategy, replicas: number): Fenceposts {
  if (strategy.kind === "Recreate") return { maxSurge: 0, maxUnavailable: 0 };
  const maxSurge = scaledValue(strategy.maxSurge, replicas, "up");
  const maxUnavailable = scaledValue(strategy.maxUnavailable, replicas, "down");
  if (maxSurge === 0 && maxUnavailable === 0) return { maxSurge: 0, maxUnavailable: 1 };
  return { maxSurge, maxUnavailable };
}

/** What a Deployment of so many replicas may do without (`MaxUnavailable`): never more than it has. */
export function maxUnavailableOf(strategy: UpdateStrategy, replicas: number): number {
  if (strategy.kind === "Recreate" || replicas === 0) return 0;
  return Math.min(replicas, resolveFenceposts(strategy, replicas).maxUnavailable);
}
