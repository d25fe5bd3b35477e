// A canary that goes through: first copies of requests, then a tenth, a half, and all of the traffic.
// Shows: the canary starts cold and unseen (setMirrorRoute), an analysis holds it against stable, its
// errors are watched beside the steps, and stable's pods go once the canary has its replicas.
// Expect: completed, all weight on the canary, no request lost on the way.

import { analysis, analyze, canary, expect, lognormal, main, metric, pause, poisson } from "mtop";
import { scenario, setCanaryScale, setMirrorRoute, setWeight } from "mtop";
import qwen from "../mocks/crs/qwen2-5-7b.json" with { type: "json" };

const asGoodAsStable = analysis("as-good-as-stable", {
  ...{ every: "20s", count: 4, failureLimit: 1 },
  checks: [
    metric.ttft("p90", { of: "canary", over: "2m" }).comparedTo({ of: "stable" }).below("250%"),
    metric.itl("p90", { of: "canary", over: "2m" }).comparedTo({ of: "stable" }).below("200%"),
  ],
});

const errorRate = metric.errorRate({ of: "canary" }).below("1%");
const errors = analysis("errors", { every: "10s", checks: [errorRate] });

export const canarySuccess = scenario({
  name: "canary-success",
  about: "A canary of a 7B model is tried with copies, compared with stable, and takes over.",
  seed: 42,
  duration: "20m",
  warmup: "1m",
  cluster: { nodes: [{ count: 2, gpus: "2xA100-SXM-80GB" }] },
  services: [qwen],
  slo: { "qwen2-5-7b": { ttft: { p95: "1s" }, itl: { p95: "60ms" } } },
  load: [
    poisson("chat", {
      to: "qwen2-5-7b",
      rps: 5,
      prompt: lognormal({ mean: 900, p99: 4_000 }),
      output: lognormal({ mean: 220, p99: 900 }),
    }),
  ],
  rollouts: [
    canary("qwen2-5-7b", {
      at: "2m",
      to: { image: "vllm/vllm-openai:v0.15.1" },
      steps: [
        ...[setCanaryScale({ replicas: 1 }), setMirrorRoute(25), pause("2m"), setMirrorRoute()],
        ...[setWeight(10), pause("2m"), setCanaryScale({ matchTrafficWeight: true })],
        ...[setWeight(50), pause("2m"), analyze(asGoodAsStable)],
      ],
      analysis: errors,
    }),
  ],
  expect: [
    expect.completed("qwen2-5-7b", { within: "20m" }),
    expect.weight("qwen2-5-7b", "canary", 100),
    metric.goodput().above("95%"),
    metric.lost().below(1),
  ],
});

export default canarySuccess;
if (import.meta.main) Deno.exitCode = await main(canarySuccess);
