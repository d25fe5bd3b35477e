import assert from "node:assert/strict";
import {
  AnalysisRun,
  analysisSchema,
  checkName,
  longestRangeUs,
} from "../../../src/rollout/analysis.ts";
import { SECOND, smallFleet } from "../fleet/small_fleet.ts";

const ERRORS = {
  kind: "metric",
  metric: "errorRate",
  of: "canary",
  over: "5s",
  comparison: "below",
  threshold: "10%",
};

/** An analysis run from time 0 on, and a canary whose seconds go well or badly as told. */
function begin(fields: Readonly<Record<string, unknown>> = {}) {
  const small = smallFleet();
  const { clock, journal, fleet, of } = small;
  const analysis = analysisSchema.parse({
    kind: "analysis",
    name: "guard",
    every: "10s",
    checks: [ERRORS],
    ...fields,
  });
  const second = (failed: number, completed = 10) => {
    const requests = { arrived: 10, completed, failed, rejected: 0, good: 0 };
    const measured = { requests, promptTokens: 0, outputTokens: 0, latencyUs: {} };
    const pods = {
      ...{ name: [], running: [], waiting: [] },
      ...{ kvPpm: [], outputTokens: [], preemptions: [] },
    };
    journal.tell({ kind: "window", service: "chat", revision: "canary", measured, pods });
  };
  /** Each at its time in seconds, before the analysis looks. */
  const plan = (seconds: Readonly<Record<number, number>>) => {
    for (const [at, failed] of Object.entries(seconds)) {
      clock.at(Number(at) * SECOND, () => second(failed), 0);
    }
  };
  let over = 0;
  let run: AnalysisRun | undefined;
  clock.at(0, () => {
    run = new AnalysisRun("r/guard", analysis, "chat", fleet);
    run.over.once(() => over++);
  }, 1);
  return {
    ...small,
    plan,
    run: () => run!,
    overs: () => over,
    measured: () => of("measurement").map(({ at, phase }) => `${at / SECOND} ${phase}`),
    ended: () => of("phase").slice(1).map(({ at, phase }) => `${at / SECOND} ${phase}`),
  };
}

/** A good second before each of the measurements that come every 10 s. */
const GOOD = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [index * 10, 0]));

Deno.test("AnalysisRun() fails when more measurements failed than failureLimit, not before", () => {
  const { clock, plan, measured, ended, run, overs } = begin({ failureLimit: 1 });
  plan({ ...GOOD, 10: 5, 30: 5 });
  clock.runUntil(60 * SECOND);
  assert.deepEqual(measured(), ["0 Successful", "10 Failed", "20 Successful", "30 Failed"]);
  assert.deepEqual(ended(), ["30 Failed"]);
  assert.equal(
    run().message,
    'metric "errorRate below 10% of canary over 5s" assessed Failed due to failed (2) > failureLimit (1)',
  );
  assert.equal(overs(), 1);
});

Deno.test("AnalysisRun() fails at the first failure when no failureLimit is said", () => {
  const { clock, plan, ended } = begin();
  plan({ ...GOOD, 20: 5 });
  clock.runUntil(60 * SECOND);
  assert.deepEqual(ended(), ["20 Failed"]);
});

Deno.test("AnalysisRun() ends in Error after five measurements without samples, 10 s apart", () => {
  const { clock, measured, ended, run, of } = begin({ every: "1m" });
  clock.runUntil(120 * SECOND);
  assert.deepEqual(measured(), ["0 Error", "10 Error", "20 Error", "30 Error", "40 Error"]);
  assert.deepEqual(ended(), ["40 Error"]);
  assert.match(
    run().message,
    /assessed Error due to consecutiveErrors \(5\) > consecutiveErrorLimit \(4\)$/,
  );
  assert.ok(of("measurement").every((measurement) => !("value" in measurement)));
});

Deno.test("AnalysisRun() counts errors in a row only", () => {
  const { clock, plan, ended } = begin({ consecutiveErrorLimit: 2 });
  plan({ 20: 0, 50: 0 });
  clock.runUntil(100 * SECOND);
  assert.deepEqual(ended(), ["80 Error"]);
});

Deno.test("AnalysisRun() is Successful at its last measurement when it has a count", () => {
  const { clock, plan, measured, ended } = begin({ count: 3 });
  plan(GOOD);
  clock.runUntil(60 * SECOND);
  assert.deepEqual(measured(), ["0 Successful", "10 Successful", "20 Successful"]);
  assert.deepEqual(ended(), ["20 Successful"]);
});

Deno.test("AnalysisRun() does not count a measurement without samples", () => {
  const { clock, plan, measured, ended } = begin({ count: 2 });
  plan({ 10: 0, 20: 0 });
  clock.runUntil(60 * SECOND);
  assert.deepEqual(measured(), ["0 Error", "10 Successful", "20 Successful"]);
  assert.deepEqual(ended(), ["20 Successful"]);
});

Deno.test("AnalysisRun() waits for initialDelay before it measures", () => {
  const { clock, plan, measured } = begin({ initialDelay: "20s", count: 1 });
  plan(GOOD);
  clock.runUntil(60 * SECOND);
  assert.deepEqual(measured(), ["20 Successful"]);
});

Deno.test("AnalysisRun() goes on without a count until it is stopped, which is Successful", () => {
  const { clock, plan, measured, ended, run, overs } = begin();
  plan(GOOD);
  clock.runUntil(55 * SECOND);
  assert.equal(run().phase, "Running");
  run().stop();
  run().stop();
  clock.runUntil(200 * SECOND);
  assert.equal(measured().length, 6);
  assert.deepEqual(ended(), ["55 Successful"]);
  assert.equal(overs(), 1);
});

Deno.test("AnalysisRun() ends all checks when one fails", () => {
  const stable = { ...ERRORS, of: "stable" };
  const { clock, plan, of, ended } = begin({ checks: [ERRORS, stable] });
  plan({ ...GOOD, 20: 5 });
  clock.runUntil(100 * SECOND);
  assert.deepEqual(ended(), ["20 Failed"]);
  const others = of("measurement").filter(({ check }) => check === checkName(parse(stable)));
  assert.deepEqual(others.map(({ at }) => at / SECOND), [0, 10]);
});

Deno.test("AnalysisRun() is Successful when all checks took their count", () => {
  const other = { ...ERRORS, over: "5s", threshold: "20%" };
  const { clock, plan, of, ended } = begin({ checks: [ERRORS, other], count: 2 });
  plan(GOOD);
  clock.runUntil(60 * SECOND);
  assert.equal(of("measurement").length, 4);
  assert.deepEqual(ended(), ["10 Successful"]);
});

Deno.test("AnalysisRun() looks back one minute when its check does not say", () => {
  const { over: _, ...check } = ERRORS;
  const { clock, plan, measured } = begin({ checks: [check], failureLimit: 100 });
  plan({ 0: 5 });
  clock.runUntil(70 * SECOND);
  assert.deepEqual(measured().slice(0, 7), [
    ...["0 Failed", "10 Failed", "20 Failed", "30 Failed", "40 Failed", "50 Failed"],
    "60 Error",
  ]);
});

Deno.test("analysisSchema refuses an analysis that measures every 0s", () => {
  const result = analysisSchema.safeParse({
    kind: "analysis",
    name: "guard",
    every: "0s",
    checks: [ERRORS],
  });
  assert.deepEqual(result.error?.issues.map(({ path }) => path), [["every"]]);
});

Deno.test("longestRangeUs() is the longest look back of its checks", () => {
  const analysis = (overs: (string | undefined)[]) =>
    analysisSchema.parse({
      kind: "analysis",
      name: "guard",
      every: "10s",
      checks: overs.map((over) => ({ ...ERRORS, over })),
    });
  assert.equal(longestRangeUs(analysis(["5s", "5m"])), 300 * SECOND);
  assert.equal(longestRangeUs(analysis(["5s", undefined])), 60 * SECOND);
});

Deno.test("checkName() says a check in words", () => {
  assert.equal(checkName(parse(ERRORS)), "errorRate below 10% of canary over 5s");
  const ttft = { kind: "metric", metric: "ttft", comparison: "above", threshold: "1s" };
  assert.equal(checkName(parse(ttft)), "ttft p95 above 1s");
});

function parse(check: unknown) {
  return analysisSchema.parse({ kind: "analysis", name: "x", every: "1s", checks: [check] })
    .checks[0]!;
}
