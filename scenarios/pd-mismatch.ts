// Four GPUs of a service that prefills and decodes apart, shared out three to one: which way round?
// Shows: ten prompts of 4,000 tokens a second, with short answers. One prefill pod computes nine of them:
// the others queue there, TTFT grows without end and three decode pods idle. Three prefill pods and one
// that decodes serve the same requests with room to spare.
// Expect: goodput and TTFT of the ratio that fits, and TTFT a tenth of the other's at the most.

import { expect, lognormal, main, metric, poisson, scenario } from "mtop";
import production from "../mocks/config/production.json" with { type: "json" };
import llama from "../mocks/crs/llama-3-1-8b.json" with { type: "json" };

const service = "llama-3-1-8b";

/** The service with so many pods that prefill, and the rest of four that decode. */
function split(prefill: number) {
  const template = { ...llama.spec.template, nodeSelector: {} };
  const spec = { ...llama.spec, replicas: 4 - prefill, template };
  return { ...llama, spec: { ...spec, prefill: { replicas: prefill, template } } };
}

const withPrefill = (prefill: number) =>
  ({
    name: "pd-mismatch",
    about: "Prefill and decode pods in the ratio that the prompts ask for, against the other one.",
    seed: 5,
    duration: "10m",
    warmup: "1m",
    cluster: { nodes: [{ count: 1, gpus: "4xH100-SXM" }] },
    services: [split(prefill)],
    configs: [production],
    slo: { [service]: { ttft: { p95: "2s" }, itl: { p95: "40ms" } } },
    load: [poisson("documents", {
      to: service,
      rps: 10,
      prompt: lognormal({ mean: 4_000, p99: 14_000 }),
      output: lognormal({ mean: 120, p99: 500 }),
    })],
  }) as const;

export const mismatched = scenario({ ...withPrefill(1), name: "one-prefill-pod" });

export const pdMismatch = scenario({
  ...withPrefill(3),
  expect: [
    expect.betterThan(mismatched, metric.ttft("p95"), { by: "90%" }),
    metric.ttft("p95").below("2s"),
    metric.goodput().above("90%"),
  ],
});

export default pdMismatch;
if (import.meta.main) Deno.exitCode = await main(pdMismatch);
