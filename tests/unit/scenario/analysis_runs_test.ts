// Analyses in whole runs: a canary held against stable, one that leaves it to a person, one by burn rate.
import assert from "node:assert/strict";
import { run, smallScenario } from "./small_run.ts";

const POISSON = smallScenario().load;
const LOAD = [{ ...POISSON[0], rps: 12, prompt: { kind: "uniform", min: 100, max: 900 } }];

const canary = (checks: readonly unknown[], fields: object = {}) => ({
  kind: "canary",
  service: "chat",
  at: "1m",
  to: { image: "vllm:2" },
  steps: [
    { kind: "setCanaryScale", replicas: 2 },
    { kind: "setWeight", weight: 50 },
    { kind: "pause", duration: "4m" },
    { kind: "setWeight", weight: 100 },
  ],
  analysis: {
    kind: "analysis",
    name: "guard",
    every: "30s",
    initialDelay: "1m",
    checks,
    ...fields,
  },
});

function rolled(checks: readonly unknown[], fields: object = {}) {
  const { analysis, ...rest } = { analysis: {}, ...fields };
  return run(smallScenario({
    ...{ duration: "15m", load: LOAD, rollouts: [canary(checks, analysis)] },
    ...rest,
  }));
}

const outcome = (name: string) => ({ kind: "rollout", service: "chat", outcome: name });

const SHIFT = {
  ...{ kind: "distribution", metric: "tpot", of: "canary", against: { of: "stable" } },
  direction: "above",
};

Deno.test("a canary like stable passes the Mann-Whitney test, one on slow GPUs does not", () => {
  const same = rolled([SHIFT], { expect: [outcome("completed")] });
  assert.equal(same.of("verdict")[0]!.passed, true, same.of("verdict")[0]!.got);
  const slow = {
    ...{ kind: "gpu-throttled", name: "hot", when: { kind: "atStep", step: 2 }, permanent: true },
    ...{ by: "70%", on: { kind: "pods", mode: "all", service: "chat", of: "canary" } },
  };
  const hot = rolled([SHIFT], { expect: [outcome("aborted")], faults: [slow] });
  const [verdict] = hot.of("verdict");
  assert.equal(verdict!.passed, true, verdict!.got);
  const failed = hot.of("measurement").find(({ phase }) => phase === "Failed")!;
  assert.ok(failed.value! > 600_000, `${failed.value}`);
});

Deno.test("an analysis holds one load's latencies against stable's, by percentile and as a whole", () => {
  const load = [...LOAD, {
    ...LOAD[0],
    name: "batch",
    rps: 1,
    prompt: { kind: "fixed", tokens: 6_000 },
  }];
  const p95 = { kind: "metric", metric: "ttft", of: "canary", comparison: "above" };
  const against = { comparedTo: { of: "stable" }, threshold: "50%" };
  const checks = [
    { ...p95, load: "batch", threshold: "200ms" },
    { ...p95, load: "users", ...against },
    { ...SHIFT, load: "batch", minSamples: 5 },
  ];
  const { of } = rolled(checks, { load, expect: [outcome("completed")] });
  assert.equal(of("verdict")[0]!.passed, true, of("verdict")[0]!.got);
  const names = new Set(of("measurement").map(({ check }) => check));
  assert.deepEqual([...names], [
    "ttft p95 above 200ms of canary for batch",
    "ttft p95 above 50% of canary for users against stable",
    "tpot of canary not above stable for batch (Mann-Whitney, 98%)",
  ]);
  // Of all requests together it would have been aborted.
  const { load: _, ...all } = checks[0]!;
  const aborted = rolled([all], { load, expect: [outcome("aborted")] });
  assert.equal(aborted.of("verdict")[0]!.passed, true, aborted.of("verdict")[0]!.got);
});

Deno.test("an analysis between good and bad pauses a canary for a person", () => {
  const check = {
    ...{ kind: "metric", metric: "ttft", of: "canary", comparison: "below" },
    ...{ threshold: "1ms", failsAbove: "1h", inconclusiveLimit: 1 },
  };
  const weight = { kind: "weight", service: "chat", revision: "canary", weight: 50 };
  const { of } = rolled([check], { expect: [outcome("inconclusive"), outcome("paused"), weight] });
  assert.deepEqual(of("verdict").map(({ passed }) => passed), [true, true, true]);
});

Deno.test("an analysis by burn rate aborts a canary whose requests spend the budget", () => {
  // No answer is that fast: all are bad, a hundred times what may be.
  const slo = { chat: { ttft: { p95: "1ms" }, goodput: "99%" } };
  const check = {
    ...{ kind: "metric", metric: "burnRate", of: "canary", over: "1m", short: "5s" },
    ...{ comparison: "below", threshold: 14.4 },
  };
  const { of } = rolled([check], { slo, expect: [outcome("aborted")] });
  assert.equal(of("verdict")[0]!.passed, true);
  assert.equal(of("measurement")[0]!.value, 100_000);
});

Deno.test("whenever() waits for a burn rate", () => {
  const slo = { chat: { e2e: { p95: "1h" }, goodput: "99%" } };
  const check = {
    ...{ kind: "metric", metric: "burnRate", over: "1m", comparison: "above", threshold: 2 },
  };
  const loss = { kind: "node-loss", when: "3m", for: "2m", on: { kind: "nodes", mode: "first" } };
  const { of } = run(smallScenario({
    ...{ slo, faults: [loss] },
    changes: [{
      kind: "change",
      service: "chat",
      when: { kind: "whenever", check },
      stopped: true,
    }],
  }));
  const stopped = of("event").find(({ reason }) =>
    reason === "LLMInferenceServiceStopped" ||
    reason.includes("Stop")
  );
  const scaled = of("scale").filter(({ at, replicas }) => at > 0 && replicas === 0);
  assert.ok(stopped ?? scaled[0], "it was never stopped");
  const at = (stopped ?? scaled[0])!.at / 1e6;
  assert.ok(at > 180 && at < 300, `${at}`);
});
