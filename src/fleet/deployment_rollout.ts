// The Deployment controller's arithmetic: how large each of its ReplicaSets is to be next. Knows no pod.
//
// After `rolling.go`, `recreate.go` and `sync.go` of kubernetes/kubernetes, `pkg/controller/deployment`.

import { maxUnavailableOf, resolveFenceposts, type UpdateStrategy } from "./update_strategy.ts";

/** A ReplicaSet as the controller sees it; older ones have lower numbers. */
export interface ReplicaSetSize {
  readonly number: number;
  /** Its `spec.replicas`. */
  readonly replicas: number;
  /** Of its pods, for `minReadySeconds` ready. */
  readonly available: number;
  /** The Deployment's replicas when it was last scaled, and the most that there might then be of all. */
  readonly desired: number;
  readonly maxReplicas: number;
}

export interface DeploymentSize {
  readonly replicas: number;
  readonly strategy: UpdateStrategy;
}

/** A ReplicaSet, by its number, and what it is scaled to. */
export interface Scale {
  readonly number: number;
  readonly replicas: number;
}

/** `isScalingEvent`: an active ReplicaSet was scaled for another number of replicas than is wanted now. */
export function isScalingEvent(replicas: number, sets: readonly ReplicaSetSize[]): boolean {
  return sets.some((set) => set.replicas > 0 && set.desired !== replicas);
}

/** `NewRSNewReplicas`: as many as surge leaves room for, never fewer than there are. */
export function newSetReplicas(
  { replicas, strategy }: DeploymentSize,
  fresh: Pick<ReplicaSetSize, "replicas">,
  old: readonly ReplicaSetSize[],
): number {
  if (strategy.kind === "Recreate") return replicas;
  const room = replicas + resolveFenceposts(strategy, replicas).maxSurge;
  const all = total(old) + fresh.replicas;
  if (all >= room) return fresh.replicas;
  return fresh.replicas + Math.min(room - all, replicas - fresh.replicas);
}

/**
 * One round of a rolling update (`rolloutRolling`): the new ReplicaSet up if it can go up, else the old
 * ones down if they can go down. Nothing is left to do when the list is empty.
 */
export function rollingScales(
  deployment: DeploymentSize,
  fresh: ReplicaSetSize,
  old: readonly ReplicaSetSize[],
): Scale[] {
  const { replicas } = deployment;
  const wanted = fresh.replicas > replicas ? replicas : newSetReplicas(deployment, fresh, old);
  if (wanted !== fresh.replicas) return [{ number: fresh.number, replicas: wanted }];
  return oldSetScales(deployment, fresh, old);
}

/**
 * `reconcileOldReplicaSets`: first those of their pods that are not available, since nobody misses them,
 * then available ones as long as enough remain. What is not available of the new ReplicaSet counts as
 * missing in both, so that a template that never gets ready takes no more than it did at first.
 */
function oldSetScales(
  { replicas, strategy }: DeploymentSize,
  fresh: ReplicaSetSize,
  old: readonly ReplicaSetSize[],
): Scale[] {
  if (total(old) === 0) return [];
  const minAvailable = replicas - maxUnavailableOf(strategy, replicas);
  const most = total(old) + fresh.replicas - minAvailable - (fresh.replicas - fresh.available);
  if (most <= 0) return [];
  const oldestFirst = [...old].sort((a, b) => a.number - b.number);
  const left = new Map(oldestFirst.map((set) => [set.number, set.replicas]));
  take(oldestFirst, left, most, (set) => set.replicas - set.available);
  const available = old.reduce((sum, set) => sum + set.available, fresh.available);
  take(oldestFirst, left, available - minAvailable, (set) => left.get(set.number)!);
  return oldestFirst.filter((set) => left.get(set.number) !== set.replicas)
    .map(({ number }) => ({ number, replicas: left.get(number)! }));
}

/** Takes up to `most` from the sets in order, of each no more than `from` says. */
function take(
  sets: readonly ReplicaSetSize[],
  left: Map<number, number>,
  most: number,
  from: (set: ReplicaSetSize) => number,
): void {
  let rest = most;
  for (const set of sets) {
    if (rest <= 0) return;
    const taken = Math.min(rest, Math.max(0, from(set)), left.get(set.number)!);
    left.set(set.number, left.get(set.number)! - taken);
    rest -= taken;
  }
}

/** `scaleDownOldReplicaSetsForRecreate`: all at once. The new one waits until their pods are gone. */
export function recreateScales(old: readonly ReplicaSetSize[]): Scale[] {
  return old.filter((set) => set.replicas > 0).map(({ number }) => ({ number, replicas: 0 }));
}

/**
 * `scale`: what a change of `replicas` does to the ReplicaSets. In the middle of a rolling update each
 * gets its share, so that the update is no further along than before.
 */
export function scalingScales(
  deployment: DeploymentSize,
  fresh: ReplicaSetSize | undefined,
  old: readonly ReplicaSetSize[],
): Scale[] {
  const { replicas, strategy } = deployment;
  const all = fresh ? [...old, fresh] : [...old];
  const active = all.filter((set) => set.replicas > 0);
  if (active.length <= 1) {
    const only = active[0] ?? fresh ?? [...old].sort((a, b) => b.number - a.number)[0];
    return only && only.replicas !== replicas ? [{ number: only.number, replicas }] : [];
  }
  const saturated = fresh && fresh.replicas === replicas && fresh.desired === replicas &&
    fresh.available === replicas;
  if (saturated) return recreateScales(old);
  return strategy.kind === "Recreate" ? [] : proportionalScales(deployment, active);
}

function proportionalScales(
  { replicas, strategy }: DeploymentSize,
  active: readonly ReplicaSetSize[],
): Scale[] {
  const most = replicas === 0 ? 0 : replicas + resolveFenceposts(strategy, replicas).maxSurge;
  const toAdd = most - total(active);
  if (toAdd === 0) return [];
  // From the largest to the smallest; among equals newer ones grow first and older ones shrink first.
  const inOrder = [...active].sort((a, b) =>
    b.replicas - a.replicas || (toAdd > 0 ? b.number - a.number : a.number - b.number)
  );
  let added = 0;
  const sizes = inOrder.map((set) => {
    const share = proportion(set, most, replicas, toAdd - added);
    added += share;
    return { number: set.number, before: set.replicas, replicas: set.replicas + share };
  });
  sizes[0]!.replicas = Math.max(0, sizes[0]!.replicas + toAdd - added);
  return sizes.filter((set) => set.replicas !== set.before)
    .map(({ number, replicas }) => ({ number, replicas }));
}

/** `GetProportion`: its share of the whole as it was, of the whole as it is to be; within what is left. */
function proportion(set: ReplicaSetSize, most: number, replicas: number, rest: number): number {
  if (rest === 0) return 0;
  const fraction = replicas === 0
    ? -set.replicas
    : roundHalfAway(set.replicas * most / set.maxReplicas) - set.replicas;
  return rest > 0 ? Math.min(fraction, rest) : Math.max(fraction, rest);
}

/** Go's `RoundToInt32`. */
function roundHalfAway(value: number): number {
  return value < 0 ? Math.ceil(value - 0.5) : Math.floor(value + 0.5);
}

function total(sets: readonly ReplicaSetSize[]): number {
  return sets.reduce((sum, set) => sum + set.replicas, 0);
}
