// Pods that fit nowhere, until something happens that could help them. It knows no events of the cluster.
//
// kube-scheduler asks each plugin that refused a pod whether an event could help (queueing hints); here
// the node that changed is tried at once, and only as many pods wake as it has room for, those of higher
// priority first, then those that have waited longer. Pods of one workload are alike: one is asked for all.

import { Signal } from "../../sim/process.ts";
import type { Placing } from "./placing.ts";
import type { PodNeeds } from "./pod_needs.ts";

interface Waiting {
  readonly pod: string;
  readonly since: number;
  readonly woken: Signal<void>;
}

/** Pods that ask for the same: of one workload. */
interface Queue {
  readonly needs: PodNeeds;
  readonly waiting: Map<string, Waiting>;
}

export class Pending {
  readonly #queues = new Map<PodNeeds, Queue>();
  #since = 0;

  get size(): number {
    let size = 0;
    for (const { waiting } of this.#queues.values()) size += waiting.size;
    return size;
  }

  /** Fires when it is worth trying again. */
  wait({ pod, needs }: Placing): Signal<void> {
    const queue = this.#queues.get(needs) ?? { needs, waiting: new Map() };
    this.#queues.set(needs, queue);
    const woken = new Signal<void>();
    queue.waiting.set(pod, { pod, since: this.#since++, woken });
    return woken;
  }

  /** It does not wait any more. */
  leave({ pod, needs }: Pick<Placing, "pod" | "needs">): void {
    const queue = this.#queues.get(needs);
    if (!queue?.waiting.delete(pod)) return;
    if (queue.waiting.size === 0) this.#queues.delete(needs);
  }

  /**
   * Wakes the pods that `offer` has room for; it is asked about the needs of one pod after the other, and
   * what it said yes to is taken. Returns those that woke.
   */
  wake(offer: (needs: PodNeeds) => boolean): string[] {
    if (this.#queues.size === 0) return [];
    const all: string[] = [];
    const queues = [...this.#queues.values()].sort((a, b) =>
      b.needs.priority - a.needs.priority || firstOf(a).since - firstOf(b).since
    );
    for (const queue of queues) {
      for (const { pod, woken } of [...queue.waiting.values()]) {
        if (!offer(queue.needs)) break;
        this.leave({ pod, needs: queue.needs });
        all.push(pod);
        woken.fire();
      }
    }
    return all;
  }
}

function firstOf({ waiting }: Queue): Waiting {
  for (const first of waiting.values()) return first;
  throw new Error("A queue without pods was kept");
}
