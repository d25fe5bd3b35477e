import assert from "node:assert/strict";
import {
  bucketOf,
  type DenseHistogram,
  emptyDense,
  HistogramAccumulator,
  mergeSparse,
} from "../../../src/metrics/histogram.ts";
import { compareRanks } from "../../../src/metrics/mann_whitney.ts";
import fc from "../../fast_check.ts";

function dense(values: readonly number[]): DenseHistogram {
  const accumulator = new HistogramAccumulator();
  for (const value of values) accumulator.add(value);
  const total = emptyDense();
  const taken = accumulator.take();
  if (taken) mergeSparse(total, taken);
  return total;
}

const values = fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 25 });

/** U by looking at every pair, the variance by counting every tie. */
function bruteForce(sample: readonly number[], baseline: readonly number[]) {
  let u = 0;
  for (const a of sample.map(bucketOf)) {
    for (const b of baseline.map(bucketOf)) u += a > b ? 1 : a === b ? 0.5 : 0;
  }
  const all = [...sample, ...baseline].map(bucketOf);
  const tied = new Map<number, number>();
  for (const bucket of all) tied.set(bucket, (tied.get(bucket) ?? 0) + 1);
  const ties = [...tied.values()].reduce((sum, t) => sum + t ** 3 - t, 0);
  const pairs = sample.length * baseline.length;
  const count = all.length;
  const variance = pairs / 12 * (count + 1 - ties / (count * (count - 1)));
  const distance = u - pairs / 2;
  const corrected = Math.sign(distance) * Math.max(0, Math.abs(distance) - 0.5);
  return { share: u / pairs, z: variance > 0 ? corrected / Math.sqrt(variance) : undefined };
}

Deno.test("compareRanks() counts pairs and ties as one by one", () => {
  fc.assert(fc.property(values, values, (sample, baseline) => {
    const found = compareRanks(dense(sample), dense(baseline));
    const { share, z } = bruteForce(sample, baseline);
    if (z === undefined) return assert.equal(found, undefined);
    assert.ok(Math.abs(found!.abovePpm - share * 1e6) <= 1, `${found!.abovePpm} for ${share}`);
    assert.ok(Math.abs(found!.zMilli - z * 1000) <= 1, `${found!.zMilli} for ${z}`);
    const back = compareRanks(dense(baseline), dense(sample))!;
    assert.equal(back.zMilli, 0 - found!.zMilli);
  }));
});

Deno.test("compareRanks() corrects for continuity as the textbook does", () => {
  // U = 21 of 25 pairs, no ties: z = (21 − 12.5 − 0.5) / sqrt(25 · 11 / 12) = 8 / 4.787.
  const found = compareRanks(dense([3, 6, 8, 9, 10]), dense([1, 2, 4, 5, 7]));
  assert.deepEqual(found, { abovePpm: 840_000, zMilli: 1671 });
  // U = 25: z = 12 / 4.787.
  const apart = compareRanks(dense([6, 7, 8, 9, 10]), dense([1, 2, 3, 4, 5]));
  assert.deepEqual(apart, { abovePpm: 1_000_000, zMilli: 2506 });
});

Deno.test("compareRanks() knows nothing of an empty sample or of values that are all alike", () => {
  assert.equal(compareRanks(dense([]), dense([1])), undefined);
  assert.equal(compareRanks(dense([1]), dense([])), undefined);
  assert.equal(compareRanks(dense([5, 5]), dense([5, 5, 5])), undefined);
});

Deno.test("compareRanks() is exact for millions of values", () => {
  const many = (bucket: number, count: number): DenseHistogram => ({
    count,
    sum: 0,
    base: bucket,
    counts: [count / 2, count / 2],
  });
  const same = compareRanks(many(300, 4_000_000), many(300, 4_000_000));
  assert.deepEqual(same, { abovePpm: 500_000, zMilli: 0 });
  const { abovePpm, zMilli } = compareRanks(many(301, 4_000_000), many(300, 4_000_000))!;
  assert.equal(abovePpm, 875_000);
  assert.ok(zMilli > 1_000_000);
});
