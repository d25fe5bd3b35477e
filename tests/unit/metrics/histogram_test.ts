import assert from "node:assert/strict";
import {
  areBuckets,
  bucketLow,
  bucketMid,
  bucketOf,
  type DenseHistogram,
  emptyDense,
  HistogramAccumulator,
  mean,
  mergeDense,
  mergeSparse,
  percentile,
} from "../../../src/metrics/histogram.ts";
import fc from "../../fast_check.ts";

/** Spread over all octaves, and up to the limit. */
const value = fc.oneof(
  fc.nat(300),
  fc.maxSafeNat(),
  fc.integer({ min: 0, max: 53 }).map((n) => 2 ** n),
  fc.integer({ min: 1, max: 53 }).map((n) => 2 ** n - 1),
);

/** Small enough that a thousand of them sum to below 2^53. */
const values = fc.array(fc.oneof(fc.nat(300), fc.nat(2 ** 31 - 1), fc.nat(2 ** 40)));

function histogramOf(values: readonly number[]): DenseHistogram {
  const accumulator = new HistogramAccumulator();
  for (const value of values) accumulator.add(value);
  const dense = emptyDense();
  const taken = accumulator.take();
  if (taken !== undefined) mergeSparse(dense, taken);
  return dense;
}

Deno.test("bucketOf() finds the bucket whose bounds hold the value", () => {
  fc.assert(
    fc.property(value, (value) => {
      const bucket = bucketOf(value);
      assert.ok(Number.isInteger(bucket));
      assert.ok(bucketLow(bucket) <= value && value < bucketLow(bucket + 1));
    }),
    { numRuns: 2000 },
  );
});

Deno.test("bucketMid() is an integer within 0.4 % of every value of its bucket", () => {
  fc.assert(
    fc.property(value, (value) => {
      const mid = bucketMid(bucketOf(value));
      assert.ok(Number.isInteger(mid));
      assert.ok(Math.abs(mid - value) <= value * 0.004, `${value} became ${mid}`);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("bucketOf() counts up without a gap from 0 to 2^53", () => {
  assert.equal(bucketOf(0), 0);
  const last = bucketOf(2 ** 53);
  for (let bucket = 0; bucket <= last; bucket++) {
    assert.equal(bucketOf(bucketLow(bucket)), bucket);
    if (bucket > 0) assert.equal(bucketOf(bucketLow(bucket) - 1), bucket - 1);
    if (bucket < last) assert.equal(bucketOf(bucketMid(bucket)), bucket);
  }
});

Deno.test("bucketOf() throws a RangeError when the value is no integer from 0 to 2^53", () => {
  for (const bad of [-1, 0.5, NaN, Infinity, 2 ** 53 + 2]) {
    assert.throws(() => bucketOf(bad), {
      name: "RangeError",
      message: `Cannot count ${bad} in a histogram: it is no integer from 0 to 2^53`,
    });
  }
});

Deno.test("HistogramAccumulator.take() gives rising buckets and begins anew", () => {
  const accumulator = new HistogramAccumulator();
  assert.equal(accumulator.take(), undefined);
  accumulator.add(300, 2);
  accumulator.add(7);
  accumulator.add(301);
  assert.deepEqual([accumulator.count, accumulator.sum], [4, 908]);
  assert.deepEqual(accumulator.take(), { sum: 908, buckets: [7, 1, bucketOf(300), 3] });
  assert.deepEqual([accumulator.count, accumulator.sum], [0, 0]);
  assert.equal(accumulator.take(), undefined);
  accumulator.add(300);
  assert.deepEqual(accumulator.take(), { sum: 300, buckets: [bucketOf(300), 1] });
});

Deno.test("HistogramAccumulator.addUnsummed() and addSum() together are what add() does", () => {
  fc.assert(fc.property(fc.array(fc.array(fc.nat())), (seconds) => {
    const [whole, parts] = [new HistogramAccumulator(), new HistogramAccumulator()];
    for (const second of seconds) {
      for (const value of second) whole.add(value, 3);
      for (const value of second) parts.addUnsummed(value, 3);
      for (const value of second) parts.addSum(value * 3);
      assert.deepEqual([parts.count, parts.sum], [whole.count, whole.sum]);
      assert.deepEqual(parts.take(), whole.take());
    }
  }));
});

Deno.test("mergeSparse() takes a sum that has no sample in its second", () => {
  const accumulator = new HistogramAccumulator();
  const total = emptyDense();
  accumulator.addUnsummed(20, 3);
  mergeSparse(total, accumulator.take()!);
  accumulator.addSum(62);
  mergeSparse(total, accumulator.take()!);
  assert.deepEqual(total, { count: 3, sum: 62, base: 20, counts: [3] });
});

Deno.test("HistogramAccumulator.take() keeps counts beyond 31 bits exact", () => {
  const accumulator = new HistogramAccumulator();
  accumulator.add(1, 2 ** 40 + 1);
  assert.deepEqual(accumulator.take(), { sum: 2 ** 40 + 1, buckets: [1, 2 ** 40 + 1] });
});

Deno.test("HistogramAccumulator.add() takes 2^53", () => {
  const accumulator = new HistogramAccumulator();
  accumulator.add(2 ** 53);
  assert.deepEqual(accumulator.take(), { sum: 2 ** 53, buckets: [bucketOf(2 ** 53), 1] });
});

Deno.test("mergeSparse() of windows equals one histogram of all values", () => {
  fc.assert(fc.property(fc.array(values), (windows) => {
    const accumulator = new HistogramAccumulator();
    const total = emptyDense();
    for (const window of windows) {
      for (const value of window) accumulator.add(value);
      const taken = accumulator.take();
      if (taken !== undefined) mergeSparse(total, JSON.parse(JSON.stringify(taken)));
    }
    assert.deepEqual(total, histogramOf(windows.flat()));
  }));
});

Deno.test("mergeDense() of totals equals one histogram of all values", () => {
  fc.assert(fc.property(fc.array(values), (windows) => {
    const total = emptyDense();
    for (const window of windows) mergeDense(total, histogramOf(window));
    assert.deepEqual(total, histogramOf(windows.flat()));
  }));
});

Deno.test("percentile() is the middle of the nearest-rank value's bucket", () => {
  const thousandths = fc.integer({ min: 0, max: 100_000 });
  fc.assert(
    fc.property(values, thousandths, (values, thousandths) => {
      const rank = Math.max(1, Math.ceil(thousandths * values.length / 100_000));
      const exact = values.toSorted((a, b) => a - b)[rank - 1];
      const expected = exact === undefined ? undefined : bucketMid(bucketOf(exact));
      assert.equal(percentile(histogramOf(values), thousandths / 1000), expected);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("percentile() takes the 999th of 1000 values for p99.9", () => {
  const values = Array.from({ length: 1000 }, (_, i) => i < 999 ? 1 : 2);
  assert.equal(percentile(histogramOf(values), 99.9), 1);
  assert.equal(percentile(histogramOf(values), 99.901), 2);
  assert.equal(percentile(histogramOf(values), 0), 1);
  assert.equal(percentile(histogramOf(values), 100), 2);
});

Deno.test("percentile() and mean() are undefined when empty", () => {
  assert.equal(percentile(emptyDense(), 50), undefined);
  assert.equal(mean(emptyDense()), undefined);
  for (const p of [-1, 101, NaN]) assert.throws(() => percentile(emptyDense(), p), RangeError);
});

Deno.test("mean() is exact", () => {
  assert.equal(mean(histogramOf([1_000_001, 1_000_002])), 1_000_001.5);
});

Deno.test("HistogramAccumulator() shares its room with others, and never its values", () => {
  const accumulators = Array.from({ length: 3 }, () => new HistogramAccumulator());
  const seconds = fc.array(fc.array(fc.nat({ max: 1_000_000 }), { maxLength: 5 }), {
    minLength: 6,
    maxLength: 6,
  });
  fc.assert(fc.property(seconds, (seconds) => {
    for (const [second, values] of seconds.entries()) {
      const alone = new HistogramAccumulator();
      const accumulator = accumulators[second % 3]!;
      for (const value of values) {
        accumulators[(second + 1) % 3]!.add(7);
        accumulator.add(value);
        alone.add(value);
      }
      assert.deepEqual(accumulator.take(), alone.take());
      accumulators[(second + 1) % 3]!.take();
    }
  }));
});

Deno.test("areBuckets() knows what a window holds from what would fill the memory", () => {
  assert.ok(areBuckets([]));
  assert.ok(areBuckets([0, 1, 5, 2, bucketOf(2 ** 53), 1]));
  for (const wrong of [[3], [5, 1, 5, 1], [5, 1, 4, 1], [1e15, 1], [bucketOf(2 ** 53) + 129, 1]]) {
    assert.equal(areBuckets(wrong), false, String(wrong));
  }
});
