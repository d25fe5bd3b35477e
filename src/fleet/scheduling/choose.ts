// Which of the nodes a pod goes to: filters, then scores, then the emptiest among equals.
//
// kube-scheduler draws lots among equals, and in a cluster of more than 100 nodes it scores only some of
// those that fit (`percentageOfNodesToScore`). Here all are scored, and among equals the one with the
// most free GPUs wins, then that with the fewest pods, then the first: spread as lots would, without any.

import { hasRoom, type NodeView, type Refusal, refusalOf, unfit } from "./filters.ts";
import type { Placing } from "./placing.ts";
import type { PodNeeds } from "./pod_needs.ts";
import {
  balancedAllocation,
  dislikedTaints,
  imageLocality,
  leastAllocated,
  normalised,
  preferredNode,
  WEIGHTS,
} from "./scores.ts";
import { type Alike, defaultSpread, normalisedSpread } from "./spread.ts";
import { Refusals } from "./words.ts";

/** A node with its place in the order of all. */
export interface OrderedNode extends NodeView {
  readonly index: number;
  /** GPUs, or slots of them, that are nobody's. */
  readonly freeGpus: number;
}

/** What other pods and devices have to say, where the pod's needs make that worth asking. */
export interface Consideration {
  readonly weight: number;
  refuse(node: NodeView): Refusal | undefined;
  /** 0 to 100 of each node that fits. */
  scores(fitting: readonly NodeView[]): readonly number[];
}

export interface Surroundings {
  /** Of the whole cluster. */
  readonly nodes: number;
  /** Pods of the same controller in a zone; undefined for a pod that says itself how it is spread. */
  readonly siblingsByZone?: ReadonlyMap<string, number>;
  readonly considerations?: readonly Consideration[];
  /** Bytes of the pod's images that are on this node, each times the share of nodes that have it. */
  imageBytes?(node: OrderedNode): number;
}

/** The node; undefined where there is none. */
export function choose<Node extends OrderedNode>(
  placing: Placing,
  candidates: Iterable<Alike<Node>>,
  surroundings: Surroundings,
): Node | undefined {
  const { considerations = [] } = surroundings;
  const asked = Object.entries(placing.needs.requests);
  const unfits = new Map<number, boolean>();
  const fitting: Alike<Node>[] = [];
  for (const alike of candidates) {
    if (isUnfit(placing.needs, alike, unfits) || !hasRoom(asked, alike.node)) continue;
    if (considerations.length > 0 && refused(alike.node, considerations)) continue;
    fitting.push(alike);
  }
  if (fitting.length === 0) return undefined;
  return best(fitting, fitting.length === 1 ? [0] : scoresOf(placing, fitting, surroundings));
}

/** Asked once of each kind of nodes. */
function isUnfit(needs: PodNeeds, { node, kind }: Alike, known: Map<number, boolean>): boolean {
  if (kind === undefined) return unfit(needs, node) !== undefined;
  const before = known.get(kind);
  if (before !== undefined) return before;
  const is = unfit(needs, node) !== undefined;
  known.set(kind, is);
  return is;
}

/** Why there is no node. */
export function refusalsOf(
  { needs }: Placing,
  candidates: Iterable<Alike>,
  { nodes, considerations = [] }: Surroundings,
): Refusals {
  const refusals = new Refusals(nodes);
  for (const { node, nodes } of candidates) {
    const refusal = refusalOf(needs, node) ?? refused(node, considerations);
    if (refusal) refusals.add(refusal, nodes);
  }
  return refusals;
}

function refused(node: NodeView, considerations: readonly Consideration[]): Refusal | undefined {
  for (const consideration of considerations) {
    const refusal = consideration.refuse(node);
    if (refusal) return refusal;
  }
  return undefined;
}

function best<Node extends OrderedNode>(
  fitting: readonly Alike<Node>[],
  scores: readonly number[],
): Node {
  let [winner, highest] = [fitting[0]!.node, scores[0]!];
  for (let i = 1; i < fitting.length; i++) {
    const [{ node }, score] = [fitting[i]!, scores[i]!];
    if (score < highest || (score === highest && !emptier(node, winner))) continue;
    [winner, highest] = [node, score];
  }
  return winner;
}

function emptier(node: OrderedNode, other: OrderedNode): boolean {
  const order = other.freeGpus - node.freeGpus || node.pods - other.pods;
  return (order || node.index - other.index) < 0;
}

function scoresOf<Node extends OrderedNode>(
  { needs, images = [] }: Placing,
  fitting: readonly Alike<Node>[],
  { siblingsByZone, considerations = [], imageBytes }: Surroundings,
): number[] {
  const taints = fitting.map(({ node }) => dislikedTaints(needs, node));
  const preferred = fitting.map(({ node }) => preferredNode(needs, node));
  const [mostTaints, mostPreferred] = [Math.max(...taints), Math.max(...preferred)];
  const spread = siblingsByZone && normalisedSpread(defaultSpread(fitting, siblingsByZone));
  const scores = fitting.map(({ node }, i) =>
    WEIGHTS.taints * normalised(taints[i]!, mostTaints, true) +
    WEIGHTS.nodeAffinity * normalised(preferred[i]!, mostPreferred) +
    WEIGHTS.resources * leastAllocated(needs, node) +
    WEIGHTS.balance * balancedAllocation(needs, node) +
    WEIGHTS.spread * (spread?.[i] ?? 0) +
    (imageBytes ? WEIGHTS.images * imageLocality(imageBytes(node), images.length) : 0)
  );
  const all = considerations.length > 0 ? fitting.map(({ node }) => node) : [];
  for (const consideration of considerations) {
    const own = consideration.scores(all);
    for (const [i, score] of own.entries()) scores[i]! += consideration.weight * score;
  }
  return scores;
}
