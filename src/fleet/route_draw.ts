// A draw by weight that was made ready before: one number from a stream, and a search in running sums.

import type { Stream } from "../sim/streams.ts";

/** Up to so many are looked through one after the other, which is faster than halving. */
const FEW = 8;

export class WeightedDraw<T> {
  /** Those that are ever drawn: of a weight above 0. */
  readonly members: readonly T[];
  /** The sum of the weights up to each of them, itself included. */
  readonly #bounds: readonly number[];
  readonly #total: number;

  /** Weights are integers from 0 on; proportions, not percent. */
  constructor(members: readonly T[], weightOf: (member: T) => number) {
    this.members = members.filter((member) => weightOf(member) > 0);
    let sum = 0;
    this.#bounds = this.members.map((member) => sum += weightOf(member));
    this.#total = sum;
  }

  /** One of them, each as likely as its share of all weights; undefined when there is none. */
  pick(stream: Stream): T | undefined {
    const { members } = this;
    // Nothing is drawn where nothing is to be decided.
    if (members.length <= 1) return members[0];
    return members[this.#find(stream.integer(0, this.#total - 1))];
  }

  /** The first whose bound is above the ticket. */
  #find(ticket: number): number {
    const bounds = this.#bounds;
    if (bounds.length <= FEW) {
      let index = 0;
      while (bounds[index]! <= ticket) index++;
      return index;
    }
    let low = 0;
    let high = bounds.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (bounds[middle]! <= ticket) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
