// Which pods are on which node, so that nobody has to look through all of them.

import type { Node } from "./nodes.ts";
import type { Pod } from "./pod.ts";

const NONE: ReadonlySet<Pod> = new Set();

export class Residents {
  readonly #pods = new Map<Node, Set<Pod>>();

  add(node: Node, pod: Pod): void {
    const known = this.#pods.get(node);
    if (known) known.add(pod);
    else this.#pods.set(node, new Set([pod]));
  }

  delete(node: Node, pod: Pod): void {
    this.#pods.get(node)?.delete(pod);
  }

  /** In the order in which they were placed; a copy, since what is done to them may move them. */
  on(node: Node): Pod[] {
    return [...this.#pods.get(node) ?? NONE];
  }
}
