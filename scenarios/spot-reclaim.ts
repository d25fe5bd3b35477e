// A provider takes two of three spot nodes back, under long answers of a 7B model.
// Shows: AWS says so two minutes before. Pods whose grace is as long end every answer they hold, and new nodes
// come three minutes later; meanwhile two servers of four carry the load. With the 30 s of Google Cloud the
// longest answers are lost.
// Expect: no request lost, goodput as ever, both nodes replaced, at the price of spot nodes.

import { expect, lognormal, main, metric, nodes, poisson, scenario, spotReclaim } from "mtop";
import qwen from "../mocks/crs/qwen2-5-7b.json" with { type: "json" };

const service = {
  ...qwen,
  spec: {
    ...qwen.spec,
    replicas: 4,
    template: { ...qwen.spec.template, terminationGracePeriodSeconds: 115 },
  },
};

const reclaim = spotReclaim({
  name: "reclaim",
  on: nodes({ service: "qwen2-5-7b" }).fixed(2),
  when: "4m",
  replacedAfter: "3m",
});

export const spot = scenario({
  name: "spot-reclaim",
  about: "Two of three spot nodes are taken back with two minutes' notice, and replaced.",
  seed: 5,
  duration: "30m",
  warmup: "1m",
  cluster: {
    nodes: [
      { count: 3, gpus: "1xA100-SXM-80GB", name: "spot", spot: "aws" },
      { count: 1, gpus: "1xA100-SXM-80GB", name: "own" },
    ],
    prices: { "A100-SXM-80GB": 1.5 },
  },
  services: [service],
  slo: { "qwen2-5-7b": { ttft: { p95: "1s" } } },
  load: [
    poisson("agents", {
      to: "qwen2-5-7b",
      rps: 3.5,
      prompt: lognormal({ mean: 900, p99: 4_000 }),
      output: lognormal({ mean: 2_500, p99: 6_000 }),
    }),
  ],
  faults: [reclaim],
  expect: [
    expect.noRequestLost("qwen2-5-7b"),
    metric.goodput().above("95%"),
    expect.costBelow("$4"),
    expect.event({ reason: "RegisteredNode", object: "spot-5", within: "5m", after: reclaim }),
  ],
});

export default spot;
if (import.meta.main) Deno.exitCode = await main(spot);
