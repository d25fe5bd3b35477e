import assert from "node:assert/strict";
import { fold } from "../../../src/fleet/fold.ts";
import { initialState } from "../../../src/fleet/state.ts";
import { HistogramAccumulator } from "../../../src/metrics/histogram.ts";
import {
  distributionCheckSchema,
  distributionName,
  measureShift,
} from "../../../src/rollout/distribution_check.ts";

const SECOND = 1_000_000;

/** A second in which each revision had such TTFTs. */
function after(values: Readonly<Record<string, readonly number[]>>) {
  const state = initialState();
  let seq = 0;
  for (const [revision, ttfts] of Object.entries(values)) {
    const accumulator = new HistogramAccumulator();
    for (const ttft of ttfts) accumulator.add(ttft);
    const ttft = accumulator.take();
    fold(state, {
      ...{ at: SECOND, seq: seq++, kind: "window", service: "chat", revision },
      measured: {
        requests: { arrived: 0, completed: 0, failed: 0, rejected: 0, good: 0 },
        promptTokens: 0,
        outputTokens: 0,
        latencyUs: ttft ? { ttft: { sum: ttft.sum, buckets: [...ttft.buckets] } } : {},
      },
      pods: { name: [], running: [], waiting: [], kvPpm: [], outputTokens: [], preemptions: [] },
    });
  }
  return state;
}

const check = (fields: object = {}) =>
  distributionCheckSchema.parse({
    ...{ kind: "distribution", metric: "ttft", of: "canary" },
    ...{ against: { of: "stable" }, direction: "above" },
    ...fields,
  });

function shift(
  stable: readonly number[],
  canary: readonly number[],
  fields: object = {},
) {
  const where = { service: "chat", nowUs: SECOND, overUs: undefined };
  return measureShift(check(fields), after({ stable, canary }), where);
}

const range = (count: number, from: number, step: number) =>
  Array.from({ length: count }, (_, index) => from + index * step);
const BASE = range(200, 100_000, 1000);
const SLOWER = range(200, 160_000, 1000);
const FASTER = range(200, 40_000, 1000);

Deno.test("measureShift() fails a canary that is slower, and only one that is surely so", () => {
  assert.equal(shift(BASE, BASE).phase, "Successful");
  assert.equal(shift(BASE, BASE).value, 500_000);
  assert.equal(shift(BASE, SLOWER).phase, "Failed");
  assert.equal(shift(BASE, FASTER).phase, "Successful");
  // A hair slower: 5 ms of 200 ms of spread.
  assert.equal(shift(BASE, range(200, 105_000, 1000)).phase, "Successful");
});

Deno.test("measureShift() looks to the side that it is told", () => {
  assert.equal(shift(BASE, FASTER, { direction: "below" }).phase, "Failed");
  assert.equal(shift(BASE, SLOWER, { direction: "below" }).phase, "Successful");
  assert.equal(shift(BASE, FASTER, { direction: "elsewhere" }).phase, "Failed");
  assert.equal(shift(BASE, SLOWER, { direction: "elsewhere" }).phase, "Failed");
});

Deno.test("measureShift() demands more of a shift the surer it is to be", () => {
  // z is 2.98: enough for 95 %, which asks for 1.96 by three quarters, not for 98 %.
  const canary = range(200, 117_000, 1000);
  assert.equal(shift(BASE, canary, { confidence: "90%" }).phase, "Failed");
  assert.equal(shift(BASE, canary, { confidence: "99.9%" }).phase, "Successful");
});

Deno.test("measureShift() is Inconclusive with few samples and an Error with none", () => {
  const few = range(49, 160_000, 4000);
  assert.equal(shift(BASE, few).phase, "Inconclusive");
  assert.equal(shift(BASE, few, { minSamples: 20 }).phase, "Failed");
  assert.deepEqual(shift(BASE, []), { phase: "Error" });
  assert.deepEqual(shift([], BASE), { phase: "Error" });
});

Deno.test("measureShift() finds no shift where all values are alike", () => {
  const alike = BASE.map(() => 5);
  assert.deepEqual(shift(alike, alike), { phase: "Successful", value: 500_000 });
});

Deno.test("distributionCheckSchema refuses gaps between tokens, which depend on each other", () => {
  const itl = { ...check(), metric: "itl", over: undefined };
  const [issue] = distributionCheckSchema.safeParse(itl).error!.issues;
  assert.deepEqual(issue!.path, ["metric"]);
  assert.match(issue!.message, /^write one of ttft, tpot, e2e, queue: /);
});

Deno.test("distributionName() says a check in words", () => {
  assert.equal(
    distributionName(check({ over: "5m" })),
    "ttft of canary not above stable over 5m (Mann-Whitney, 98%)",
  );
});
