// A shadow: a new configuration gets copies of half of the requests, and nobody reads its answers.
// Shows: with --max-num-seqs=4 requests queue up before the engine; the analysis of the copies sees the
// time to the first token grow and ends it. Users' requests are answered by stable all the while.
// Expect: aborted, no weight ever, goodput as before.

import { analysis, expect, lognormal, main, metric, poisson, scenario, shadow } from "mtop";
import qwen from "../mocks/crs/qwen2-5-7b.json" with { type: "json" };

const copies = analysis("copies", {
  every: "15s",
  initialDelay: "1m",
  failureLimit: 2,
  checks: [
    metric.ttft("p90", { of: "shadow" }).comparedTo({ of: "stable" }).below("300%"),
    metric.errorRate({ of: "shadow" }).below("1%"),
  ],
});

export const shadowScenario = scenario({
  name: "shadow",
  about: "Copies of half of the requests show that a new configuration cannot keep up.",
  seed: 42,
  duration: "18m",
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
    shadow("qwen2-5-7b", {
      at: "2m",
      to: { args: ["--max-num-seqs=4"] },
      percent: 50,
      for: "5m",
      analysis: copies,
    }),
  ],
  expect: [
    expect.aborted("qwen2-5-7b", { within: "14m" }),
    expect.weight("qwen2-5-7b", "shadow", 0),
    metric.ttft("p90", { of: "shadow" }).above("1s"),
    metric.goodput().above("95%"),
  ],
});

export default shadowScenario;
if (import.meta.main) Deno.exitCode = await main(shadowScenario);
