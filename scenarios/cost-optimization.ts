// The same load on H100s and on A100s, each with as few as hold its SLO: which costs less?
// Shows: an hour of an A100 is half the price, and three of them put out tokens for the least money of all,
// not one of them in time. To hold the SLO they must be six; two H100s hold it too and cost a third less.
// What counts is the price of a million good tokens, not of a GPU.
// Expect: the SLO held, for less than $1.50 of GPU time, and for a tenth less than on A100s or better.

import { expect, lognormal, main, metric, poisson, scenario } from "mtop";
import production from "../mocks/config/production.json" with { type: "json" };
import llama from "../mocks/crs/llama-3-1-8b.json" with { type: "json" };

const service = "llama-3-1-8b";

/** USD an hour, entered and not found out: put in what you pay. */
const prices = { "H100-SXM": 4.1, "A100-SXM-80GB": 2.21 };

/** The load on so many GPUs of a kind, a pod each. */
const fleet = (name: string, gpu: keyof typeof prices, replicas: number) => {
  const template = { ...llama.spec.template, nodeSelector: {} };
  return {
    name,
    seed: 3,
    duration: "10m",
    warmup: "2m",
    cluster: { nodes: [{ count: 1, gpus: `${replicas}x${gpu}` }], prices },
    services: [{ ...llama, spec: { ...llama.spec, replicas, template } }],
    configs: [production],
    slo: { [service]: { ttft: { p95: "500ms" }, itl: { p95: "60ms" } } },
    load: [poisson("chat", {
      to: service,
      rps: 30,
      prompt: lognormal({ mean: 900, p99: 6_000 }),
      output: lognormal({ mean: 250, p99: 1_000 }),
    })],
  } as const;
};

export const a100s = scenario(fleet("six-a100s", "A100-SXM-80GB", 6));

export const costOptimization = scenario({
  ...fleet("cost-optimization", "H100-SXM", 2),
  about: "Two H100s against the six A100s that hold the same SLO: cost of a load.",
  expect: [
    metric.goodput().above("95%"),
    expect.costBelow("$1.50", { service }),
    expect.betterThan(a100s, metric.cost(), { by: "10%" }),
  ],
});

export default costOptimization;
if (import.meta.main) Deno.exitCode = await main(costOptimization);
