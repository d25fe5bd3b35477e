// What the compiler refuses: each directive is an error itself when its line is right.
import assert from "node:assert/strict";
import {
  atStep,
  expect,
  fixed,
  gpuXid,
  metric,
  nodeLoss,
  nodes,
  pause,
  pods,
  poisson,
  setCanaryScale,
} from "mtop";

/** Never run: it is there to be type-checked. */
export function wrongUnits(): unknown[] {
  return [
    // @ts-expect-error a duration has a unit of time
    pause("5 minuts"),
    // @ts-expect-error a duration is no number
    pause(300),
    // @ts-expect-error a latency is below a duration, not a share
    metric.ttft("p95").below("5%"),
    // @ts-expect-error a latency is below a duration, not a bare number
    metric.ttft("p95").below(1500),
    // @ts-expect-error p42 is no statistic
    metric.ttft("p42").below("1s"),
    // @ts-expect-error a share is in percent
    metric.goodput().above(0.95),
    // @ts-expect-error a share is no duration
    metric.errorRate().below("1s"),
    // @ts-expect-error a rate is a number
    metric.rps().above("10"),
    // @ts-expect-error a look back is a duration
    metric.rps({ over: "5" }).above(10),
    // @ts-expect-error a fault needs a when
    gpuXid(79, { on: pods().first() }),
    // @ts-expect-error an Xid hits pods
    gpuXid(79, { on: nodes().first(), when: "1m" }),
    // @ts-expect-error a lost node says how it ends
    nodeLoss({ on: nodes().first(), when: "1m" }),
    // @ts-expect-error a delay has a unit
    atStep(2, { after: "30" }),
    // @ts-expect-error one of them, not none
    setCanaryScale({}),
    // @ts-expect-error an outcome is within a duration
    expect.aborted("chat", { within: 120 }),
    // @ts-expect-error a load has a length of prompts
    poisson("chat", { to: "chat", rps: 1, output: fixed(1) }),
  ];
}

Deno.test("wrong units are errors at compile time, and data for plan() at run time", () => {
  assert.equal(wrongUnits().length, 16);
});
