/**
 * An integer log-linear histogram: 128 buckets an octave, so a bucket's middle is within 0.4 % of
 * each of its values. It knows no metric and no unit, and merging is exact.
 *
 * The layout is HdrHistogram's (http://hdrhistogram.org): values below 256 have a bucket each; above,
 * the value's top eight bits and its exponent are the bucket. Counts and sums are exact up to 2^53;
 * as a sum of µs that is 285 years.
 */

const SUB_BUCKET_BITS = 7;
const SUB_BUCKETS = 1 << SUB_BUCKET_BITS;
const TWO_TO_32 = 2 ** 32;
const MAXIMUM_VALUE = 2 ** 53;

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

/** Room for the counts of one window; all zero while nobody holds it. */
interface Scratch {
  readonly counts: Float64Array;
  readonly touched: Uint16Array;
}

/**
 * Room that is free. It takes 60 KB, and of thousands of services few answer in the same second: an
 * accumulator holds some from its first value to its `take`.
 */
const FREE: Scratch[] = [];

function scratch(): Scratch {
  return FREE.pop() ??
    { counts: new Float64Array(BUCKETS), touched: new Uint16Array(BUCKETS) };
}

/** Collects the values of one window: made once, filled and taken again and again. */
export class HistogramAccumulator {
  #scratch: Scratch | undefined;
  #touchedLength = 0;
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
    const bucket = bucketOf(value);
    const { counts, touched } = this.#scratch ??= scratch();
    if (counts[bucket] === 0) touched[this.#touchedLength++] = bucket;
    counts[bucket]! += count;
    this.#count += count;
    this.#sum += value * count;
  }

  /** What was added since the last `take`, undefined when nothing was; begins anew. */
  take(): SparseHistogram | undefined {
    if (this.#scratch === undefined) return undefined;
    const { counts, touched } = this.#scratch;
    const buckets: number[] = [];
    for (const bucket of touched.subarray(0, this.#touchedLength).sort()) {
      buckets.push(bucket, counts[bucket]!);
      counts[bucket] = 0;
    }
    const taken = { sum: this.#sum, buckets };
    FREE.push(this.#scratch);
    this.#scratch = undefined;
    this.#touchedLength = 0;
    this.#count = 0;
    this.#sum = 0;
    return taken;
  }
}

export function emptyDense(): DenseHistogram {
  return { count: 0, sum: 0, base: 0, counts: [] };
}

/** Adds the values of a window to a total. */
export function mergeSparse(into: DenseHistogram, from: SparseHistogram): void {
  const { buckets } = from;
  if (buckets.length === 0) return;
  cover(into, buckets[0]!, buckets.at(-2)!);
  for (let pair = 0; pair < buckets.length; pair += 2) {
    into.counts[buckets[pair]! - into.base]! += buckets[pair + 1]!;
    into.count += buckets[pair + 1]!;
  }
  into.sum += from.sum;
}

/** Adds one total to another. */
export function mergeDense(into: DenseHistogram, from: DenseHistogram): void {
  if (from.counts.length === 0) return;
  cover(into, from.base, from.base + from.counts.length - 1);
  const offset = from.base - into.base;
  for (const [index, count] of from.counts.entries()) into.counts[offset + index]! += count;
  into.count += from.count;
  into.sum += from.sum;
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
  for (const [index, count] of dense.counts.entries()) {
    seen += count;
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
    dense.counts = [...zeros(dense.base - first), ...counts];
    dense.base = first;
  }
  while (dense.base + dense.counts.length <= last) dense.counts.push(0);
}

function zeros(length: number): number[] {
  return Array.from({ length }, () => 0);
}
