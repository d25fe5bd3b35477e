import assert from "node:assert/strict";
import { awaitWhen, type When, whenSchema } from "../../../src/fleet/when.ts";
import { spawn } from "../../../src/sim/process.ts";
import { SECOND, smallFleet } from "./small_fleet.ts";

/** Seconds at which `when` came about. */
function begin(when: unknown) {
  const small = smallFleet();
  const begun: number[] = [];
  const parsed: When = whenSchema.parse(when);
  spawn(
    small.clock,
    (function* () {
      yield* awaitWhen(parsed, small.fleet);
      begun.push(small.clock.nowUs / SECOND);
    })(),
  );
  const step = (service: string, index: number, phase: "Progressing" | "Paused" | "Degraded") =>
    small.journal.tell({
      kind: "step",
      rollout: "r",
      service,
      step: index,
      steps: 3,
      about: "",
      phase,
      aborted: false,
      message: "",
    });
  const fault = (id: string, phase: "begin" | "end") =>
    small.journal.tell({ kind: "fault", fault: id, type: "x", phase, targets: [], message: "" });
  return { ...small, begun, step, fault };
}

Deno.test("awaitWhen() waits for a time, 0 included", () => {
  for (const [when, at] of [["0s", 0], ["90s", 90]] as const) {
    const { clock, begun } = begin(when);
    clock.runUntil(100 * SECOND);
    assert.deepEqual(begun, [at]);
  }
});

Deno.test("awaitWhen() begins at once when its time is past", () => {
  const { clock, fleet } = smallFleet();
  clock.runUntil(5 * SECOND);
  const begun: number[] = [];
  spawn(
    clock,
    (function* () {
      yield* awaitWhen(3 * SECOND, fleet);
      begun.push(clock.nowUs);
    })(),
  );
  clock.runUntil(6 * SECOND);
  assert.deepEqual(begun, [5 * SECOND]);
});

Deno.test("awaitWhen() waits for a step of any rollout, or of one, and so long after it", () => {
  const any = begin({ kind: "atStep", step: 1, after: "30s" });
  const one = begin({ kind: "atStep", step: 1, rollout: "chat" });
  for (const { clock, step } of [any, one]) {
    clock.runUntil(2 * SECOND);
    step("chat", 0, "Progressing");
    clock.runUntil(5 * SECOND);
    step("other", 1, "Progressing");
    clock.runUntil(8 * SECOND);
    step("chat", 1, "Progressing");
    clock.runUntil(60 * SECOND);
  }
  assert.deepEqual(any.begun, [35]);
  assert.deepEqual(one.begun, [8]);
});

Deno.test("awaitWhen() begins at a step that is a pause", () => {
  const { clock, begun, step } = begin({ kind: "atStep", step: 1 });
  clock.runUntil(SECOND);
  step("chat", 1, "Paused");
  clock.runUntil(2 * SECOND);
  assert.deepEqual(begun, [1]);
});

Deno.test("awaitWhen() begins at a step at time 0, and once only", () => {
  const { clock, begun, step } = begin({ kind: "atStep", step: 0 });
  clock.runUntil(0);
  step("chat", 0, "Progressing");
  clock.runUntil(SECOND);
  step("chat", 0, "Progressing");
  clock.runUntil(2 * SECOND);
  assert.deepEqual(begun, [0]);
});

Deno.test("awaitWhen() takes an abort for no step", () => {
  const { clock, begun, step } = begin({ kind: "atStep", step: 2 });
  clock.runUntil(SECOND);
  step("chat", 2, "Degraded");
  clock.runUntil(2 * SECOND);
  assert.deepEqual(begun, []);
});

Deno.test("awaitWhen() waits for a fault's beginning, whether before or after it asks", () => {
  const later = begin({ kind: "after", fault: { ref: "xid79" }, delay: "10s" });
  later.clock.runUntil(3 * SECOND);
  later.fault("other", "begin");
  later.fault("xid79", "end");
  later.clock.runUntil(5 * SECOND);
  later.fault("xid79", "begin");
  later.clock.runUntil(60 * SECOND);
  assert.deepEqual(later.begun, [15]);

  const earlier = begin({ kind: "after", fault: { ref: "xid79" } });
  earlier.fault("xid79", "begin");
  earlier.clock.runUntil(SECOND);
  assert.deepEqual(earlier.begun, [0]);
});

Deno.test("awaitWhen() never ends after a fault that is not there", () => {
  const { clock, begun, fault } = begin({ kind: "after", fault: { ref: null } });
  fault("null", "begin");
  clock.runUntil(100 * SECOND);
  assert.deepEqual(begun, []);
});

Deno.test("awaitWhen() looks at a condition every second, on the windows of that second", () => {
  const check = { kind: "metric", metric: "rps", comparison: "above", threshold: 1.5 };
  const { clock, begun, load } = begin({ kind: "whenever", check: { ...check, over: "1s" } });
  clock.runUntil(4 * SECOND);
  load(2, SECOND / 4);
  clock.runUntil(10 * SECOND);
  assert.deepEqual(begun, [5]);
});

Deno.test("awaitWhen() takes no sample for no condition", () => {
  const check = { kind: "metric", metric: "errorRate", comparison: "below", threshold: "50%" };
  const { clock, begun, load } = begin({ kind: "whenever", check });
  clock.runUntil(20 * SECOND);
  assert.deepEqual(begun, []);
  load(1, 0, 5);
  clock.runUntil(30 * SECOND);
  assert.deepEqual(begun, [21]);
});
