import assert from "node:assert/strict";
import { AnalysisRun, analysisSchema, longestRangeUs } from "../../../src/rollout/analysis.ts";
import { analysisCheckName as checkName } from "../../../src/rollout/analysis_check.ts";
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

Deno.test("AnalysisRun() goes by a check's own interval, delay and count before its analysis's", () => {
  const own = { ...ERRORS, threshold: "20%", every: "5s", initialDelay: "10s", count: 3 };
  const { clock, plan, of, ended } = begin({ checks: [ERRORS, own], count: 2 });
  plan({ ...GOOD, 15: 0 });
  clock.runUntil(60 * SECOND);
  const at = (name: string) =>
    of("measurement").filter(({ check }) => check === name).map(({ at }) => at / SECOND);
  assert.deepEqual(at(checkName(parse(ERRORS))), [0, 10]);
  assert.deepEqual(at(checkName(parse(own))), [10, 15, 20]);
  assert.deepEqual(ended(), ["20 Successful"]);
});

Deno.test("AnalysisRun() is Inconclusive between the threshold and failsAbove, Failed beyond", () => {
  const check = { ...ERRORS, failsAbove: "40%" };
  // 10 completed: 2 failed are 16.7 %, 10 are 50 %.
  const grey = begin({ checks: [check] });
  grey.plan({ ...GOOD, 20: 2 });
  grey.clock.runUntil(60 * SECOND);
  assert.deepEqual(grey.ended(), ["20 Inconclusive"]);
  assert.match(grey.run().message, /due to inconclusive \(1\) > inconclusiveLimit \(0\)$/);
  const black = begin({ checks: [check] });
  black.plan({ ...GOOD, 20: 10 });
  black.clock.runUntil(60 * SECOND);
  assert.deepEqual(black.ended(), ["20 Failed"]);
});

Deno.test("AnalysisRun() bears as many inconclusive measurements as inconclusiveLimit says", () => {
  const checks = [{ ...ERRORS, failsAbove: "40%", inconclusiveLimit: 2 }];
  const { clock, plan, ended } = begin({ checks });
  plan({ ...GOOD, 10: 2, 20: 2, 40: 2 });
  clock.runUntil(60 * SECOND);
  assert.deepEqual(ended(), ["40 Inconclusive"]);
});

Deno.test("AnalysisRun() never fails by failures when failureLimit is -1", () => {
  const { clock, plan, measured, ended } = begin({ failureLimit: -1, count: 4 });
  plan({ 0: 5, 10: 5, 20: 5, 30: 5 });
  clock.runUntil(60 * SECOND);
  assert.deepEqual(measured().map((text) => text.split(" ")[1]), Array(4).fill("Failed"));
  assert.deepEqual(ended(), ["30 Successful"]);
});

Deno.test("AnalysisRun() is Successful after consecutiveSuccessLimit successes in a row", () => {
  const { clock, plan, ended } = begin({ consecutiveSuccessLimit: 3, failureLimit: -1 });
  plan({ ...GOOD, 20: 5 });
  clock.runUntil(100 * SECOND);
  assert.deepEqual(ended(), ["50 Successful"]);
});

Deno.test("AnalysisRun() without its successes in a row by the count fails, or is Inconclusive", () => {
  const limits = { consecutiveSuccessLimit: 3, count: 4 };
  for (const [failureLimit, phase] of [[-1, "Failed"], [2, "Inconclusive"]] as const) {
    const { clock, plan, ended, run } = begin({ ...limits, failureLimit });
    plan({ ...GOOD, 10: 5, 20: 5 });
    clock.runUntil(100 * SECOND);
    assert.deepEqual(ended(), [`30 ${phase}`]);
    assert.match(run().message, /consecutiveSuccesses \(1\) < consecutiveSuccessLimit \(3\)$/);
  }
});

Deno.test("AnalysisRun() measures a check on a dry run and does not fail by it", () => {
  const dry = { ...ERRORS, threshold: "1%", dryRun: true };
  const { clock, plan, of, ended } = begin({ checks: [ERRORS, dry], count: 3 });
  plan({ 0: 0, 10: 1, 20: 0 });
  clock.runUntil(60 * SECOND);
  assert.deepEqual(ended(), ["20 Successful"]);
  const dryOnes = of("measurement").filter(({ dryRun }) => dryRun);
  assert.deepEqual(dryOnes.map(({ phase }) => phase), ["Successful", "Failed"]);
});

Deno.test("AnalysisRun() keeps as many measurements as measurementRetention says, else ten", () => {
  for (const [fields, kept] of [[{ measurementRetention: 3 }, 3], [{}, 10]] as const) {
    const { clock, plan, journal } = begin({ ...fields, count: 15 });
    plan(GOOD);
    clock.runUntil(200 * SECOND);
    const [measurements] = Object.values(journal.state.analyses["r/guard"]!.measurements);
    assert.equal(measurements!.length, kept);
  }
});

Deno.test("AnalysisRun() that is stopped ends Successful though failures were within their limit", () => {
  const { clock, plan, ended, run } = begin({ failureLimit: 3 });
  plan({ ...GOOD, 10: 5 });
  clock.runUntil(25 * SECOND);
  run().stop();
  assert.deepEqual(ended(), ["25 Successful"]);
});

Deno.test("AnalysisRun() holds a canary against stable", () => {
  const { over: _, ...rest } = ERRORS;
  const check = { ...rest, comparedTo: { of: "stable" }, threshold: "150%", over: "5s" };
  const { clock, plan, journal, of } = begin({ checks: [check], count: 2 });
  const window = (revision: string, failed: number) => {
    const requests = { arrived: 10, completed: 10, failed, rejected: 0, good: 0 };
    const measured = { requests, promptTokens: 0, outputTokens: 0, latencyUs: {} };
    const pods = {
      ...{ name: [], running: [], waiting: [] },
      ...{ kvPpm: [], outputTokens: [], preemptions: [] },
    };
    journal.tell({ kind: "window", service: "chat", revision, measured, pods });
  };
  clock.at(0, () => window("stable", 0), 0);
  clock.at(10 * SECOND, () => window("stable", 10), 0);
  plan({ 0: 0, 10: 10 });
  clock.runUntil(60 * SECOND);
  // Both without errors is equal, and so is the same rate.
  assert.deepEqual(of("measurement").map(({ value }) => value), [1_000_000, 1_000_000]);
  assert.equal(checkName(parse(check)), "errorRate below 150% of canary over 5s against stable");
});

Deno.test("analysisSchema refuses a bound on the wrong side of the threshold, by its field", () => {
  const issues = (fields: object) =>
    analysisSchema.safeParse({
      ...{ kind: "analysis", name: "guard", every: "10s" },
      checks: [{ ...ERRORS, ...fields }],
    }).error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  assert.deepEqual(issues({ failsAbove: "5%" }), [
    'checks.0.failsAbove: Cannot use failsAbove "5%": it is below the threshold "10%", ' +
    "and no value would be between them",
  ]);
  assert.deepEqual(issues({ failsBelow: "5%" }), [
    "checks.0.failsBelow: Cannot use failsBelow with below: write failsAbove",
  ]);
  assert.deepEqual(issues({ failsAbove: "1s" }), [
    'checks.0.failsAbove: Invalid threshold "1s" for errorRate: write one such as 1%',
  ]);
  assert.equal(issues({ failsAbove: "10%" }), undefined);
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

Deno.test("analysisCheckName() says a check in words", () => {
  assert.equal(checkName(parse(ERRORS)), "errorRate below 10% of canary over 5s");
  const ttft = { kind: "metric", metric: "ttft", comparison: "above", threshold: "1s" };
  assert.equal(checkName(parse(ttft)), "ttft p95 above 1s");
});

function parse(check: unknown) {
  return analysisSchema.parse({ kind: "analysis", name: "x", every: "1s", checks: [check] })
    .checks[0]!;
}
