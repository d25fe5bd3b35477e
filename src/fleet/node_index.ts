// Nodes by what a scheduler asks about them: which are alike, where a controller's pods are, who has an image.

import type { Node } from "./node.ts";
import type { Surroundings } from "./scheduling/choose.ts";
import { type NodeGroup, NodeGroups } from "./scheduling/node_groups.ts";
import { controllerOf, type Placing } from "./scheduling/placing.ts";
import { ZONE } from "./scheduling/selectors.ts";
import type { Alike } from "./scheduling/spread.ts";

export class NodeIndex {
  #all: readonly Node[];
  readonly #groups = new NodeGroups<Node>();
  /** Controller → where its pods are. */
  readonly #siblings = new Map<string, Map<Node, number>>();
  /** Image → the nodes that have it. */
  readonly #imageNodes = new Map<string, Set<Node>>();

  constructor(all: readonly Node[]) {
    this.#all = all;
    for (const node of all) this.#groups.refile(node);
  }

  get size(): number {
    return this.#all.length;
  }

  /** What a node offers or how it is marked is another. */
  refile(node: Node): void {
    this.#groups.refile(node);
  }

  /** A node that is new in the cluster, after all others in its order. */
  join(node: Node): void {
    this.#all = [...this.#all, node];
    this.#groups.refile(node);
  }

  /** A node is taken out of the cluster. */
  forget(node: Node): void {
    this.#all = this.#all.filter((other) => other !== node);
    this.#groups.forget(node);
  }

  /** A pod is on a node now. */
  added(placing: Placing, node: Node): void {
    const controller = controllerOf(placing);
    const siblings = this.#siblings.get(controller) ?? new Map<Node, number>();
    this.#siblings.set(controller, siblings);
    siblings.set(node, (siblings.get(node) ?? 0) + 1);
    this.#groups.update(node);
  }

  removed(placing: Placing, node: Node): void {
    const controller = controllerOf(placing);
    const siblings = this.#siblings.get(controller)!;
    const left = siblings.get(node)! - 1;
    if (left > 0) siblings.set(node, left);
    else siblings.delete(node);
    if (siblings.size === 0) this.#siblings.delete(controller);
    this.#groups.update(node);
  }

  imageChanged(node: Node, image: string): void {
    const nodes = this.#imageNodes.get(image) ?? new Set();
    this.#imageNodes.set(image, nodes);
    if (node.images.has(image)) nodes.add(node);
    else nodes.delete(node);
    this.#groups.update(node);
  }

  /** Every node by itself. */
  each(placing: Placing): Alike<Node>[] {
    const siblings = this.#siblings.get(controllerOf(placing));
    return this.#all.map((node) => ({ node, nodes: 1, siblings: siblings?.get(node) ?? 0 }));
  }

  /** Each group once, and apart from it those of its nodes that have pods of the same controller. */
  *alike(placing: Placing): Generator<Alike<Node>> {
    const siblings = this.#siblings.get(controllerOf(placing)) ?? new Map<Node, number>();
    const hosts = this.#hosts(siblings);
    for (const group of this.#groups.all) {
      const { members, kind } = group;
      const byCount = hosts.get(group);
      if (!byCount) {
        yield { node: members[0]!, nodes: members.length, siblings: 0, kind };
        continue;
      }
      let others = members.length;
      for (const [count, same] of byCount) {
        others -= same.length;
        const first = same.reduce((first, node) => node.index < first.index ? node : first);
        yield { node: first, nodes: same.length, siblings: count, kind };
      }
      if (others === 0) continue;
      const node = members.find((node) => !siblings.has(node))!;
      yield { node, nodes: others, siblings: 0, kind };
    }
  }

  /** The nodes with siblings, by their group and how many they have. */
  #hosts(siblings: ReadonlyMap<Node, number>): Map<NodeGroup<Node>, Map<number, Node[]>> {
    const hosts = new Map<NodeGroup<Node>, Map<number, Node[]>>();
    for (const [node, count] of siblings) {
      const group = this.#groups.groupOf(node);
      if (!group) continue;
      const byCount = hosts.get(group) ?? new Map<number, Node[]>();
      hosts.set(group, byCount);
      const same = byCount.get(count);
      if (same) same.push(node);
      else byCount.set(count, [node]);
    }
    return hosts;
  }

  /** What is asked about a pod beside its nodes. */
  surroundings(placing: Placing): Surroundings {
    const { needs, images = [] } = placing;
    return {
      nodes: this.#all.length,
      ...(needs.spread.length === 0 ? { siblingsByZone: this.#siblingsByZone(placing) } : {}),
      ...(images.length > 0
        ? { imageBytes: (node) => this.#imageBytes(placing, node as Node) }
        : {}),
    };
  }

  #siblingsByZone(placing: Placing): Map<string, number> {
    const zones = new Map<string, number>();
    for (const [node, count] of this.#siblings.get(controllerOf(placing)) ?? []) {
      const zone = node.labels[ZONE];
      if (zone !== undefined) zones.set(zone, (zones.get(zone) ?? 0) + count);
    }
    return zones;
  }

  /** ImageLocality's `scaledImageScore`, summed over the pod's images. */
  #imageBytes({ images = [] }: Placing, node: Node): number {
    return images.reduce((sum, { name, bytes }) => {
      if (!node.images.has(name)) return sum;
      const having = this.#imageNodes.get(name)?.size ?? 0;
      return sum + Math.floor(bytes * having / this.#all.length);
    }, 0);
  }
}
