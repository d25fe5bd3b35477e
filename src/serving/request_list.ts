// A short list of requests that is filled and emptied again and again, in room that it keeps.

import type { RequestId } from "./requests.ts";

/** An array that is emptied gives its room away, and takes as much anew with the next request. */
export class RequestList {
  #ids = new Int32Array(8);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The request at a place from 0 to below `length`. */
  at(place: number): RequestId {
    return this.#ids[place]!;
  }

  push(id: RequestId): void {
    if (this.#length === this.#ids.length) {
      const larger = new Int32Array(this.#length * 2);
      larger.set(this.#ids);
      this.#ids = larger;
    }
    this.#ids[this.#length++] = id;
  }

  includes(id: RequestId): boolean {
    return this.#length > 0 && this.#ids.subarray(0, this.#length).includes(id);
  }

  /** Takes a request out, those behind it move up; false when it is not there. */
  remove(id: RequestId): boolean {
    const place = this.#ids.subarray(0, this.#length).indexOf(id);
    if (place < 0) return false;
    this.#ids.copyWithin(place, place + 1, this.#length--);
    return true;
  }

  clear(): void {
    this.#length = 0;
  }
}
