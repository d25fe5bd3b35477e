// Two of four nodes are drained for new kernels at one time, under most of six servers of a 7B model.
// Shows: a PodDisruptionBudget lets one server go at a time, the next one only when its heir is ready: the
// drain takes ten minutes instead of one, and no user feels it. Every server ends what it holds.
// Expect: no request lost, TTFT within its objective at all times.

import { expect, lognormal, main, metric, nodeDrain, nodes, poisson, scenario } from "mtop";
import qwen from "../mocks/crs/qwen2-5-7b.json" with { type: "json" };

const upgrade = nodeDrain({
  name: "upgrade",
  on: nodes({ service: "qwen2-5-7b" }).fixed(2),
  when: "3m",
  permanent: true,
});

export const maintenance = scenario({
  name: "node-drain",
  about: "Two nodes are drained at one time; a disruption budget keeps enough servers up.",
  seed: 11,
  duration: "30m",
  warmup: "1m",
  cluster: {
    nodes: [{ count: 4, gpus: "4xA100-SXM-80GB" }],
    budgets: { "qwen2-5-7b": { maxUnavailable: 1 } },
  },
  services: [{ ...qwen, spec: { ...qwen.spec, replicas: 6 } }],
  slo: { "qwen2-5-7b": { ttft: { p95: "1s" } } },
  load: [
    poisson("chat", {
      to: "qwen2-5-7b",
      rps: 40,
      prompt: lognormal({ mean: 800, p99: 4_000 }),
      output: lognormal({ mean: 150, p99: 700 }),
    }),
  ],
  faults: [upgrade],
  expect: [
    expect.noRequestLost("qwen2-5-7b"),
    expect.always(metric.ttft("p95", { over: "1m" }).below("1s")),
    metric.goodput().above("99%"),
    expect.event({ reason: "NodeNotSchedulable", object: "node-2" }),
  ],
});

export default maintenance;
if (import.meta.main) Deno.exitCode = await main(maintenance);
