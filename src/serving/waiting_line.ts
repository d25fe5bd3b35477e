// The requests that wait for admission, in the order in which the scheduler looks at them.

import { RequestQueue } from "./request_queue.ts";
import type { RequestId, RequestTable } from "./requests.ts";

/** First come, first served; or by priority (lower first), then arrival, then joining. */
export class WaitingLine {
  readonly #table: RequestTable;
  readonly #byPriority: boolean;
  readonly #queue = new RequestQueue();
  #joined = 0;

  constructor(table: RequestTable, policy: "fcfs" | "priority") {
    this.#table = table;
    this.#byPriority = policy === "priority";
  }

  get length(): number {
    return this.#queue.length;
  }

  at(place: number): RequestId {
    return this.#queue.at(place);
  }

  /** A new request: at the end, or where its priority puts it. */
  join(id: RequestId): void {
    this.#table.columns.joined[id] = this.#joined++;
    if (this.#byPriority) this.#insert(id);
    else this.#queue.push(id);
  }

  /** A preempted one: the next in line, or where its priority puts it. */
  rejoin(id: RequestId): void {
    if (this.#byPriority) this.#insert(id);
    else this.#queue.pushFirst(id);
  }

  removeAt(place: number): void {
    if (place === 0) this.#queue.shift();
    else this.#queue.removeAt(place);
  }

  /** False when it does not wait here. */
  remove(id: RequestId): boolean {
    return this.#queue.remove(id);
  }

  /** Whether a running request is to give way before another. */
  lessUrgent(id: RequestId, than: RequestId): boolean {
    const { priority, arrivedUs, order } = this.#table.columns;
    return (priority[id]! - priority[than]! || arrivedUs[id]! - arrivedUs[than]! ||
      order[id]! - order[than]!) > 0;
  }

  #insert(id: RequestId): void {
    let low = 0, high = this.#queue.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#before(id, this.#queue.at(middle))) high = middle;
      else low = middle + 1;
    }
    this.#queue.insert(low, id);
  }

  #before(id: RequestId, other: RequestId): boolean {
    const { priority, arrivedUs, joined } = this.#table.columns;
    return (priority[id]! - priority[other]! || arrivedUs[id]! - arrivedUs[other]! ||
      joined[id]! - joined[other]!) < 0;
  }
}
