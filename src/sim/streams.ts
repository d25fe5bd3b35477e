/**
 * Random streams named by what they serve, so that a new one leaves the draws of all others as they
 * were; it knows nothing of distributions.
 */
import { createHash } from "node:crypto";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";

const TWO_TO_26 = 2 ** 26;
const TWO_TO_53 = 2 ** 53;

/**
 * One sequence of random numbers. Also a source for d3-random:
 * `randomExponential.source(() => stream.uniform())(rate)`.
 */
export class Stream {
  readonly #generator: ReturnType<typeof xoroshiro128plusFromState>;

  /** Use `Streams.stream`. The state is four 32-bit integers, not all of them 0. */
  constructor(state: readonly number[]) {
    this.#generator = xoroshiro128plusFromState(state);
  }

  /** A number from 0 to below 1, in steps of 2^-53. */
  uniform(): number {
    return this.#bits53() / TWO_TO_53;
  }

  /**
   * An integer from `minimum` to `maximum`, both included, each equally likely. Throws a RangeError
   * when they are no integers, in the wrong order, or more than 2^53 apart.
   */
  integer(minimum: number, maximum: number): number {
    const span = maximum - minimum + 1;
    const whole = Number.isSafeInteger(minimum) && Number.isSafeInteger(maximum);
    if (!(whole && span >= 1 && span <= TWO_TO_53)) {
      throw new RangeError(
        `Cannot draw an integer from ${minimum} to ${maximum}: they span no range below 2^53`,
      );
    }
    // Dividing keeps the high bits, the better ones of xoroshiro128+; what the last, incomplete
    // share would get is drawn again. Both numbers are integers up to 2^53, so floor is exact.
    const share = Math.floor(TWO_TO_53 / span);
    const limit = share * span;
    let bits = this.#bits53();
    while (bits >= limit) bits = this.#bits53();
    return minimum + Math.floor(bits / share);
  }

  /** The upper 27 and 26 bits of two draws of 32; the lowest bits of xoroshiro128+ are weak. */
  #bits53(): number {
    const high = this.#generator.next() >>> 5;
    const low = this.#generator.next() >>> 6;
    return high * TWO_TO_26 + low;
  }
}

/** All streams of a run. A stream is set by the seed and its name alone. */
export class Streams {
  readonly #seed: number;
  readonly #streams = new Map<string, Stream>();

  /** Throws a RangeError when the seed is no integer within ± 2^53. */
  constructor(seed: number) {
    if (!Number.isSafeInteger(seed)) {
      throw new RangeError(`Cannot seed with ${seed}: a seed is an integer within ± 2^53`);
    }
    this.#seed = seed;
  }

  /** The stream of this name, such as `load/chat/arrivals`; the same object each time. */
  stream(name: string): Stream {
    let stream = this.#streams.get(name);
    if (stream === undefined) {
      stream = new Stream(stateOf(this.#seed, name));
      this.#streams.set(name, stream);
    }
    return stream;
  }
}

function stateOf(seed: number, name: string): readonly number[] {
  const digest = createHash("sha256").update(`${seed}\n${name}`).digest();
  const state = [0, 4, 8, 12].map((offset) => digest.readInt32LE(offset));
  return state.some((word) => word !== 0) ? state : [1, 0, 0, 0];
}
