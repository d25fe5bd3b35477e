// A zone goes dark for ten minutes, with one of three parts of a fleet in it.
// Shows: requests to its servers hang until the node controller gives its nodes up, 50 s later. Clients that
// wait 15 s at most and try again elsewhere save nearly all of them; two zones carry the load meanwhile.
// Expect: hardly a request lost, TTFT back within three minutes, long before the zone is.

import { expect, lognormal, main, metric, poisson, scenario, zoneLoss } from "mtop";
import qwen from "../mocks/crs/qwen2-5-7b.json" with { type: "json" };

const dark = zoneLoss({ name: "dark", zone: "b", when: "5m", for: "10m" });

const inZone = (zone: string) => ({
  count: 1,
  gpus: "4xA100-SXM-80GB",
  name: `gpu-${zone}`,
  zone,
} as const);

export const blackout = scenario({
  name: "zone-loss",
  about: "One of three zones goes dark; clients that try again find the servers of the others.",
  seed: 3,
  duration: "30m",
  warmup: "1m",
  cluster: { nodes: [inZone("a"), inZone("b"), inZone("c")] },
  services: [{ ...qwen, spec: { ...qwen.spec, replicas: 9 } }],
  slo: { "qwen2-5-7b": { ttft: { p95: "1s" } } },
  load: [
    poisson("chat", {
      to: "qwen2-5-7b",
      rps: 40,
      prompt: lognormal({ mean: 800, p99: 4_000 }),
      output: lognormal({ mean: 150, p99: 700 }),
      timeout: "15s",
      retries: { attempts: 4 },
    }),
  ],
  faults: [dark],
  expect: [
    metric.lost().below(300),
    metric.goodput().above("90%"),
    expect.recovered("qwen2-5-7b", {
      check: metric.ttft("p95", { over: "30s" }).below("1s"),
      within: "3m",
      after: dark,
    }),
    expect.event({ reason: "NodeNotReady", object: "gpu-b", within: "1m", after: dark }),
  ],
});

export default blackout;
if (import.meta.main) Deno.exitCode = await main(blackout);
