// What the compiler refuses: each directive is an error itself when its line is right.
import assert from "node:assert/strict";
import {
  atStep,
  badImage,
  every,
  expect,
  failingRevision,
  type Fault,
  fixed,
  gatewayErrors,
  gpuThrottled,
  gpuXid,
  hpaMetricLag,
  metric,
  networkDelay,
  nodeLoss,
  nodes,
  pause,
  podKill,
  pods,
  poisson,
  pullThrottled,
  quota,
  type Retries,
  type ScenarioOptions,
  setCanaryScale,
  sharedPrefix,
  slowStart,
  slowVolume,
  spotReclaim,
  stages,
  users,
  zoneLoss,
} from "mtop";

const groups = {
  groups: 1,
  usersPerGroup: 1,
  systemTokens: 1,
  questionTokens: 1,
  outputTokens: 1,
};
const retried = (retries: Retries) => retries;
const cluster = (bandwidth: ScenarioOptions["cluster"]["bandwidth"]) => bandwidth;

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
    // @ts-expect-error a lost node does not end and last for ever
    nodeLoss({ on: nodes().first(), when: "1m", for: "1m", permanent: true }),
    // @ts-expect-error an Xid that nobody knows
    gpuXid(12, { on: pods().first(), when: "1m" }),
    // @ts-expect-error clocks fall by a share
    gpuThrottled({ by: 0.3, on: pods().all(), when: "1m", for: "1m" }),
    // @ts-expect-error a zone has a name
    zoneLoss({ when: "1m", for: "1m" }),
    // @ts-expect-error a notice has a unit
    spotReclaim({ on: nodes().first(), when: "1m", notice: 30 }),
    // @ts-expect-error a beat has a unit
    every("10"),
    // @ts-expect-error a network that is slow says how slow
    networkDelay({ on: pods().all(), when: "1m", for: "1m" }),
    // @ts-expect-error metrics are late or gone, not both
    hpaMetricLag({ when: every("10m"), for: "1m" }),
    // @ts-expect-error a gateway's errors are its own
    gatewayErrors({ status: 404, when: "1m", for: "1m" }),
    // @ts-expect-error a slow start says how slow
    slowStart({ service: "chat", when: "1m", for: "1m" }),
    // @ts-expect-error a grace has a unit
    podKill({ on: pods().first(), when: "1m", grace: 0 }),
    // @ts-expect-error it is the share that is bad
    failingRevision({ service: "chat", failing: 0.05, when: "1m", for: "1m" }),
    // @ts-expect-error an image or a revision is bad
    badImage({ when: "1m", for: "1m" }),
    // @ts-expect-error a registry gives bytes or pulls
    pullThrottled({ when: "1m", for: "1m" }),
    // @ts-expect-error a volume is slow by a factor or to a bandwidth
    slowVolume({ factor: 0.5, bandwidth: "1GB/s", when: "1m", for: "1m" }),
    // @ts-expect-error a quota says of what
    quota({ when: "1m", for: "1m" }),
    // @ts-expect-error a delay has a unit
    atStep(2, { after: "30" }),
    // @ts-expect-error one of them, not none
    setCanaryScale({}),
    // @ts-expect-error an outcome is within a duration
    expect.aborted("chat", { within: 120 }),
    // @ts-expect-error a load has a length of prompts
    poisson("chat", { to: "chat", rps: 1, output: fixed(1) }),
    // @ts-expect-error requests have lengths of their own
    poisson("chat", { to: "chat", rps: 1, output: fixed(1), requests: sharedPrefix(groups) }),
    // @ts-expect-error a load has prompts or requests
    users("chat", { to: "chat", users: 1 }),
    // @ts-expect-error a think time has a unit
    users("chat", { to: "chat", users: 1, think: 5, requests: sharedPrefix(groups) }),
    // @ts-expect-error a stage lasts for some time
    stages("chat", { to: "chat", stages: [{ rps: 1 }], prompt: fixed(1), output: fixed(1) }),
    // @ts-expect-error what is wrong in itself is not tried again
    retried({ attempts: 2, on: ["invalid"] }),
    // @ts-expect-error metrics come late or not at all
    hpaMetricLag({ by: "1m", gone: true, when: "1m", for: "1m" }),
    // @ts-expect-error a bandwidth is per second
    cluster({ hub: "1GB" }),
  ];
}

Deno.test("wrong units are errors at compile time, and data for plan() at run time", () => {
  assert.equal(wrongUnits().length, 39);
});

Deno.test("a fault as data may have all that its word may have", () => {
  const options = { service: "chat", failing: "5%", cut: true, when: "1m", for: "1m" } as const;
  const fault: Fault = { kind: "failing-revision", ...options };
  assert.deepEqual(failingRevision(options), fault);
});
