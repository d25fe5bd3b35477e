// Lengths: the distribution asked for is the distribution drawn.
import assert from "node:assert/strict";
import {
  type Length,
  lengthSampler,
  lengthSchema,
  lognormalParameters,
} from "../../../src/load/lengths.ts";
import { Streams } from "../../../src/sim/streams.ts";
import fc from "../../fast_check.ts";

/** `count` draws by a seed of their own, smallest first. */
function sorted(length: Length, count: number, seed = 7): Float64Array {
  const draw = lengthSampler(length, new Streams(seed).stream("load/chat/prompt"));
  return Float64Array.from({ length: count }, () => draw()).sort();
}

function complaints(length: unknown): { path: string; message: string }[] {
  const parsed = lengthSchema.safeParse(length);
  if (parsed.success) return [];
  return parsed.error.issues.map(({ path, message }) => ({ path: path.join("."), message }));
}

Deno.test("lognormalParameters() gives back the mean and the p99 asked for, at the smaller sigma", () => {
  const ratio = fc.double({ min: 1.001, max: 14.9, noNaN: true });
  const mean = fc.double({ min: 1, max: 1e6, noNaN: true });
  fc.assert(fc.property(mean, ratio, (mean, ratio) => {
    const { mu, sigma } = lognormalParameters(mean, mean * ratio);
    assert.ok(Math.abs(Math.exp(mu + sigma * sigma / 2) / mean - 1) < 1e-9);
    // 2.3263 is the normal distribution's 99th percentile, and the larger root lies above it.
    assert.ok(Math.abs(Math.exp(mu + 2.3263478740408408 * sigma) / (mean * ratio) - 1) < 1e-9);
    assert.ok(sigma > 0 && sigma < 2.3263478740408408);
  }));
});

Deno.test("lengthSampler() draws lognormal lengths near the mean and the p99 asked for", () => {
  for (const [mean, p99] of [[1000, 1500], [1000, 4000], [250, 2500]] as const) {
    const draws = sorted({ kind: "lognormal", mean, p99 }, 200_000);
    const drawnMean = draws.reduce((sum, tokens) => sum + tokens, 0) / draws.length;
    const drawnP99 = draws[Math.ceil(0.99 * draws.length) - 1]!;
    assert.ok(Math.abs(drawnMean / mean - 1) < 0.02, `mean ${drawnMean}, asked ${mean}`);
    assert.ok(Math.abs(drawnP99 / p99 - 1) < 0.03, `p99 ${drawnP99}, asked ${p99}`);
  }
});

Deno.test("lengthSampler() draws whole numbers from 1 when the mean is below one token", () => {
  const draws = sorted({ kind: "lognormal", mean: 0.4, p99: 2 }, 5000);
  assert.ok(draws.every((tokens) => Number.isInteger(tokens)));
  assert.equal(draws[0], 1);
  assert.ok(draws.at(-1)! > 1);
});

Deno.test("lengthSampler() draws what a request can hold, when the tail is beyond it", () => {
  const draws = sorted({ kind: "lognormal", mean: 1e9, p99: 2e9 }, 20_000);
  assert.equal(draws.at(-1), 2 ** 31 - 1);
});

Deno.test("lengthSampler() draws uniform lengths from min to max, both included", () => {
  const bound = fc.integer({ min: 1, max: 100_000 });
  fc.assert(fc.property(bound, fc.nat(20), fc.integer(), (min, span, seed) => {
    const draws = sorted({ kind: "uniform", min, max: min + span }, 500, seed);
    assert.ok(draws[0]! >= min && draws.at(-1)! <= min + span);
    assert.ok(draws.every((tokens) => Number.isInteger(tokens)));
  }));
  const die = sorted({ kind: "uniform", min: 1, max: 6 }, 6000);
  for (let face = 1; face <= 6; face++) {
    const count = die.filter((tokens) => tokens === face).length;
    assert.ok(Math.abs(count - 1000) < 150, `${face} came ${count} times of 6000`);
  }
});

Deno.test("lengthSampler() gives the fixed length and draws nothing for it", () => {
  const stream = new Streams(7).stream("load/chat/prompt");
  const draw = lengthSampler({ kind: "fixed", tokens: 42 }, stream);
  assert.deepEqual([draw(), draw(), draw()], [42, 42, 42]);
  assert.equal(stream.uniform(), new Streams(7).stream("load/chat/prompt").uniform());
});

Deno.test("lengthSchema says where and why when a lognormal distribution cannot be", () => {
  const lognormal = (mean: number, p99: number) => complaints({ kind: "lognormal", mean, p99 });
  assert.deepEqual(lognormal(100, 1490), []);
  assert.deepEqual(lognormal(100, 101), []);
  assert.deepEqual(lognormal(100, 100), [
    { path: "p99", message: "p99 (100) must be above the mean (100)" },
  ]);
  assert.deepEqual(lognormal(100, 99), [
    { path: "p99", message: "p99 (99) must be above the mean (100)" },
  ]);
  assert.deepEqual(lognormal(100, 1500), [{
    path: "p99",
    message: "no lognormal distribution has a p99 (1500) more than 14.9 times its mean (100)",
  }]);
});

Deno.test("lengthSchema says where when a length is no whole number of tokens from 1", () => {
  const pathsOf = (length: unknown) => complaints(length).map(({ path }) => path);
  assert.deepEqual(pathsOf({ kind: "fixed", tokens: 0 }), ["tokens"]);
  assert.deepEqual(pathsOf({ kind: "fixed", tokens: 1.5 }), ["tokens"]);
  assert.deepEqual(pathsOf({ kind: "uniform", min: 0, max: 5 }), ["min"]);
  assert.deepEqual(pathsOf({ kind: "lognormal", mean: 0, p99: 5 }), ["mean"]);
  assert.deepEqual(pathsOf({ kind: "gaussian", mean: 3 }), ["kind"]);
  assert.deepEqual(complaints({ kind: "uniform", min: 6, max: 5 }), [
    { path: "min", message: "min must not be above max" },
  ]);
  assert.deepEqual(complaints({ kind: "uniform", min: 5, max: 5 }), []);
});

Deno.test("lengthSchema says where when a length is more than a request can hold", () => {
  const most = 2 ** 31 - 1;
  assert.deepEqual(complaints({ kind: "fixed", tokens: most }), []);
  const pathsOf = (length: unknown) => complaints(length).map(({ path }) => path);
  assert.deepEqual(pathsOf({ kind: "fixed", tokens: most + 1 }), ["tokens"]);
  assert.deepEqual(pathsOf({ kind: "uniform", min: 1, max: most + 1 }), ["max"]);
  assert.deepEqual(pathsOf({ kind: "lognormal", mean: 1e9, p99: 3e9 }), ["p99"]);
});
