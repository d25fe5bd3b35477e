/**
 * An integer log-linear histogram: 128 buckets an octave, so a bucket's middle is within 0.4 % of
 * each of its values. It knows no metric and no unit, and merging is exact.
 *
 * The layout is HdrHistogram's (http://hdrhistogram.org): values below 256 have a bucket each; above,
 * the value's top eight bits and its exponent are the bucket. Counts and sums are exact up to 2^53;
 * as a sum of µs that is 285 years.
 */

import { zeros } from "./zeros.ts";

const SUB_BUCKET_BITS = 7;
const SUB_BUCKETS = 1 << SUB_BUCKET_BITS;
const TWO_TO_32 = 2 ** 32;
const MAXIMUM_VALUE = 2 ** 53;
const SMALL_INTEGER = 2 ** 30 - 1;

/** 2^n for each octave, through BigInt: a shift stops at 2^31, and `**` need not be exact. */
const POWERS_OF_TWO = Array.from(
  { length: 54 - SUB_BUCKET_BITS },
  (_, n) => Number(1n << BigInt(n)),
);

/** One more than the bucket of the last value of the octave of 2^53. */
const BUCKETS = (53 - SUB_BUCKET_BITS) * SUB_BUCKETS + 2 * SUB_BUCKETS;

/** Values of one window: `[bucket, count, bucket, count, …]` with rising buckets. JSON-able. */
export interface SparseHistogram {
  readonly sum: number;
  readonly buckets: readonly number[];
}

/** Whether these are buckets as a window holds them: pairs, rising, each within the layout. */
export function areBuckets(buckets: readonly number[]): boolean {
  if (buckets.length % 2 !== 0) return false;
  let last = -1;
  for (let pair = 0; pair < buckets.length; pair += 2) {
    const bucket = buckets[pair]!;
    if (bucket <= last || bucket >= BUCKETS) return false;
    last = bucket;
  }
  return true;
}

/** A running total: `counts[i]` values fell into bucket `base + i`. JSON-able. */
export interface DenseHistogram {
  count: number;
  sum: number;
  base: number;
  counts: number[];
}

/** The bucket of a value. Throws a RangeError when the value is no integer from 0 to 2^53. */
export function bucketOf(value: number): number {
  if (!(value >= 0 && value <= MAXIMUM_VALUE && Math.floor(value) === value)) {
    throw new RangeError(`Cannot count ${value} in a histogram: it is no integer from 0 to 2^53`);
  }
  if (value < SUB_BUCKETS) return value;
  if (value < TWO_TO_32) {
    const octave = 31 - SUB_BUCKET_BITS - Math.clz32(value);
    return octave * SUB_BUCKETS + (value >>> octave);
  }
  const octave = 63 - SUB_BUCKET_BITS - Math.clz32(Math.floor(value / TWO_TO_32));
  return octave * SUB_BUCKETS + Math.floor(value / POWERS_OF_TWO[octave]!);
}

/** The least value of a bucket. */
export function bucketLow(bucket: number): number {
  const octave = octaveOf(bucket);
  return (bucket - octave * SUB_BUCKETS) * POWERS_OF_TWO[octave]!;
}

/** The middle value of a bucket, an integer: what a percentile reports. */
export function bucketMid(bucket: number): number {
  return bucketLow(bucket) + Math.floor(POWERS_OF_TWO[octaveOf(bucket)]! / 2);
}

/** Buckets of the octaves from 2^7 on begin at 128; those below are one wide as well. */
function octaveOf(bucket: number): number {
  return bucket < SUB_BUCKETS ? 0 : (bucket >>> SUB_BUCKET_BITS) - 1;
}

/**
 * Room for the counts of one window; all zero while nobody holds it. A bit in `words` stands for a bucket
 * that has a count, one in `groups` for a word that has a bit: what was touched is found in rising order
 * without a sort and without looking at the thousands of buckets that were not.
 */
interface Scratch {
  /** How many buckets have a count. */
  touched: number;
  readonly counts: Float64Array;
  readonly words: Int32Array;
  readonly groups: Int32Array;
}

/**
 * Room that is free. It takes 50 KB, and of thousands of services few answer in the same second: an
 * accumulator holds some from its first value to its `take`.
 */
const FREE: Scratch[] = [];

function scratch(): Scratch {
  return FREE.pop() ?? {
    touched: 0,
    counts: new Float64Array(BUCKETS),
    words: new Int32Array(BUCKETS >>> 5),
    groups: new Int32Array(BUCKETS >>> 10),
  };
}

/** Collects the values of one window: made once, filled and taken again and again. */
export class HistogramAccumulator {
  #scratch: Scratch | undefined;
  #count = 0;
  #sum = 0;

  /** How many values were added since the last `take`. */
  get count(): number {
    return this.#count;
  }

  /** The sum of the values added since the last `take`. */
  get sum(): number {
    return this.#sum;
  }

  /** Adds a value `count` times, a positive integer. Throws a RangeError like `bucketOf`. */
  add(value: number, count = 1): void {
    this.addUnsummed(value, count);
    this.#sum += value * count;
  }

  /**
   * Counts a value `count` times and leaves the sum to `addSum`: for values that are known to a
   * rounding, of which the sum is known exactly. Throws a RangeError like `bucketOf`.
   */
  addUnsummed(value: number, count = 1): void {
    this.#fill(bucketOf(value), count);
  }

  #fill(bucket: number, count: number): void {
    const room = this.#scratch ??= scratch();
    const { counts, words, groups } = room;
    if (counts[bucket] === 0) {
      room.touched++;
      words[bucket >>> 5]! |= 1 << (bucket & 31);
      groups[bucket >>> 10]! |= 1 << (bucket >>> 5 & 31);
    }
    counts[bucket]! += count;
    this.#count += count;
  }

  /** Adds to the sum alone, a whole number. */
  addSum(sum: number): void {
    this.#scratch ??= scratch();
    this.#sum += sum;
  }

  /** Adds the values of another window. */
  merge({ sum, buckets }: SparseHistogram): void {
    this.addSum(sum);
    for (let pair = 0; pair < buckets.length; pair += 2) {
      this.#fill(buckets[pair]!, buckets[pair + 1]!);
    }
  }

  /** What was added since the last `take`, undefined when nothing was; begins anew. */
  take(): SparseHistogram | undefined {
    if (this.#scratch === undefined) return undefined;
    // Copied: of a literal whose objects live for a while V8 makes the next in its old space, and what
    // those refer to stays until all of that is collected, long after the last window that is looked at.
    const taken = { ...{ sum: this.#sum, buckets: drain(this.#scratch) } };
    FREE.push(this.#scratch);
    this.#scratch = undefined;
    this.#count = 0;
    this.#sum = 0;
    return taken;
  }
}

/** Buckets and counts in rising order; leaves all zero. */
function drain(room: Scratch): number[] {
  const { counts, words, groups } = room;
  const buckets = zeros(2 * room.touched);
  room.touched = 0;
  let place = 0;
  for (let group = 0; group < groups.length; group++) {
    for (let wordBits = groups[group]!; wordBits !== 0; wordBits &= wordBits - 1) {
      const word = group * 32 + 31 - Math.clz32(wordBits & -wordBits);
      for (let bits = words[word]!; bits !== 0; bits &= bits - 1) {
        const bucket = word * 32 + 31 - Math.clz32(bits & -bits);
        const count = counts[bucket]!;
        // An array that holds only V8's small integers is written as JSON a fifth faster.
        buckets[place++] = bucket;
        buckets[place++] = count <= SMALL_INTEGER ? count | 0 : count;
        counts[bucket] = 0;
      }
      words[word] = 0;
    }
    groups[group] = 0;
  }
  return buckets;
}

export function emptyDense(): DenseHistogram {
  return { count: 0, sum: 0, base: 0, counts: [] };
}

/** Adds the values of a window to a total. */
export function mergeSparse(into: DenseHistogram, from: SparseHistogram): void {
  const { buckets } = from;
  into.sum += from.sum;
  if (buckets.length === 0) return;
  cover(into, buckets[0]!, buckets[buckets.length - 2]!);
  const { counts, base } = into;
  let { count } = into;
  for (let pair = 0; pair < buckets.length; pair += 2) {
    const values = buckets[pair + 1]!;
    counts[buckets[pair]! - base]! += values;
    count += values;
  }
  into.count = count;
}

/** Adds one total to another. */
export function mergeDense(into: DenseHistogram, from: DenseHistogram): void {
  into.count += from.count;
  into.sum += from.sum;
  if (from.counts.length === 0) return;
  cover(into, from.base, from.base + from.counts.length - 1);
  const offset = from.base - into.base;
  const { counts } = from;
  for (let index = 0; index < counts.length; index++) {
    into.counts[offset + index]! += counts[index]!;
  }
}

/** Takes values out again that are among those of a total: what is left are the others. */
export function takeOut(from: DenseHistogram, part: DenseHistogram): void {
  from.sum -= part.sum;
  from.count -= part.count;
  if (part.counts.length === 0) return;
  cover(from, part.base, part.base + part.counts.length - 1);
  const offset = part.base - from.base;
  for (const [index, count] of part.counts.entries()) from.counts[offset + index]! -= count;
}

/**
 * The nearest-rank percentile: the middle of the bucket that holds the ⌈p/100 · count⌉-th value;
 * undefined when empty. `p` counts in thousandths, so that p99.9 of 1000 values is the 999th and no
 * rounding of floats makes it the next. Throws a RangeError when `p` is not from 0 to 100.
 */
export function percentile(dense: DenseHistogram, p: number): number | undefined {
  if (!(p >= 0 && p <= 100)) {
    throw new RangeError(`Cannot take percentile ${p}: it is not from 0 to 100`);
  }
  const rank = Math.max(1, Math.ceil(Math.round(p * 1000) * dense.count / 100_000));
  let seen = 0;
  const { counts } = dense;
  for (let index = 0; index < counts.length; index++) {
    seen += counts[index]!;
    if (seen >= rank) return bucketMid(dense.base + index);
  }
  return undefined;
}

/** The exact mean; undefined when empty. */
export function mean(dense: DenseHistogram): number | undefined {
  return dense.count === 0 ? undefined : dense.sum / dense.count;
}

/** Grows a total at either end until it has the buckets from `first` to `last`. */
function cover(dense: DenseHistogram, first: number, last: number): void {
  const { counts } = dense;
  if (counts.length === 0) dense.base = first;
  if (first < dense.base) {
    dense.counts = zeros(dense.base - first).concat(counts);
    dense.base = first;
  }
  // It grows by one bucket and then another: `push` makes room for some more.
  while (dense.base + dense.counts.length <= last) dense.counts.push(0);
}
