import assert from "node:assert/strict";
import { fold } from "../../../src/fleet/fold.ts";
import { measure } from "../../../src/fleet/measure.ts";
import {
  holds,
  marginPpm,
  type MetricCheck,
  metricCheckSchema,
} from "../../../src/fleet/metric_check.ts";
import { readMetric } from "../../../src/fleet/metric_read.ts";
import { type FleetState, initialState } from "../../../src/fleet/state.ts";
import type { Statistic } from "../../../src/fleet/statistic.ts";
import { HistogramAccumulator } from "../../../src/metrics/histogram.ts";
import type { MetricName } from "../../../src/metrics/names.ts";
import fc from "../../fast_check.ts";

const SECOND = 1_000_000;

interface Second {
  readonly at: number;
  readonly revision?: string;
  readonly counts?: Partial<
    Record<"arrived" | "completed" | "failed" | "rejected" | "good", number>
  >;
  readonly ttftUs?: readonly number[];
  readonly waiting?: readonly number[];
  readonly kvPpm?: readonly number[];
  readonly warmup?: boolean;
}

/** A state after such windows; `at` in seconds. */
function after(seconds: readonly Second[], { slo = true, warmupS = 0, keep = 3600, goodputPpm }: {
  readonly slo?: boolean;
  readonly warmupS?: number;
  readonly keep?: number;
  readonly goodputPpm?: number;
} = {}) {
  const state = initialState();
  let seq = 0;
  fold(state, {
    at: 0,
    seq: seq++,
    kind: "run.started",
    scenario: "x",
    scenarioHash: "",
    durationUs: 3600 * SECOND,
    warmupUs: warmupS * SECOND,
    keepSeconds: keep,
    seed: 1,
    calibration: { chat: "uncalibrated" },
    slo: slo ? ["chat"] : [],
    ...(goodputPpm === undefined ? {} : { objectives: { chat: { goodputPpm } } }),
  });
  for (const { at, revision = "stable", warmup = false, ...rest } of seconds) {
    const waiting = [...rest.waiting ?? []];
    const pods = {
      name: waiting.map((_, index) => `p${index}`),
      running: waiting.map(() => 0),
      waiting,
      kvPpm: [...rest.kvPpm ?? []],
      outputTokens: waiting.map(() => 0),
      preemptions: waiting.map(() => 0),
    };
    const ttft = new HistogramAccumulator();
    for (const us of rest.ttftUs ?? []) ttft.add(us);
    const taken = ttft.take();
    const window = {
      requests: { arrived: 0, completed: 0, failed: 0, rejected: 0, good: 0, ...rest.counts },
      promptTokens: 0,
      outputTokens: 0,
      latencyUs: taken ? { ttft: { sum: taken.sum, buckets: [...taken.buckets] } } : {},
    };
    fold(state, {
      at: at * SECOND,
      seq: seq++,
      kind: "window",
      service: "chat",
      revision,
      ...(warmup ? { warmup: window } : { measured: window }),
      pods,
    });
  }
  return state;
}

interface Where {
  readonly of?: string;
  readonly over?: number;
  readonly now?: number;
}

function read(
  state: FleetState,
  metric: MetricName,
  where: Where = {},
  statistic: Statistic | undefined = undefined,
) {
  const { of, over, now = 100 } = where;
  return readMetric(state, metric, statistic, {
    service: "chat",
    revision: of,
    nowUs: now * SECOND,
    overUs: over === undefined ? undefined : over * SECOND,
  });
}

function check(fields: Readonly<Record<string, unknown>>): MetricCheck {
  return metricCheckSchema.parse({ kind: "metric", comparison: "below", ...fields });
}

Deno.test("readMetric() is undefined, never 0, when there is no sample", () => {
  const empty = after([]);
  const metrics = [
    "ttft",
    "itl",
    "tpot",
    "e2e",
    "queue",
    "errorRate",
    "goodput",
    "prefixHitRate",
  ] as const;
  for (const metric of [...metrics, "kvCacheUsage", "waiting", "rps"] as const) {
    assert.equal(read(empty, metric), undefined, metric);
    assert.equal(read(empty, metric, { over: 60 }), undefined, metric);
    assert.equal(read(initialState(), metric), undefined, metric);
  }
  const other = after([{ at: 99, counts: { arrived: 1, completed: 1, good: 1 }, ttftUs: [5] }]);
  for (const metric of [...metrics, "kvCacheUsage", "waiting", "rps"] as const) {
    assert.equal(read(other, metric, { of: "canary", over: 60 }), undefined, `${metric} of canary`);
  }
});

Deno.test("readMetric() is undefined for shares when requests arrived and none ended", () => {
  const state = after([{ at: 99, counts: { arrived: 7 } }]);
  assert.equal(read(state, "errorRate"), undefined);
  assert.equal(read(state, "goodput"), undefined);
  assert.equal(read(state, "ttft"), undefined);
});

Deno.test("readMetric() has no goodput when the service has no SLO", () => {
  const seconds = [{ at: 99, counts: { arrived: 1, completed: 1 } }];
  assert.equal(read(after(seconds, { slo: false }), "goodput"), undefined);
  assert.equal(read(after(seconds), "goodput"), 0);
});

Deno.test("readMetric() looks at windows that ended within the range, and at both classes", () => {
  const state = after([
    { at: 40, counts: { completed: 90, failed: 10 } },
    { at: 41, counts: { completed: 3, failed: 1 } },
    { at: 100, counts: { completed: 3, rejected: 1 }, warmup: true },
  ]);
  assert.equal(read(state, "errorRate", { over: 60 }), 250_000);
  assert.equal(read(state, "errorRate", { over: 61 }), 12 / 108 * 1e6 | 0);
  assert.equal(read(state, "errorRate", { over: 1 }), 250_000);
});

Deno.test("readMetric() of the whole run leaves the warm-up's requests out", () => {
  const state = after([
    { at: 10, counts: { completed: 0, failed: 50 }, warmup: true },
    { at: 50, counts: { completed: 9, failed: 1 } },
  ], { warmupS: 30 });
  assert.equal(read(state, "errorRate"), 100_000);
});

Deno.test("readMetric() adds revisions up, or reads one", () => {
  const state = after([
    { at: 99, counts: { completed: 8, failed: 0 } },
    { at: 99, revision: "canary", counts: { completed: 1, failed: 1 } },
  ]);
  assert.equal(read(state, "errorRate", { over: 60 }), 100_000);
  assert.equal(read(state, "errorRate", { over: 60, of: "canary" }), 500_000);
  assert.equal(read(state, "errorRate", { of: "stable" }), 0);
});

Deno.test("readMetric() merges the histograms of windows before it takes a percentile", () => {
  const state = after([
    { at: 98, ttftUs: Array.from({ length: 90 }, () => 100) },
    { at: 99, ttftUs: Array.from({ length: 10 }, () => 200) },
  ]);
  assert.equal(read(state, "ttft", {}, "p50"), 100);
  assert.equal(read(state, "ttft", {}, "p90"), 100);
  assert.equal(read(state, "ttft", {}, "p95"), 200);
  assert.equal(read(state, "ttft", {}, "p95"), read(state, "ttft"));
  assert.equal(read(state, "ttft", {}, "mean"), 110);
  assert.equal(read(state, "ttft", { over: 1 }, "p50"), undefined);
  assert.equal(read(state, "ttft", { over: 2 }, "p50"), 200);
});

Deno.test("readMetric() divides rps by the time that has passed, in thousandths", () => {
  const state = after([{ at: 10, counts: { arrived: 30 } }, { at: 100, counts: { arrived: 3 } }]);
  assert.equal(read(state, "rps", { over: 60 }), 50);
  assert.equal(read(state, "rps"), 330);
  assert.equal(
    read(after([{ at: 10, counts: { arrived: 30 } }]), "rps", { over: 60, now: 10 }),
    3000,
  );
  const warm = after([{ at: 100, counts: { arrived: 30 } }], { warmupS: 90 });
  assert.equal(read(warm, "rps"), 3000);
  assert.equal(read(state, "rps", { over: 60, now: 0 }), undefined);
});

Deno.test("readMetric() sums up the requests waiting in the second that ends now", () => {
  const state = after([
    { at: 99, waiting: [50, 50] },
    { at: 100, waiting: [3, 4] },
    { at: 100, revision: "canary", waiting: [5] },
  ]);
  assert.equal(read(state, "waiting"), 12_000);
  assert.equal(read(state, "waiting", { of: "stable" }), 7000);
  const idleCanary = after([
    { at: 99, revision: "canary", waiting: [5] },
    { at: 100, waiting: [3, 4] },
  ]);
  assert.equal(read(idleCanary, "waiting"), 7000);
});

Deno.test("readMetric() counts those waiting once when a window was closed twice", () => {
  const state = after([{ at: 100, waiting: [3, 4] }, { at: 100, waiting: [3, 4] }]);
  assert.equal(read(state, "waiting"), 7000);
});

Deno.test("readMetric() of gauges is 0 when the seconds asked for were idle", () => {
  const state = after([{ at: 30, waiting: [9], kvPpm: [500_000] }]);
  assert.equal(read(state, "waiting"), 0);
  assert.equal(read(state, "kvCacheUsage", { over: 10 }), 0);
  assert.equal(read(state, "kvCacheUsage"), 500_000);
});

Deno.test("readMetric() takes the mean KV usage of pods and seconds", () => {
  const state = after([
    { at: 98, waiting: [0, 0], kvPpm: [100_000, 300_000] },
    { at: 99, waiting: [0], kvPpm: [800_000] },
  ]);
  assert.equal(read(state, "kvCacheUsage", { over: 60 }), 400_000);
});

Deno.test("metricCheckSchema reads thresholds in the metric's unit", () => {
  const limit = (metric: string, threshold: unknown) =>
    metricCheckSchema.safeParse({ kind: "metric", metric, comparison: "below", threshold }).data
      ?.limit;
  assert.equal(limit("ttft", "1500ms"), 1_500_000);
  assert.equal(limit("e2e", "1m30s"), 90_000_000);
  assert.equal(limit("errorRate", "1%"), 10_000);
  assert.equal(limit("goodput", "99.95%"), 999_500);
  assert.equal(limit("kvCacheUsage", "0%"), 0);
  assert.equal(limit("rps", 12.5), 12_500);
  assert.equal(limit("waiting", "10"), 10_000);
  for (
    const [metric, threshold] of [
      ["ttft", "1500"],
      ["ttft", 1500],
      ["ttft", "1%"],
      ["errorRate", "1"],
      ["errorRate", 0.01],
      ["errorRate", "-1%"],
      ["rps", "fast"],
      ["rps", -1],
      ["waiting", "1s"],
    ] as const
  ) assert.equal(limit(metric, threshold), undefined, `${metric} ${threshold}`);
});

Deno.test("metricCheckSchema says which threshold it wants when one is wrong", () => {
  const result = metricCheckSchema.safeParse({
    kind: "metric",
    metric: "ttft",
    comparison: "below",
    threshold: "2%",
  });
  assert.deepEqual(result.error!.issues.map(({ path, message }) => [path, message]), [
    [["threshold"], 'Invalid threshold "2%" for ttft: write one such as 1500ms'],
  ]);
});

Deno.test("metricCheckSchema takes p95 of a latency when no statistic is said", () => {
  assert.equal(check({ metric: "ttft", threshold: "1s" }).statistic, "p95");
  assert.equal(check({ metric: "ttft", statistic: "p50", threshold: "1s" }).statistic, "p50");
  assert.equal(check({ metric: "rps", statistic: "p50", threshold: 1 }).statistic, undefined);
});

Deno.test("holds() is strict on both sides", () => {
  const below = check({ metric: "ttft", threshold: "1ms" });
  assert.deepEqual([999, 1000, 1001].map((us) => holds(below, us)), [true, false, false]);
  const above = check({ metric: "ttft", comparison: "above", threshold: "1ms" });
  assert.deepEqual([999, 1000, 1001].map((us) => holds(above, us)), [false, false, true]);
});

Deno.test("marginPpm() is the distance from the limit as a share of it", () => {
  const below = check({ metric: "ttft", threshold: "1s" });
  assert.equal(marginPpm(below, 800_000), 200_000);
  assert.equal(marginPpm(below, 1_500_000), 500_000);
  assert.equal(marginPpm(check({ metric: "errorRate", threshold: "1%" }), 2500), 750_000);
});

Deno.test("marginPpm() of goodput is what is left of the error budget", () => {
  const goodput = check({ metric: "goodput", comparison: "above", threshold: "95%" });
  assert.equal(marginPpm(goodput, 990_000), 800_000);
  assert.equal(marginPpm(goodput, 1_000_000), 1_000_000);
  assert.equal(marginPpm(goodput, 950_000), 0);
  assert.equal(marginPpm(goodput, 900_000), 1_000_000);
});

Deno.test("marginPpm() is an integer, whatever the limit and the value", () => {
  const checks = [
    check({ metric: "errorRate", threshold: "0%" }),
    check({ metric: "goodput", comparison: "above", threshold: "100%" }),
    check({ metric: "goodput", comparison: "above", threshold: "33.3333%" }),
    check({ metric: "rps", threshold: 0.001 }),
  ];
  fc.assert(fc.property(fc.constantFrom(...checks), fc.nat(1_000_000), (each, value) => {
    const margin = marginPpm(each, value);
    assert.ok(Number.isSafeInteger(margin) && margin >= 0, `${margin}`);
  }));
  assert.equal(marginPpm(checks[0]!, 0), 0);
  assert.equal(marginPpm(checks[0]!, 5), 1_000_000);
});

Deno.test("readMetric() counts requests in flight, lost ones and preemptions in thousandths", () => {
  const state = after([
    { at: 50, counts: { arrived: 9, completed: 3, failed: 2, rejected: 1 } },
    { at: 99, counts: { arrived: 4, failed: 1 } },
    { at: 99, counts: { arrived: 2 }, warmup: true },
  ]);
  assert.equal(read(state, "inFlight"), 8000);
  assert.equal(read(state, "lost"), 4000);
  assert.equal(read(state, "lost", { over: 10 }), 1000);
  assert.equal(read(state, "preemptions"), 0);
  assert.equal(read(initialState(), "lost"), undefined);
});

const BURNING = { metric: "burnRate", statistic: undefined } as const;

Deno.test("readMetric() of a burn rate equals a recount of both windows, one request at a time", () => {
  const second = fc.record({
    at: fc.integer({ min: 1, max: 100 }),
    good: fc.nat(5),
    slow: fc.nat(5),
    failed: fc.nat(3),
  });
  const options = fc.record({
    over: fc.integer({ min: 1, max: 100 }),
    part: fc.integer({ min: 1, max: 20 }),
    goodputPpm: fc.constantFrom(500_000, 900_000, 990_000, 999_900),
  });
  const seconds = fc.array(second, { maxLength: 30 });
  fc.assert(fc.property(seconds, options, (list, { over, part, goodputPpm }) => {
    const sorted = [...list].sort((a, b) => a.at - b.at);
    const state = after(
      sorted.map(({ at, good, slow, failed }) => ({
        at,
        counts: { arrived: good + slow + failed, completed: good + slow, failed, good },
      })),
      { goodputPpm },
    );
    const short = Math.max(1, Math.floor(over / part));
    const requests = sorted.flatMap(({ at, good, slow, failed }) => [
      ...Array.from({ length: good }, () => ({ at, bad: 0 })),
      ...Array.from({ length: slow + failed }, () => ({ at, bad: 1 })),
    ]);
    const burnOf = (seconds: number) => {
      const within = requests.filter(({ at }) => at > 100 - seconds);
      const bad = within.filter((request) => request.bad === 1).length;
      return within.length === 0 ? undefined : bad / within.length / (1 - goodputPpm / 1e6);
    };
    const value = measure(state, { ...BURNING, over: over * SECOND, short: short * SECOND }, {
      ...{ service: "chat", nowUs: 100 * SECOND, overUs: undefined },
    });
    const long = burnOf(over);
    if (long === undefined) return assert.equal(value, undefined);
    const expected = Math.min(long, burnOf(short) ?? 0);
    // A share is rounded to a millionth first: that is up to a millionth by what may be bad.
    const tolerance = 0.001 + 1e-6 / (1 - goodputPpm / 1e6);
    assert.ok(Math.abs(value! / 1000 - expected) <= tolerance, `${value} for ${expected}`);
  }));
});

Deno.test("readMetric() of a burn rate has a short window of a twelfth, and none for the run", () => {
  const seconds = [
    { at: 45, counts: { completed: 10, good: 0 } },
    { at: 99, counts: { completed: 10, good: 10 } },
  ];
  const state = after(seconds, { goodputPpm: 900_000 });
  // 60 s: half are bad; the last 5 s: none.
  assert.equal(read(state, "burnRate", { over: 60 }), 0);
  assert.equal(read(state, "burnRate"), 5000);
  assert.equal(read(after(seconds), "burnRate"), undefined);
});

Deno.test("measure() holds a value against a baseline, which may be 0", () => {
  const state = after([
    { at: 99, counts: { completed: 90, failed: 10 } },
    { at: 99, revision: "canary", counts: { completed: 80, failed: 20 } },
    { at: 99, revision: "new", counts: { completed: 10 } },
  ]);
  const ratio = (of: string, against: string) =>
    measure(state, { metric: "errorRate", statistic: undefined, of, comparedTo: { of: against } }, {
      ...{ service: "chat", nowUs: 100 * SECOND, overUs: undefined },
    });
  assert.equal(ratio("canary", "stable"), 2_000_000);
  assert.equal(ratio("stable", "canary"), 500_000);
  assert.equal(ratio("new", "stable"), 0);
  assert.equal(ratio("new", "new"), 1_000_000);
  assert.equal(ratio("stable", "new"), 10_000_000_000);
  assert.equal(ratio("stable", "gone"), undefined);
});

Deno.test("metricCheckSchema refuses what makes no sense together, by its field", () => {
  const issue = (fields: object) =>
    metricCheckSchema.safeParse({ kind: "metric", comparison: "below", threshold: 1, ...fields })
      .error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`)[0];
  assert.match(issue({ metric: "rps", short: "5s" })!, /^short: Only a burn rate has a short/);
  assert.match(issue({ metric: "burnRate", over: "1m", short: "2m" })!, /^short: Invalid short/);
  assert.match(issue({ metric: "cost", over: "1m" })!, /^over: Cannot measure cost over a time/);
  assert.match(issue({ metric: "gpuHours", of: "stable" })!, /^of: Cannot measure gpuHours of a/);
  assert.match(
    issue({ metric: "waiting", load: "chat" })!,
    /^load: Cannot measure waiting of one load: only ttft, itl, tpot, e2e, queue, errorRate, goodput/,
  );
  assert.match(
    issue({ metric: "rps", comparedTo: { of: "stable" }, threshold: 2 })!,
    /such as 120%$/,
  );
  const dollars = { kind: "metric", metric: "cost", comparison: "below", threshold: "$2.5" };
  assert.equal(metricCheckSchema.parse(dollars).limit, 2500);
});

Deno.test("readMetric() of a burn rate alerts and ends when the workbook says", () => {
  // 99.9 %, 14.4 over 1 h and 5 m. Detection time (The Site Reliability Workbook, ch. 5): of an outage of
  // all requests 14.4 · 0.1 % · 1 h = 51.84 s. After it the short window holds 14.4 · 0.1 % · 300 s = 4.32 s
  // of bad seconds until the alert ends.
  const burnAt = (second: number, outageSeconds = Infinity) => {
    const windows = Array.from({ length: 3600 + second }, (_, index) => {
      const bad = index >= 3600 && index < 3600 + outageSeconds;
      return { at: index + 1, counts: { completed: 100, good: bad ? 0 : 100 } };
    });
    return measure(after(windows, { goodputPpm: 999_000 }), {
      ...{ ...BURNING, over: 3600 * SECOND, short: 300 * SECOND },
    }, { service: "chat", nowUs: (3600 + second) * SECOND, overUs: undefined })!;
  };
  assert.deepEqual([51, 52].map((second) => burnAt(second) > 14_400), [false, true]);
  assert.deepEqual([355, 356].map((second) => burnAt(second, 60) > 14_400), [true, false]);
});
