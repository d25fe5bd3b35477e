import assert from "node:assert/strict";
import type { FleetEvent, RolloutPhase } from "../../../src/fleet/events.ts";
import { fleetEventSchema } from "../../../src/fleet/events.ts";
import { Journal } from "../../../src/fleet/journal.ts";
import { type Expectation, expectationSchema } from "../../../src/scenario/expectation_schema.ts";
import { describe } from "../../../src/scenario/expectation_text.ts";
import { judge, type VerdictFact } from "../../../src/scenario/expectations.ts";
import type { Observed } from "../../../src/scenario/observed.ts";
import { Clock } from "../../../src/sim/clock.ts";

const SECOND = 1_000_000;
const END = 600 * SECOND;

/** What happened, at its second. */
interface Story {
  readonly fault?: number;
  readonly began?: number;
  readonly ended?: readonly [number, RolloutPhase, boolean];
  readonly weights?: Readonly<Record<string, number>>;
  readonly requests?: {
    readonly completed: number;
    readonly failed: number;
    readonly good: number;
  };
}

function judged(
  expectation: Readonly<Record<string, unknown>>,
  story: Story,
  seen?: Observed,
): VerdictFact {
  const clock = new Clock();
  const journal = new Journal(clock, () => {});
  journal.tell({
    ...{ kind: "run.started", scenario: "x", scenarioHash: "", seed: 1 },
    ...{ durationUs: END, warmupUs: 0, keepSeconds: 60, calibration: { chat: "uncalibrated" } },
    slo: ["chat"],
  });
  const step = (phase: RolloutPhase, aborted: boolean) =>
    journal.tell({
      ...{ kind: "step", rollout: "rollouts[0]", service: "chat", step: 1, steps: 3 },
      ...{ about: "setWeight 25", phase, aborted, message: aborted ? "RolloutAborted: x" : "" },
    });
  const { fault, began, ended, weights, requests } = story;
  const at = (second: number | undefined, tell: () => void) =>
    second === undefined ? undefined : clock.at(second * SECOND, tell);
  at(fault, () => {
    const event = { fault: "xid79", type: "gpu-xid", targets: [], message: "" };
    journal.tell({ kind: "fault", phase: "begin", ...event });
  });
  at(began, () => step("Progressing", false));
  at(ended?.[0], () => step(ended![1], ended![2]));
  clock.runUntil(END);
  if (weights) journal.tell({ kind: "weight", service: "chat", weights, eligible: [] });
  if (requests) {
    const { completed, failed, good } = requests;
    const measured = {
      requests: { arrived: completed + failed, completed, failed, rejected: 0, good },
      ...{ promptTokens: 0, outputTokens: 0, latencyUs: {} },
    };
    const none = { name: [], running: [], waiting: [] };
    const pods = { ...none, kvPpm: [], outputTokens: [], preemptions: [] };
    journal.tell({ kind: "window", service: "chat", revision: "stable", measured, pods });
  }
  const parsed: Expectation = expectationSchema.parse(expectation);
  const [verdict] = judge([parsed], {
    state: journal.state,
    service: "chat",
    nowUs: END,
    ...(seen ? { observed: [seen] } : {}),
  });
  // What is judged must be fit for the log.
  const event: FleetEvent = { at: END, seq: 9, ...verdict! };
  assert.ok(fleetEventSchema.safeParse(event).success, JSON.stringify(event));
  return verdict!;
}

const rollout = (outcome: string, rest: object = {}) => ({
  kind: "rollout",
  service: "chat",
  outcome,
  ...rest,
});
const AFTER = { within: "2m", after: { ref: "xid79" } };
const ABORTED = { began: 60, fault: 100, ended: [150, "Degraded", true] } as const;

Deno.test("judge() passes an abort that came in time after the fault", () => {
  const verdict = judged(rollout("aborted", AFTER), ABORTED);
  assert.deepEqual(verdict, {
    kind: "verdict",
    id: "expect[0]",
    about: "chat is aborted within 2m after xid79",
    passed: true,
    expected: "aborted within 2m",
    got: "aborted after 50s",
    whenUs: 150 * SECOND,
    marginPpm: 583_333,
  });
});

Deno.test("judge() counts from the rollout's beginning when no fault is named", () => {
  const verdict = judged(rollout("aborted", { within: "89s" }), ABORTED);
  assert.deepEqual([verdict.passed, verdict.got], [false, "aborted after 1m30s"]);
  assert.equal(judged(rollout("aborted", { within: "90s" }), ABORTED).passed, true);
  assert.equal(judged(rollout("aborted"), ABORTED).marginPpm, undefined);
});

Deno.test("judge() tells a time to a tenth of a second, never as in time what was too late", () => {
  const late = judged(rollout("aborted", { within: "90s" }), {
    ...ABORTED,
    ended: [150.000001, "Degraded", true],
  });
  assert.deepEqual([late.passed, late.got], [false, "aborted after 1m30.1s"]);
  const short = judged(rollout("aborted", { within: "90s" }), {
    ...ABORTED,
    ended: [60.25, "Degraded", true],
  });
  assert.deepEqual([short.passed, short.got], [true, "aborted after 250ms"]);
});

Deno.test("judge() fails an abort that came before the fault", () => {
  const verdict = judged(rollout("aborted", AFTER), { ...ABORTED, fault: 200 });
  assert.deepEqual([verdict.passed, verdict.got], [false, "aborted before it"]);
});

Deno.test("judge() fails when the fault never began, or the rollout never did", () => {
  const { fault: _, ...calm } = ABORTED;
  const verdict = judged(rollout("aborted", AFTER), calm);
  assert.deepEqual([verdict.passed, verdict.got, verdict.whenUs], [
    ...[false, "the fault it waits for never began", END],
  ]);
  const unlisted = judged(rollout("aborted", { after: { ref: null } }), ABORTED);
  assert.equal(unlisted.passed, false);
  assert.equal(judged(rollout("aborted"), {}).got, "the rollout never began");
});

Deno.test("judge() tells what happened instead of the outcome", () => {
  const healthy = { began: 60, ended: [150, "Healthy", false] } as const;
  assert.equal(judged(rollout("completed"), healthy).passed, true);
  assert.equal(judged(rollout("aborted"), healthy).got, "Healthy in step 1 (setWeight 25)");
  assert.equal(judged(rollout("completed"), ABORTED).got, "aborted: RolloutAborted: x");
  assert.equal(
    judged(rollout("completed"), { began: 60 }).got,
    "Progressing in step 1 (setWeight 25)",
  );
});

Deno.test("judge() has no margin within 0s, rather than one that is no number", () => {
  const verdict = judged(rollout("aborted", { within: "0s" }), ABORTED);
  assert.deepEqual([verdict.passed, verdict.marginPpm], [false, undefined]);
});

const weight = (revision: string, value: number) => ({
  ...{ kind: "weight", service: "chat", revision, weight: value },
});

Deno.test("judge() holds a weight against the route's at the end", () => {
  const story = { weights: { stable: 75, canary: 25 } };
  assert.equal(judged(weight("canary", 25), story).passed, true);
  const verdict = judged(weight("canary", 0), story);
  assert.deepEqual([verdict.passed, verdict.expected, verdict.got], [false, "0", "25"]);
  assert.deepEqual(judged(weight("canary", 0), {}).got, "no such revision");
  assert.equal(judged(weight("canary", 0), {}).passed, false);
});

const metric = (name: string, comparison: string, threshold: string) => ({
  ...{ kind: "metric", metric: name, comparison, threshold },
});

Deno.test("judge() holds a metric of the whole run against its threshold", () => {
  const story = { requests: { completed: 990, failed: 10, good: 985 } };
  const goodput = judged(metric("goodput", "above", "95%"), story);
  assert.deepEqual([goodput.passed, goodput.got, goodput.marginPpm], [true, "98.5%", 700_000]);
  const errors = judged(metric("errorRate", "below", "0.5%"), story);
  assert.deepEqual(
    [errors.passed, errors.expected, errors.got, errors.marginPpm],
    [false, "below 0.5%", "1%", 1_000_000],
  );
});

Deno.test("judge() fails a metric that has no samples", () => {
  for (const each of [metric("goodput", "above", "0%"), metric("ttft", "below", "1h")]) {
    const verdict = judged(each, {});
    assert.deepEqual([verdict.passed, verdict.got], [false, "no samples"]);
    assert.equal(verdict.marginPpm, undefined);
  }
});

Deno.test("describe() says what an expectation asks, of which service", () => {
  const text = (expectation: unknown) => describe(expectationSchema.parse(expectation));
  assert.equal(text(weight("canary", 0)), "weight of chat canary is 0");
  assert.equal(text(rollout("completed")), "chat is completed");
  assert.equal(
    text({ ...metric("ttft", "below", "2s"), service: "chat", of: "canary" }),
    "chat: ttft p95 below 2s of canary",
  );
  assert.match(
    text(rollout("aborted", { after: { ref: null } })),
    /a fault that is not in faults$/,
  );
});

Deno.test("judge() says since when a rollout is paused, degraded or on its way", () => {
  const paused = { began: 60, ended: [150, "Paused", false] } as const;
  const seen = { rollout: { phaseUs: 150 * SECOND } };
  const verdict = judged(rollout("paused", { within: "2m" }), paused, seen);
  assert.deepEqual([verdict.passed, verdict.got, verdict.whenUs], [
    ...[true, "paused after 1m30s", 150 * SECOND],
  ]);
  assert.equal(judged(rollout("degraded"), paused, seen).got, "Paused in step 1 (setWeight 25)");
  assert.equal(judged(rollout("degraded"), ABORTED, seen).passed, true);
  assert.equal(judged(rollout("progressing"), { began: 60 }).passed, true);
  const person = { rollout: { phaseUs: 150 * SECOND, inconclusiveUs: 149 * SECOND } };
  assert.equal(judged(rollout("inconclusive"), paused, person).passed, true);
  assert.equal(judged(rollout("inconclusive"), paused, seen).passed, false);
});
