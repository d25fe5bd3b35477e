// Decode steps of an unchanged batch as one: when each of them ends, without counting them.
//
// Step i of a span lasts `firstPs + slopePs · (tokens each request got since the span began)`, for the
// context that a step reads grows by what the steps before it brought. Sums are exact below 2^53.

import { bucketLow, bucketOf } from "../metrics/histogram.ts";
import type { TokenClock } from "./token_clock.ts";

const PS_PER_US = 1e6;
/** A sum beyond it would soon be no exact integer: about 75 minutes of virtual time. */
const LONGEST_PS = 2 ** 52;

export class DecodeSpan {
  readonly #clock: TokenClock;
  /** Steps are counted in ps from here; the last change of the batch. */
  #baseUs = 0;
  /** Sum of the steps since the base, before this span's. */
  #beforePs = 0;
  #firstPs = 0;
  #slopePs = 0;
  /** Decode steps of the engine before the span, and the token clock then. */
  #from = 0;
  #fromClock = 0;

  constructor(clock: TokenClock) {
    this.#clock = clock;
  }

  /** Begins anew at `nowUs`, after a change of the batch. */
  rebase(nowUs: number): void {
    this.#baseUs = nowUs;
    this.#beforePs = 0;
  }

  /** The next steps, after `from` decode steps of the engine; `nowUs` is when the first begins. */
  begin(nowUs: number, from: number, firstPs: number, slopePs: number): void {
    this.#from = from;
    this.#fromClock = this.#clock.at(from);
    this.#firstPs = firstPs;
    this.#slopePs = slopePs;
    if (this.#beforePs + firstPs > LONGEST_PS) this.rebase(nowUs);
  }

  /** At most `steps`, at least one: as many as the sum can hold. */
  within(steps: number): number {
    if (this.#sumPs(steps) <= LONGEST_PS) return steps;
    return Math.max(1, this.#stepsWithinPs(LONGEST_PS, 1, steps));
  }

  /** The span's steps up to now are over; the same batch goes on. */
  goOn(steps: number): void {
    this.#beforePs = this.#sumPs(steps);
  }

  /** When the first `steps` steps are over, in µs. */
  endUs(steps: number): number {
    return this.#baseUs + Math.floor(this.#sumPs(steps) / PS_PER_US);
  }

  /** How many steps are over at `us`, from `least` to `most`. */
  stepsBy(us: number, least: number, most: number): number {
    const limitPs = (us - this.#baseUs + 1) * PS_PER_US - 1;
    if (this.#sumPs(most) <= limitPs) return most;
    return this.#stepsWithinPs(limitPs, least, most);
  }

  /** Calls `tell` with the length in µs and the number of steps from `first` to before `end`. */
  eachLength(
    first: number,
    end: number,
    tokenUs: number,
    tell: (us: number, steps: number) => void,
  ): void {
    for (let step = first; step < end;) {
      const us = Math.floor(this.#stepPs(step) / PS_PER_US) + tokenUs;
      const next = this.#slopePs === 0 ? end : Math.min(end, this.#firstLonger(us, tokenUs));
      tell(us, next - step);
      step = next;
    }
  }

  /** The first step too long for the histogram bucket of `us`. */
  #firstLonger(us: number, tokenUs: number): number {
    const longestUs = bucketLow(bucketOf(us) + 1) - 1 - tokenUs;
    const longestPs = (longestUs + 1) * PS_PER_US - 1;
    const tokens = Math.floor((longestPs - this.#firstPs) / this.#slopePs);
    return this.#clock.stepsWithin(this.#fromClock + tokens) - this.#from + 1;
  }

  #stepPs(step: number): number {
    const tokens = this.#clock.at(this.#from + step) - this.#fromClock;
    return this.#firstPs + this.#slopePs * tokens;
  }

  #sumPs(steps: number): number {
    const growth = this.#slopePs === 0 ? 0 : this.#slopePs * this.#clock.sum(this.#from, steps);
    return this.#beforePs + steps * this.#firstPs + growth;
  }

  /** The root of the sum as a parabola: right but for rounding when a step brings one token. */
  #guess(limitPs: number): number {
    const leftPs = limitPs - this.#beforePs;
    if (this.#slopePs === 0) return Math.floor(leftPs / this.#firstPs);
    const halfPs = this.#firstPs - this.#slopePs / 2;
    const root = Math.sqrt(halfPs * halfPs + 2 * this.#slopePs * leftPs);
    return Math.floor((root - halfPs) / this.#slopePs);
  }

  /** The most steps whose sum is at most `limitPs`, where `most` steps are too many. */
  #stepsWithinPs(limitPs: number, least: number, most: number): number {
    let low = least, high = most;
    const guess = this.#guess(limitPs);
    if (guess >= low && guess < high) {
      if (this.#sumPs(guess) > limitPs) high = guess;
      else if (this.#sumPs(guess + 1) > limitPs) return guess;
      else low = guess + 1;
    }
    while (high - low > 1) {
      const middle = low + Math.floor((high - low) / 2);
      if (this.#sumPs(middle) <= limitPs) low = middle;
      else high = middle;
    }
    return low;
  }
}
