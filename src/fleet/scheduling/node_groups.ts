// Nodes that are alike, together: a pod is judged once for all of them. It knows no pod.
//
// What a scheduler sees of two nodes differs in few ways: thousands of nodes of a fleet are of a handful of
// kinds, and most of a kind are full or empty. So placing a pod takes as long as there are groups.

import type { OrderedNode } from "./choose.ts";
import { HOSTNAME } from "./selectors.ts";

/** Beside what it shows: the names of the images that it has, each once, in order. */
export interface GroupedNode extends OrderedNode {
  readonly imageKey: string;
}

export interface NodeGroup<Node> {
  /** In the cluster's order. */
  readonly members: readonly Node[];
  /** The same for groups that differ in nothing but what is on their nodes. */
  readonly kind: number;
}

interface Group<Node> extends NodeGroup<Node> {
  readonly members: Node[];
}

export class NodeGroups<Node extends GroupedNode> {
  readonly #groups = new Map<string, Group<Node>>();
  readonly #keys = new Map<Node, string>();
  readonly #forgotten = new Set<Node>();
  readonly #kindOf = new Map<Node, number>();
  /** Numbers for what rarely changes, so that keys stay short. */
  readonly #kinds = new Map<string, number>();

  get all(): Iterable<NodeGroup<Node>> {
    return this.#groups.values();
  }

  /** Which group a node is in; undefined once it was forgotten. */
  groupOf(node: Node): NodeGroup<Node> | undefined {
    return this.#groups.get(this.#keys.get(node) ?? "");
  }

  /** A node that is not to be found any more, whatever becomes of it. */
  forget(node: Node): void {
    const key = this.#keys.get(node);
    if (key === undefined) return;
    this.#remove(key, node);
    this.#keys.delete(node);
    this.#forgotten.add(node);
  }

  /** Files a node where it belongs now that it is another one: its labels, taints or what it offers. */
  refile(node: Node): void {
    this.#kindOf.set(node, this.#number(kindOf(node)));
    this.update(node);
  }

  /** Files a node where it belongs now that other pods or images are on it. */
  update(node: Node): void {
    if (this.#forgotten.has(node)) return;
    const before = this.#keys.get(node);
    const key = this.#keyFor(node);
    if (key === before) return;
    if (before !== undefined) this.#remove(before, node);
    this.#keys.set(node, key);
    const group = this.#groups.get(key);
    if (group) group.members.splice(place(group.members, node), 0, node);
    else this.#groups.set(key, { members: [node], kind: this.#kindOf.get(node)! });
  }

  #remove(key: string, node: Node): void {
    const { members } = this.#groups.get(key)!;
    members.splice(place(members, node), 1);
    if (members.length === 0) this.#groups.delete(key);
  }

  #keyFor(node: Node): string {
    const { allocatable, requested, nonZero, pods, imageKey } = node;
    const kind = this.#kindOf.get(node)!;
    let key = `${kind}|${this.#number(imageKey)}|${pods}|${nonZero.cpu}|${nonZero.memory}`;
    for (const name of Object.keys(allocatable)) key += `|${requested[name] ?? 0}`;
    return key;
  }

  #number(kind: string): number {
    const known = this.#kinds.get(kind);
    if (known !== undefined) return known;
    this.#kinds.set(kind, this.#kinds.size);
    return this.#kinds.size - 1;
  }
}

function kindOf({ labels, taints, cordoned, allocatable }: GroupedNode): string {
  const { [HOSTNAME]: _, ...shared } = labels;
  const sorted = Object.entries(shared).sort(([a], [b]) => a < b ? -1 : 1);
  return JSON.stringify([sorted, taints, cordoned, allocatable]);
}

/** Where it is, or would be, among others in order. */
function place(members: readonly { readonly index: number }[], { index }: { index: number }) {
  let [low, high] = [0, members.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (members[middle]!.index < index) low = middle + 1;
    else high = middle;
  }
  return low;
}
