// The LeaderWorkerSet controller's arithmetic: how many groups there are and which may be replaced. Knows no pod.
//
// After `rollingUpdateParameters` of kubernetes-sigs/lws, `pkg/controllers/leaderworkerset_controller.go`
// (9f47d6c), and what kubernetes-sigs/lws#778 and #781 changed where no group may be missing.

import { GROUP_STRATEGY, scaledValue, type UpdateStrategy } from "./update_strategy.ts";

/** One group, by its index: all of its pods are ready, all are of the present template. */
export interface GroupState {
  readonly ready: boolean;
  readonly updated: boolean;
}

/** The leaders' StatefulSet: groups from `partition` on are of the present template. */
export interface LeaderSet {
  readonly replicas: number;
  readonly partition: number;
  /** The LeaderWorkerSet's replicas when that was decided. */
  readonly desired: number;
}

export interface GroupsWanted {
  readonly replicas: number;
  readonly strategy?: UpdateStrategy | undefined;
  /** The template is another than when it was looked at last. */
  readonly changed: boolean;
}

/** What the leaders' set is to be; `states` are those of the groups that it has, by index. */
export function nextLeaderSet(
  wanted: GroupsWanted,
  set: LeaderSet | undefined,
  states: readonly GroupState[],
): LeaderSet {
  const { replicas, changed } = wanted;
  if (!set) return { replicas, partition: 0, desired: replicas };
  const { maxSurge, maxUnavailable } = bounds(wanted);
  // One surged group is given up for one that is not through yet, if that may be missing.
  const spared = maxUnavailable > 0 ? 1 : 0;
  const size = (unready: number) =>
    replicas + (unready <= maxSurge ? Math.max(0, unready - spared) : maxSurge);
  const to = (partition: number, unready: number) => ({
    replicas: size(unready),
    partition,
    desired: replicas,
  });
  // Scaled first, updated afterwards.
  if (changed) return to(Math.min(replicas, set.replicas), replicas);
  if (set.partition === 0 && set.replicas === replicas) return { ...set, desired: replicas };
  const unready = unreadyGroups(states, replicas);
  if (set.desired !== replicas) {
    return to(Math.min(set.partition, replicas + maxSurge), unready);
  }
  // What was surged and is taken back already must not be made up for by groups that serve.
  const step = maxUnavailable + maxSurge - (replicas + maxSurge - set.replicas);
  return to(nextPartition(states, set, step), unready);
}

/** A LeaderWorkerSet rounds as a Deployment does; it never has more than twice its groups. */
function bounds({ replicas, strategy = GROUP_STRATEGY }: GroupsWanted) {
  if (strategy.kind === "Recreate") return { maxSurge: 0, maxUnavailable: replicas };
  return {
    maxSurge: Math.min(replicas, scaledValue(strategy.maxSurge, replicas, "up")),
    maxUnavailable: scaledValue(strategy.maxUnavailable, replicas, "down"),
  };
}

/**
 * `rollingUpdatePartition`: from the highest index down, `step` groups beyond those that are through.
 * Groups below that are not ready count against it, and those that are not ready anyway are replaced.
 * It never goes up again.
 */
function nextPartition(
  states: readonly GroupState[],
  { replicas, partition: current }: LeaderSet,
  step: number,
): number {
  const least = Math.max(0, replicas - doneAtTheTail(states, replicas) - step);
  let partition = least;
  for (let index = 0; index < least; index++) if (!states[index]?.ready) partition++;
  for (let index = Math.min(partition, replicas - 1); index >= least; index--) {
    const state = states[index];
    if (state?.ready && !state.updated) break;
    partition = index;
  }
  return Math.min(partition, current);
}

function doneAtTheTail(states: readonly GroupState[], replicas: number): number {
  let done = 0;
  while (done < replicas && isThrough(states[replicas - 1 - done])) done++;
  return done;
}

function unreadyGroups(states: readonly GroupState[], replicas: number): number {
  let unready = 0;
  for (let index = 0; index < replicas; index++) if (!isThrough(states[index])) unready++;
  return unready;
}

function isThrough(state: GroupState | undefined): boolean {
  return state !== undefined && state.ready && state.updated;
}
