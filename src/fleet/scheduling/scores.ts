// How much better one node is than another for a pod: kube-scheduler's default scores and weights.
//
// After Kubernetes v1.34, pkg/scheduler/framework/plugins and apis/config/v1/default_plugins.go. Every
// score is an integer from 0 to 100; GPUs are in none of them, as in the default configuration.

import type { NodeView } from "./filters.ts";
import type { PodNeeds } from "./pod_needs.ts";
import { meetsTerm } from "./selectors.ts";
import { disliked } from "./taints.ts";

export const MAX_SCORE = 100;

export const WEIGHTS = {
  taints: 3,
  nodeAffinity: 2,
  spread: 2,
  podAffinity: 2,
  resources: 1,
  balance: 1,
  images: 1,
} as const;

/** NodeResourcesFit, LeastAllocated: the mean share of cpu and of memory that stays free. */
export function leastAllocated({ nonZero: asked }: PodNeeds, node: NodeView): number {
  let [sum, resources] = [0, 0];
  for (const resource of ["cpu", "memory"] as const) {
    const capacity = node.allocatable[resource] ?? 0;
    if (capacity === 0) continue;
    const requested = node.nonZero[resource] + asked[resource];
    if (requested <= capacity) sum += Math.floor((capacity - requested) * MAX_SCORE / capacity);
    resources++;
  }
  return resources === 0 ? 0 : Math.floor(sum / resources);
}

/** NodeResourcesBalancedAllocation: cpu and memory used alike; a pod that asks for neither has no say. */
export function balancedAllocation({ requests }: PodNeeds, node: NodeView): number {
  const [cpu, memory] = [requests["cpu"] ?? 0, requests["memory"] ?? 0];
  if (cpu === 0 && memory === 0) return 0;
  const first = usedShare(cpu, node, "cpu");
  const second = usedShare(memory, node, "memory");
  // The deviation of one share alone is 0, of two half their distance.
  const deviation = first === undefined || second === undefined ? 0 : Math.abs(first - second) / 2;
  return Math.floor((1 - deviation) * MAX_SCORE);
}

function usedShare(asked: number, node: NodeView, resource: string): number | undefined {
  const capacity = node.allocatable[resource] ?? 0;
  if (capacity === 0) return undefined;
  return Math.min(1, ((node.requested[resource] ?? 0) + asked) / capacity);
}

/** Not yet normalised: taints that the pod would rather avoid. */
export function dislikedTaints({ tolerations }: PodNeeds, { taints }: NodeView): number {
  return taints.length === 0 ? 0 : disliked(taints, tolerations);
}

/** Not yet normalised: the weights of the preferred terms that the node meets. */
export function preferredNode({ preferredNodes }: PodNeeds, { labels, name }: NodeView): number {
  let sum = 0;
  for (const { weight, term } of preferredNodes) if (meetsTerm(term, labels, name)) sum += weight;
  return sum;
}

/** `DefaultNormalizeScore`: the highest becomes 100; `reverse` makes it the worst. */
export function normalised(score: number, highest: number, reverse = false): number {
  if (highest === 0) return reverse ? MAX_SCORE : 0;
  const share = Math.floor(MAX_SCORE * score / highest);
  return reverse ? MAX_SCORE - share : share;
}

const MIB = 2 ** 20;
/** imagelocality: what an image must weigh to count, and what a container's at most counts. */
const SMALLEST_IMAGE = 23 * MIB;
const LARGEST_IMAGE = 1000 * MIB;

/**
 * ImageLocality: `bytes` are those of the pod's images on the node, each times the share of all nodes
 * that have it, so that not all pods crowd where an image happens to be.
 */
export function imageLocality(bytes: number, containers: number): number {
  const most = LARGEST_IMAGE * containers;
  const counted = Math.min(Math.max(bytes, SMALLEST_IMAGE), most);
  return Math.floor(MAX_SCORE * (counted - SMALLEST_IMAGE) / (most - SMALLEST_IMAGE));
}
