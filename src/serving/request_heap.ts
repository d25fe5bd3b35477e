// Requests by a clock each of them has in the table: the earliest first, any of them removable.

import type { RequestId, RequestTable } from "./requests.ts";

/** A binary heap of the requests of one engine; each knows its place, in the column `places`. */
export class RequestHeap {
  readonly #table: RequestTable;
  readonly #keys: "finishClock" | "fullClock";
  readonly #places: "finishAt" | "fullAt";
  #ids = new Int32Array(16);
  #length = 0;

  constructor(
    table: RequestTable,
    keys: "finishClock" | "fullClock",
    places: "finishAt" | "fullAt",
  ) {
    this.#table = table;
    this.#keys = keys;
    this.#places = places;
  }

  get length(): number {
    return this.#length;
  }

  /** The request of the earliest clock; there must be one. */
  first(): RequestId {
    return this.#ids[0]!;
  }

  push(id: RequestId): void {
    if (this.#length === this.#ids.length) {
      const larger = new Int32Array(this.#length * 2);
      larger.set(this.#ids);
      this.#ids = larger;
    }
    this.#up(this.#length++, id);
  }

  remove(id: RequestId): void {
    const place = this.#table.columns[this.#places][id]!;
    const last = this.#ids[--this.#length]!;
    if (last === id) return;
    const keys = this.#table.columns[this.#keys];
    if (keys[last]! < keys[id]!) this.#up(place, last);
    else this.#down(place, last);
  }

  clear(): void {
    this.#length = 0;
  }

  #up(from: number, id: RequestId): void {
    const keys = this.#table.columns[this.#keys], places = this.#table.columns[this.#places];
    const ids = this.#ids, key = keys[id]!;
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = ids[parent]!;
      if (keys[above]! <= key) break;
      ids[place] = above;
      places[above] = place;
      place = parent;
    }
    ids[place] = id;
    places[id] = place;
  }

  #down(from: number, id: RequestId): void {
    const keys = this.#table.columns[this.#keys], places = this.#table.columns[this.#places];
    const ids = this.#ids, key = keys[id]!, length = this.#length;
    let place = from;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= length) break;
      if (child + 1 < length && keys[ids[child + 1]!]! < keys[ids[child]!]!) child++;
      const below = ids[child]!;
      if (keys[below]! >= key) break;
      ids[place] = below;
      places[below] = place;
      place = child;
    }
    ids[place] = id;
    places[id] = place;
  }
}
