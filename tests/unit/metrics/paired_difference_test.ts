import assert from "node:assert/strict";
import { pairedDifference, studentQuantile } from "../../../src/metrics/paired_difference.ts";
import { Streams } from "../../../src/sim/streams.ts";

Deno.test("studentQuantile() is that of the tables", () => {
  // NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2, column 0.975.
  const table = [[1, 12.706], [2, 4.303], [3, 3.182], [4, 2.776], [9, 2.262], [19, 2.093]] as const;
  for (const [degrees, t] of [...table, [30, 2.042], [49, 2.010], [100, 1.984]] as const) {
    assert.ok(Math.abs(studentQuantile(degrees) - t) < 0.0006, `${degrees}: ${t}`);
  }
  assert.ok(Math.abs(studentQuantile(100_000) - 1.95998) < 1e-4);
});

Deno.test("pairedDifference() gives the interval that a textbook gives", () => {
  // Differences 1, 2, 3, 4, 5: mean 3, s = 1.5811, t = 2.776, half = 1.963.
  const found = pairedDifference([10, 20, 30, 40, 50], [11, 22, 33, 44, 55])!;
  assert.deepEqual([found.pairs, found.a, found.b, found.difference], [5, 30, 33, 3]);
  assert.ok(Math.abs(found.interval!.low - 1.0368) < 1e-3);
  assert.ok(Math.abs(found.interval!.high - 4.9632) < 1e-3);
  assert.equal(found.significant, true);
  assert.equal(pairedDifference([1, 2, 3], [2, 1, 3])!.significant, false);
});

Deno.test("pairedDifference() is sure of what never varies, and of nothing after one pair", () => {
  assert.deepEqual(pairedDifference([1, 2, 3], [2, 3, 4])!.interval, { low: 1, high: 1 });
  assert.equal(pairedDifference([1, 2, 3], [2, 3, 4])!.significant, true);
  assert.equal(pairedDifference([1, 2], [1, 2])!.significant, false);
  assert.deepEqual(pairedDifference([1], [3]), {
    pairs: 1,
    a: 1,
    b: 3,
    difference: 2,
    significant: false,
  });
});

Deno.test("pairedDifference() leaves out pairs of which one is unknown", () => {
  assert.equal(pairedDifference([1, null, 3, 4], [2, 2, null, 5])!.pairs, 2);
  assert.equal(pairedDifference([null], [1]), undefined);
  assert.equal(pairedDifference([], []), undefined);
});

Deno.test("pairedDifference() holds the true difference in 95 of 100 samples, pairs sharing their noise", () => {
  const stream = new Streams(11).stream("samples");
  // The sum of twelve uniforms: as good as normal, mean 0, variance 1.
  const noise = () =>
    Array.from({ length: 12 }, () => stream.uniform()).reduce((a, b) => a + b) - 6;
  let holds = 0;
  let width = 0;
  for (let sample = 0; sample < 2000; sample++) {
    const shared = Array.from({ length: 8 }, () => 100 * noise());
    const a = shared.map((each) => each + noise());
    const b = shared.map((each) => each + 5 + noise());
    const { low, high } = pairedDifference(a, b)!.interval!;
    width += (high - low) / 2000;
    if (low <= 5 && 5 <= high) holds++;
  }
  // Binomial: 1,900 ± 4 × 9.7.
  assert.ok(holds > 1861 && holds < 1939, `${holds} of 2000`);
  // Shared noise of 100 is not in it: 2 · 2.365 · √2 / √8 = 2.37.
  assert.ok(width > 2.1 && width < 2.6, `${width}`);
});
