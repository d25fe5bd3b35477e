// A queue of requests that takes from both ends and, at a cost, from its middle: a waiting line.

import type { RequestId } from "./requests.ts";

/** A ring of integers that doubles when it is full. */
export class RequestQueue {
  #ring = new Int32Array(64);
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The first in line; undefined when empty. */
  peek(): RequestId | undefined {
    return this.#length === 0 ? undefined : this.#ring[this.#head];
  }

  push(id: RequestId): void {
    this.#reserve();
    this.#ring[(this.#head + this.#length++) & (this.#ring.length - 1)] = id;
  }

  pushFirst(id: RequestId): void {
    this.#reserve();
    this.#head = (this.#head - 1) & (this.#ring.length - 1);
    this.#ring[this.#head] = id;
    this.#length++;
  }

  shift(): RequestId | undefined {
    if (this.#length === 0) return undefined;
    const id = this.#ring[this.#head];
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    this.#length--;
    return id;
  }

  /** The request at this place, from 0; it must be there. */
  at(place: number): RequestId {
    return this.#ring[(this.#head + place) & (this.#ring.length - 1)]!;
  }

  /** Puts a request at this place; those from there on move back by one. */
  insert(place: number, id: RequestId): void {
    this.push(id);
    for (let at = this.#length - 1; at > place; at--) this.#set(at, this.at(at - 1));
    this.#set(place, id);
  }

  /** Takes the request at this place out of the line. */
  removeAt(place: number): void {
    // The first is taken out again and again: those before it move, not those behind.
    for (let at = place; at > 0; at--) this.#set(at, this.at(at - 1));
    this.shift();
  }

  /** Takes a request out of the line; false when it is not there. */
  remove(id: RequestId): boolean {
    for (let place = 0; place < this.#length; place++) {
      if (this.at(place) !== id) continue;
      this.removeAt(place);
      return true;
    }
    return false;
  }

  #set(place: number, id: RequestId): void {
    this.#ring[(this.#head + place) & (this.#ring.length - 1)] = id;
  }

  #reserve(): void {
    if (this.#length < this.#ring.length) return;
    const larger = new Int32Array(this.#ring.length * 2);
    for (let i = 0; i < this.#length; i++) {
      larger[i] = this.#ring[(this.#head + i) & (this.#ring.length - 1)]!;
    }
    this.#ring = larger;
    this.#head = 0;
  }
}
