// A canary of a 70B model loses a GPU while it holds a quarter of the traffic.
// Shows: an Xid 79 kills the canary's only server; its requests fail, the analysis sees the errors and
// aborts, and the traffic is back on stable before most users notice.
// Expect: aborted within two minutes of the fault, no weight on the canary, goodput above 95 %.

import { analysis, atStep, canary, expect, gpuXid, lognormal, main, metric, pause } from "mtop";
import { pods, poisson, scenario, setWeight } from "mtop";
import llama from "../mocks/crs/llama-3-70b.json" with { type: "json" };

const latencyGuard = analysis("latency-guard", {
  every: "10s",
  failureLimit: 1,
  checks: [
    metric.ttft("p95", { of: "canary" }).below("1500ms"),
    metric.errorRate({ of: "canary" }).below("1%"),
  ],
});

const xid79 = gpuXid(79, {
  name: "xid79",
  on: pods({ service: "llama-3-70b", of: "canary" }).first(),
  when: atStep(2, { after: "30s" }),
});

export const canaryFailure = scenario({
  name: "canary-failure",
  about: "A 70B canary loses a GPU (Xid 79) while it holds 25 %; the analysis must abort it.",
  seed: 42,
  duration: "30m",
  warmup: "2m",
  cluster: { nodes: [{ count: 6, gpus: "8xH100-SXM" }] },
  services: [llama],
  slo: { "llama-3-70b": { ttft: { p95: "2s" }, itl: { p95: "60ms" } } },
  load: [
    poisson("chat", {
      to: "llama-3-70b",
      rps: 24,
      prompt: lognormal({ mean: 900, p99: 6_000 }),
      output: lognormal({ mean: 220, p99: 1_200 }),
    }),
  ],
  rollouts: [
    canary("llama-3-70b", {
      at: "4m",
      to: { image: "vllm/vllm-openai:v0.15.1" },
      steps: [setWeight(5), pause("2m"), setWeight(25), pause("5m"), setWeight(100)],
      analysis: latencyGuard,
    }),
  ],
  faults: [xid79],
  expect: [
    expect.aborted("llama-3-70b", { within: "2m", after: xid79 }),
    expect.weight("llama-3-70b", "canary", 0),
    metric.goodput().above("95%"),
  ],
});

export default canaryFailure;
if (import.meta.main) Deno.exitCode = await main(canaryFailure);
