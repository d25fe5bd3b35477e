// A startup has one GPU, two small models, and a bill that must stay below $3 for half an hour.
// Shows: the H100 is cut in two by MIG, a slice for each model. The support bot gets twenty times its
// usual load for four minutes, as after a newsletter; the coding model in the other slice does not notice.
// Expect: both within their limits, and half of the bill of a GPU for each.

import { expect, lognormal, main, metric, poisson, scenario, spike } from "mtop";
import llama from "../mocks/crs/llama-3-2-3b.json" with { type: "json" };
import qwen from "../mocks/crs/qwen2-5-7b.json" with { type: "json" };

const bot = "llama-3-2-3b";
const coder = "qwen2-5-7b";

/** One replica on any node; a slice of a GPU is a GPU to its pod (MIG strategy "single"). */
function small<S extends { template: object }>(service: { spec: S }) {
  const template = { ...service.spec.template, nodeSelector: {} };
  return { ...service, spec: { ...service.spec, baseRefs: [], replicas: 1, template } };
}

export const startup = scenario({
  name: "startup",
  about:
    "One GPU in two slices serves two small models through a burst, at half the cost of two GPUs.",
  seed: 8,
  duration: "30m",
  cluster: {
    nodes: [{ count: 1, gpus: "1xH100-SXM", mig: "all-3g.40gb", migStrategy: "single" }],
  },
  services: [small(llama), small(qwen)],
  slo: {
    [bot]: { ttft: { p95: "1s" }, itl: { p95: "60ms" } },
    [coder]: { ttft: { p95: "2s" }, itl: { p95: "15ms" } },
  },
  load: [
    spike("newsletter", {
      ...{ to: bot, rps: 1, peak: 20, at: "12m", for: "4m", ramp: "1m" },
      ...{
        prompt: lognormal({ mean: 300, p99: 1_500 }),
        output: lognormal({ mean: 120, p99: 500 }),
      },
    }),
    poisson("coding", {
      ...{ to: coder, rps: 0.8 },
      ...{
        prompt: lognormal({ mean: 1_500, p99: 6_000 }),
        output: lognormal({ mean: 300, p99: 900 }),
      },
    }),
  ],
  expect: [
    metric.goodput({ service: bot }).above("75%"),
    metric.itl("p95", { service: coder }).below("15ms"),
    expect.always(metric.ttft("p95", { service: bot }).below("1s")),
    expect.costBelow("$3"),
  ],
});

export default startup;
if (import.meta.main) Deno.exitCode = await main(startup);
