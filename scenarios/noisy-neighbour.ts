// Batch work floods a service that a chat shares; its priority must keep the chat's service level.
// Shows: the endpoint picker turns requests of negative priority away (429) while servers have queues; the
// two loads are counted apart, each against objectives of its own.
// Expect: the chat keeps its goodput and its error budget through the flood, and the batch work is turned
// away instead.

import { lognormal, main, metric, poisson, scenario, spike } from "mtop";
import production from "../mocks/config/production.json" with { type: "json" };
import llama from "../mocks/crs/llama-3-1-8b.json" with { type: "json" };

const service = "llama-3-1-8b";
const template = { ...llama.spec.template, nodeSelector: {} };
const lengths = {
  prompt: lognormal({ mean: 1_500, p99: 8_000 }),
  output: lognormal({ mean: 250, p99: 1_000 }),
};

export const noisyNeighbour = scenario({
  name: "noisy-neighbour",
  about: "Batch work floods a service that a chat shares; the chat must not notice.",
  seed: 11,
  duration: "14m",
  warmup: "2m",
  cluster: { nodes: [{ count: 1, gpus: "8xH100-SXM" }] },
  services: [{ ...llama, spec: { ...llama.spec, replicas: 2, template } }],
  configs: [production],
  slo: { [service]: { ttft: { p95: "1500ms" }, goodput: "95%" } },
  load: [
    poisson("chat", { to: service, rps: 8, objective: 10, ...lengths }),
    spike("batch", {
      ...{ to: service, objective: -1, ...lengths },
      ...{ rps: 1, peak: 40, at: "5m", for: "5m" },
      slo: { e2e: { p95: "1m" }, goodput: "20%" },
    }),
  ],
  expect: [
    metric.goodput({ load: "chat" }).above("95%"),
    metric.burnRate({ load: "chat" }).below(1),
    metric.errorRate({ load: "chat" }).below("0.2%"),
    metric.errorRate({ load: "batch" }).above("10%"),
  ],
});

export default noisyNeighbour;
if (import.meta.main) Deno.exitCode = await main(noisyNeighbour);
