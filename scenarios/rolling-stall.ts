// A rolling update that finds no GPU: every one is taken by the pods that it is to replace.
// Shows: the default strategy surges one pod before it takes one away; the surged pod stays Pending, the
// progress deadline of ten minutes passes, and the update is undone by itself (rollback).
// Expect: stalled, then undone; the old pods serve all the while. A second node lets it through.

import { expect, lognormal, main, metric, poisson, rolling, scenario } from "mtop";
import qwen from "../mocks/crs/qwen2-5-7b.json" with { type: "json" };

export const rollingStall = scenario({
  name: "rolling-stall",
  about: "A rolling update surges where no GPU is free, is overdue after 10 min, and undone.",
  seed: 42,
  duration: "16m",
  warmup: "1m",
  cluster: { nodes: [{ count: 1, gpus: "2xA100-SXM-80GB" }] },
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
    rolling("qwen2-5-7b", {
      at: "2m",
      to: { image: "vllm/vllm-openai:v0.15.1" },
      rollback: true,
    }),
  ],
  expect: [
    expect.stalled("qwen2-5-7b", { within: "13m" }),
    expect.aborted("qwen2-5-7b"),
    metric.goodput().above("95%"),
    metric.lost().below(1),
  ],
});

export default rollingStall;
if (import.meta.main) Deno.exitCode = await main(rollingStall);
