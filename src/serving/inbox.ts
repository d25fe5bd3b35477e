// Requests that an API server has accepted and its scheduler has yet to see, in the order they came.

import { RequestQueue } from "./request_queue.ts";
import type { RequestId, RequestTable } from "./requests.ts";

/** Who came first is seen first, also where a later prompt is tokenised sooner. */
export class Inbox {
  readonly #table: RequestTable;
  readonly #queue = new RequestQueue();
  /** When the last that came is seen. */
  #lastUs = 0;

  constructor(table: RequestTable) {
    this.#table = table;
  }

  get length(): number {
    return this.#queue.length;
  }

  /** When the scheduler sees the first of them; undefined when there is none. */
  get firstUs(): number | undefined {
    const first = this.#queue.peek();
    return first === undefined ? undefined : this.#table.columns.visibleUs[first]!;
  }

  /** How many of them the scheduler could see by now. */
  visible(nowUs: number): number {
    const { visibleUs } = this.#table.columns;
    let low = 0, high = this.#queue.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (visibleUs[this.#queue.at(middle)]! <= nowUs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** One that is on its way until `readyUs`, or until those before it are seen. */
  push(id: RequestId, readyUs: number): void {
    this.#lastUs = Math.max(this.#lastUs, readyUs);
    this.#table.columns.visibleUs[id] = this.#lastUs;
    this.#queue.push(id);
  }

  /** The next that is to be seen by now; undefined when there is none. */
  takeVisible(nowUs: number): RequestId | undefined {
    const { firstUs } = this;
    return firstUs !== undefined && firstUs <= nowUs ? this.#queue.shift() : undefined;
  }

  /** Empties it, and says who was there; nobody waits for them any more. */
  takeAll(): RequestId[] {
    const all: RequestId[] = [];
    for (let id = this.#queue.shift(); id !== undefined; id = this.#queue.shift()) all.push(id);
    this.#lastUs = 0;
    return all;
  }

  /** False when it is not here. */
  remove(id: RequestId): boolean {
    return this.#queue.remove(id);
  }
}
