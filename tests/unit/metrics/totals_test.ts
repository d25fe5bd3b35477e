// Windows add up: to one big window, to each other, and to what a sorted list of values says.
import assert from "node:assert/strict";
import { emptyDense, HistogramAccumulator, mergeSparse } from "../../../src/metrics/histogram.ts";
import { LATENCY_NAMES } from "../../../src/metrics/names.ts";
import { emptyCounts } from "../../../src/metrics/request_counts.ts";
import {
  addTotals,
  addWindow,
  distribution,
  emptyTotals,
  ended,
  errorRatePpm,
  goodputPpm,
  inFlight,
  prefixHitPpm,
  type Totals,
} from "../../../src/metrics/totals.ts";
import { WindowAccumulator } from "../../../src/metrics/window.ts";
import fc from "../../fast_check.ts";
import { type Observation, observation, tell } from "./observations.ts";

const SLO = { ttftUs: 50_000, e2eUs: 1_000_000 };

/** Totals over windows of these observations, one window a list. */
function totalsOf(seconds: readonly (readonly Observation[])[]): Totals {
  const window = new WindowAccumulator(SLO);
  const totals = emptyTotals();
  for (const second of seconds) {
    for (const seen of second) tell(window, seen);
    const taken = window.take();
    if (taken) addWindow(totals, taken);
  }
  return totals;
}

/** Counts and sums straight from the observations. */
function plainTotals(all: readonly Observation[]) {
  const requests = { ...emptyCounts() };
  const sums = {
    ...{ promptTokens: 0, outputTokens: 0, goodTokens: 0 },
    ...{ prefixQueries: 0, prefixHits: 0 },
  };
  for (const seen of all) {
    if (seen.what === "completed") {
      requests.completed++;
      if (isGood(seen)) requests.good++;
    }
    if (seen.what === "arrived" || seen.what === "failed" || seen.what === "rejected") {
      requests[seen.what]++;
    }
    for (const [name, tokens] of Object.entries(tokensOf(seen)) as [keyof typeof sums, number][]) {
      sums[name] += tokens;
    }
  }
  return { requests, ...sums };
}

function isGood({ ttftUs, e2eUs }: Extract<Observation, { what: "completed" }>): boolean {
  return ttftUs <= SLO.ttftUs && e2eUs <= SLO.e2eUs;
}

function tokensOf(seen: Observation) {
  switch (seen.what) {
    case "firstToken":
      return { promptTokens: seen.prompt, outputTokens: 1 };
    case "tokens":
      return { outputTokens: seen.count };
    case "stepped":
      return { outputTokens: seen.tokens };
    case "completed":
      return { goodTokens: isGood(seen) ? seen.tokens : 0 };
    case "prefix":
      return { prefixQueries: seen.queried, prefixHits: seen.hit };
    default:
      return {};
  }
}

const seconds = fc.array(fc.array(observation, { maxLength: 8 }), { maxLength: 8 });

Deno.test("addWindow() over many windows equals one big window", () => {
  fc.assert(fc.property(seconds, (seconds) => {
    assert.deepEqual(totalsOf(seconds), totalsOf([seconds.flat()]));
  }));
});

Deno.test("addWindow() counts what was observed", () => {
  fc.assert(fc.property(seconds, (seconds) => {
    const all = seconds.flat();
    const { latencyUs, ...counts } = totalsOf(seconds);
    assert.deepEqual(counts, plainTotals(all));
    const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
    const of = <W extends Observation["what"]>(what: W) =>
      all.filter((seen): seen is Extract<Observation, { what: W }> => seen.what === what);
    assert.equal(latencyUs.queue.sum, sum(of("queued").map(({ us }) => us)));
    assert.equal(latencyUs.ttft.sum, sum(of("firstToken").map(({ us }) => us)));
    const gapsUs = sum(of("tokens").map(({ us, count }) => us * count));
    assert.equal(latencyUs.itl.sum, gapsUs + sum(of("stepped").map(({ sumUs }) => sumUs)));
    const gaps = [...of("tokens"), ...of("steps")];
    assert.equal(latencyUs.itl.count, sum(gaps.map(({ count }) => count)));
    assert.equal(latencyUs.e2e.sum, sum(of("completed").map(({ e2eUs }) => e2eUs)));
    assert.equal(latencyUs.tpot.sum, sum(of("completed").map(({ tpotUs }) => tpotUs ?? 0)));
  }));
});

Deno.test("addTotals() of parts equals the totals of the whole, in any order", () => {
  fc.assert(fc.property(seconds, seconds, (left, right) => {
    const whole = totalsOf([...left, ...right]);
    for (const parts of [[left, right], [right, left]]) {
      const sum = emptyTotals();
      for (const part of parts) addTotals(sum, totalsOf(part));
      assert.deepEqual(sum, whole);
    }
  }));
});

Deno.test("addTotals() leaves the other totals alone", () => {
  fc.assert(fc.property(seconds, seconds, (left, right) => {
    const other = totalsOf(right);
    const before = structuredClone(other);
    const sum = totalsOf(left);
    addTotals(sum, other);
    addTotals(sum, other);
    assert.deepEqual(other, before);
  }));
});

Deno.test("errorRatePpm() and goodputPpm() are undefined when nothing ended", () => {
  const open = { ...emptyCounts(), arrived: 7 };
  assert.equal(errorRatePpm(open), undefined);
  assert.equal(goodputPpm(open), undefined);
  assert.equal(ended(open), 0);
  assert.equal(inFlight(open), 7);
});

Deno.test("errorRatePpm() and goodputPpm() are shares of all that ended, rounded", () => {
  const requests = { arrived: 9, completed: 4, failed: 1, rejected: 1, good: 1 };
  assert.equal(ended(requests), 6);
  assert.equal(inFlight(requests), 3);
  assert.equal(errorRatePpm(requests), 333_333);
  assert.equal(goodputPpm(requests), 166_667);
  assert.equal(errorRatePpm({ ...emptyCounts(), rejected: 3 }), 1_000_000);
  assert.equal(goodputPpm({ ...emptyCounts(), completed: 3, good: 3 }), 1_000_000);
  assert.equal(errorRatePpm({ ...emptyCounts(), completed: 3 }), 0);
});

Deno.test("prefixHitPpm() is undefined when no token was looked up", () => {
  assert.equal(prefixHitPpm({ prefixQueries: 0, prefixHits: 0 }), undefined);
  assert.equal(prefixHitPpm({ prefixQueries: 3, prefixHits: 0 }), 0);
  assert.equal(prefixHitPpm({ prefixQueries: 3, prefixHits: 2 }), 666_667);
});

function denseOf(values: readonly number[]) {
  const accumulator = new HistogramAccumulator();
  for (const value of values) accumulator.add(value);
  const dense = emptyDense();
  const sparse = accumulator.take();
  if (sparse) mergeSparse(dense, sparse);
  return dense;
}

Deno.test("goodputPpm() counts a request once, however often it is tried", () => {
  const totals = emptyTotals();
  const window = (requests: object) => ({
    ...{ requests: { ...emptyCounts(), ...requests }, promptTokens: 0, outputTokens: 0 },
    latencyUs: {},
  });
  addWindow(totals, window({ arrived: 2, failed: 1, rejected: 1, retried: 2 }));
  assert.equal(goodputPpm(totals.requests), undefined);
  addWindow(totals, window({ arrived: 2, completed: 1, failed: 1, good: 1 }));
  assert.equal(goodputPpm(totals.requests), 500_000);
  assert.equal(errorRatePpm(totals.requests), 750_000);
  const twice = emptyTotals();
  addTotals(twice, totals);
  addTotals(twice, totals);
  assert.equal(twice.requests.retried, 4);
  assert.ok(!("retried" in emptyTotals().requests));
});

Deno.test("distribution() is undefined when there is no sample", () => {
  assert.equal(distribution(emptyDense()), undefined);
});

Deno.test("distribution() is within 0.4 % of the sorted values", () => {
  const value = fc.oneof(fc.nat(300), fc.nat(1_000_000), fc.nat(2 ** 31 - 1));
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 500, size: "max" }), (values) => {
      const sorted = values.toSorted((a, b) => a - b);
      const shown = distribution(denseOf(values))!;
      for (const p of [50, 90, 95, 99] as const) {
        const exact = sorted[Math.max(1, Math.ceil(p * sorted.length / 100)) - 1]!;
        const off = Math.abs(shown[`p${p}`] - exact);
        assert.ok(off <= exact * 0.004, `p${p} is ${shown[`p${p}`]}, exactly ${exact}`);
      }
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      assert.equal(shown.mean, Math.round(mean));
    }),
  );
});

Deno.test("distribution() of a list done by hand is exact below 256", () => {
  const hundred = Array.from({ length: 100 }, (_, n) => n + 1);
  assert.deepEqual(distribution(denseOf(hundred)), {
    mean: 51,
    p50: 50,
    p90: 90,
    p95: 95,
    p99: 99,
  });
  assert.deepEqual(distribution(denseOf([0])), { mean: 0, p50: 0, p90: 0, p95: 0, p99: 0 });
});

Deno.test("emptyTotals() has a histogram for every latency", () => {
  assert.deepEqual(Object.keys(emptyTotals().latencyUs), [...LATENCY_NAMES]);
});
