// A GPU meets a memory error that it cannot contain (Xid 95), under one of four servers of a 70B model.
// Shows: what the server held is lost at once. A minute later remediation drains the node, which takes the
// other server on it too: both start anew on a spare node while two carry all, too few for this load. The GPU
// is reset, tested for 15 minutes and given back.
// Expect: some requests lost, TTFT back within 15 minutes, the GPU within 25.

import { expect, gpuXid, lognormal, main, metric, pods, poisson, scenario } from "mtop";
import llama from "../mocks/crs/llama-3-70b.json" with { type: "json" };

const xid95 = gpuXid(95, {
  name: "xid95",
  on: pods({ service: "llama-3-70b" }).first(),
  when: "5m",
});

export const gpuError = scenario({
  name: "gpu-xid",
  about: "An uncontained ECC error takes a GPU and its node; a spare node saves the SLO.",
  seed: 7,
  duration: "35m",
  warmup: "2m",
  cluster: { nodes: [{ count: 3, gpus: "8xH100-SXM" }] },
  services: [llama],
  slo: { "llama-3-70b": { ttft: { p95: "2s" }, itl: { p95: "100ms" } } },
  load: [
    poisson("chat", {
      to: "llama-3-70b",
      rps: 18,
      prompt: lognormal({ mean: 1_300, p99: 7_800 }),
      output: lognormal({ mean: 220, p99: 1_200 }),
    }),
  ],
  faults: [xid95],
  expect: [
    metric.lost().below(80),
    metric.goodput().above("55%"),
    expect.recovered("llama-3-70b", {
      check: metric.ttft("p95").below("2s"),
      within: "15m",
      after: xid95,
    }),
    expect.event({ reason: "GPUHealthy", within: "25m", after: xid95 }),
  ],
});

export default gpuError;
if (import.meta.main) Deno.exitCode = await main(gpuError);
