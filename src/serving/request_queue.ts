// A queue of requests that takes from both ends: the waiting line, where a preempted one goes first.

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
