// The requests that run in one engine, in order of admission. Knows nothing of what they compute.

import type { RequestId, RequestTable } from "./requests.ts";

const NONE = -1;

/** A list within the table's columns: whoever is in it leaves from its middle at no cost. */
export class RunningList {
  readonly #table: RequestTable;
  #first: RequestId = NONE;
  #last: RequestId = NONE;
  #length = 0;
  #admissions = 0;

  constructor(table: RequestTable) {
    this.#table = table;
  }

  get length(): number {
    return this.#length;
  }

  /** The last admitted; NONE (−1) when there is none. */
  get last(): RequestId {
    return this.#last;
  }

  push(id: RequestId): void {
    const { before, after, order } = this.#table.columns;
    order[id] = this.#admissions++;
    before[id] = this.#last;
    after[id] = NONE;
    if (this.#last === NONE) this.#first = id;
    else after[this.#last] = id;
    this.#last = id;
    this.#length++;
  }

  remove(id: RequestId): void {
    const { before, after } = this.#table.columns;
    if (before[id] === NONE) this.#first = after[id]!;
    else after[before[id]!] = after[id]!;
    if (after[id] === NONE) this.#last = before[id]!;
    else before[after[id]!] = before[id]!;
    this.#length--;
  }

  /** Empties it, and says who was there, the first admitted first. */
  takeAll(): RequestId[] {
    const { after } = this.#table.columns;
    const all: RequestId[] = [];
    for (let id = this.#first; id !== NONE; id = after[id]!) all.push(id);
    this.#first = NONE;
    this.#last = NONE;
    this.#length = 0;
    return all;
  }
}
