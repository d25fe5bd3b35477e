// What kube-scheduler says of a pod that fits nowhere; it knows no pod and no node.
//
// After Kubernetes v1.34, pkg/scheduler/framework/types.go (`FitError`) and preemption/preemption.go.

import type { Refusal } from "./filters.ts";

/** Reasons with the number of nodes that had each. */
export class Refusals {
  readonly #nodes: number;
  readonly #instead: string | undefined;
  readonly #reasons = new Map<string, number>();
  #resolvable = 0;

  /** Of a cluster of so many nodes; `instead`: what keeps a pod off all of them alike. */
  constructor(nodes: number, instead?: string) {
    this.#nodes = nodes;
    this.#instead = instead;
  }

  add({ reasons, resolvable }: Refusal, nodes = 1): void {
    for (const reason of reasons) {
      this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + nodes);
    }
    if (resolvable) this.#resolvable += nodes;
  }

  /**
   * The event's message. Pods of lower priority are not told apart from others: no pod has to leave for
   * another one. `claims`: the pod has some, of which none can be given back to help.
   */
  message(claims = false): string {
    const preemption = new Map([
      ["Preemption is not helpful for scheduling", this.#nodes - this.#resolvable],
      ["No preemption victims found for incoming pod", this.#resolvable],
    ]);
    const why = this.#instead === undefined
      ? this.#sentence(this.#reasons)
      : `0/${this.#nodes} nodes are available: ${this.#instead}.`;
    return `${why} ${claims ? "still not schedulable, " : ""}` +
      `preemption: ${this.#sentence(preemption)}`;
  }

  /** Sorted as text, so that `10 …` comes before `2 …`. */
  #sentence(reasons: ReadonlyMap<string, number>): string {
    const list = [...reasons].filter(([, count]) => count > 0)
      .map(([reason, count]) => `${count} ${reason}`).sort();
    return `0/${this.#nodes} nodes are available:${list.length > 0 ? ` ${list.join(", ")}.` : ""}`;
  }
}

/** Without nodes there is nothing to be told of them (`ErrNoNodesAvailable`). */
export const NO_NODES = "no nodes available to schedule pods";
