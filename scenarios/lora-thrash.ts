// Three tenants, each with a LoRA adapter of its own, on servers that hold one adapter at a time.
// Shows: vLLM runs no more different adapters in a batch than it has slots (--max-loras). A tenant waits
// until the last request of another's is over, while the GPU has room for all of them; that the endpoint
// picker sends tenants to where their adapter is does not help where there are more of them than servers.
// Expect: requests queue for seconds though hardly any KV cache is in use. With three slots none would.

import { expect, fixed, main, metric, poisson, scenario } from "mtop";
import tenants from "../mocks/config/multi-tenant.json" with { type: "json" };
import llama from "../mocks/crs/support-llama-3-1-8b-lora.json" with { type: "json" };

const service = "llama-3-1-8b-lora";
const { model } = llama.spec;
const oneSlot = { ...model, lora: { ...model.lora, maxAdapters: 1 } };

export const loraThrash = scenario({
  name: "lora-thrash",
  about: "More adapters than slots: tenants take turns at GPUs that have room for all of them.",
  seed: 11,
  duration: "10m",
  warmup: "1m",
  cluster: { nodes: [{ count: 1, gpus: "2xL40S" }] },
  services: [{ ...llama, spec: { ...llama.spec, model: oneSlot } }],
  configs: [tenants],
  load: ["refunds", "triage", "tone"].map((adapter) =>
    poisson(adapter, { to: service, adapter, rps: 0.8, prompt: fixed(600), output: fixed(150) })
  ),
  expect: [
    metric.queue("p95").above("2s"),
    metric.kvCacheUsage().below("15%"),
    expect.noRequestLost(service),
  ],
});

export default loraThrash;
if (import.meta.main) Deno.exitCode = await main(loraThrash);
