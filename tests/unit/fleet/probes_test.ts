import assert from "node:assert/strict";
import { asksAt, failsAt, passesAt, type Probe, readyAt } from "../../../src/fleet/probes.ts";
import { PICKER_PROBES, SERVER_PROBES } from "../../../src/fleet/timings.ts";
import fc from "../../fast_check.ts";

const SECOND = 1_000_000;

/**
 * The kubelet's worker, probe by probe: a tick a period from the start on, one kept while a probe is under
 * way, those within the initial delay skipped; until so many in a row had the result that is asked for.
 */
function probed(
  probe: Probe,
  startedUs: number,
  wanted: "pass" | "fail",
  answers: (us: number) => boolean,
  hangs: boolean,
): number {
  const { initialDelayUs, periodUs, timeoutUs, successThreshold, failureThreshold } = probe;
  const threshold = wanted === "pass" ? successThreshold : failureThreshold;
  let inARow = 0;
  let tick = startedUs + periodUs;
  for (let us = tick;;) {
    let endUs = us;
    if (us - startedUs >= initialDelayUs) {
      const passed = answers(us);
      if (!passed && hangs) endUs += timeoutUs;
      inARow = passed === (wanted === "pass") ? inARow + 1 : 0;
      if (inARow === threshold) return endUs;
    }
    tick += periodUs;
    us = Math.max(tick, endUs);
    while (tick + periodUs <= us) tick += periodUs;
  }
}

const seconds = (min: number, max: number) => fc.integer({ min, max }).map((n) => n * SECOND);
const probes = fc.record({
  initialDelayUs: seconds(0, 40),
  periodUs: seconds(1, 15),
  timeoutUs: seconds(1, 20),
  successThreshold: fc.integer({ min: 1, max: 5 }),
  failureThreshold: fc.integer({ min: 1, max: 12 }),
});
const instant = fc.integer({ min: 0, max: 600 * SECOND });

Deno.test("passesAt() is when a kubelet that asks probe by probe sees it", () => {
  fc.assert(fc.property(probes, instant, instant, (probe, startedUs, afterUs) => {
    const answersUs = startedUs + afterUs;
    const naive = probed(probe, startedUs, "pass", (us) => us >= answersUs, false);
    assert.equal(passesAt(probe, startedUs, answersUs), naive);
  }));
});

Deno.test("failsAt() is when a kubelet that asks probe by probe sees it", () => {
  fc.assert(
    fc.property(probes, instant, instant, fc.boolean(), (probe, startedUs, afterUs, hangs) => {
      const sinceUs = startedUs + afterUs;
      const naive = probed(probe, startedUs, "fail", (us) => us < sinceUs, hangs);
      assert.equal(failsAt(probe, startedUs, sinceUs, hangs ? "hangs" : "refused"), naive);
    }),
  );
});

Deno.test("readyAt() asks out of turn when the startup probe has passed, then at its beat", () => {
  fc.assert(fc.property(probes, instant, instant, (probe, startedUs, afterUs) => {
    const sinceUs = startedUs + afterUs;
    const rest = { ...probe, successThreshold: probe.successThreshold - 1 };
    const outOfTurn = afterUs >= probe.initialDelayUs;
    const naive = !outOfTurn
      ? probed(probe, startedUs, "pass", (us) => us >= sinceUs, false)
      : rest.successThreshold === 0
      ? sinceUs
      : probed(rest, startedUs, "pass", (us) => us > sinceUs, false);
    assert.equal(readyAt(probe, startedUs, sinceUs), naive);
  }));
});

Deno.test("readyAt() is at once without a readiness probe", () => {
  assert.equal(readyAt(undefined, 3, 7), 7);
});

Deno.test("failsAt() gives KServe's server 600 s to start and takes it out 2 s after it hangs", () => {
  const { startup, readiness, liveness } = SERVER_PROBES;
  assert.equal(failsAt(startup!, 0, 0, "refused"), 600 * SECOND);
  // Asked at 1001 s and at 1002 s, each for a second.
  assert.equal(failsAt(readiness!, 0, 1000 * SECOND + 1, "hangs"), 1003 * SECOND);
  assert.equal(failsAt(liveness!, 0, 1000 * SECOND + 1, "hangs"), 1101 * SECOND);
});

Deno.test("asksAt() asks the endpoint picker 30 s after its start, not before", () => {
  assert.equal(asksAt(PICKER_PROBES.readiness!, 5 * SECOND, 5 * SECOND), 35 * SECOND);
});
