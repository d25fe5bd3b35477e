// A spike of one minute makes clients time out and try again, which keeps servers busy with answers that
// nobody waits for: a retry storm outlives its cause, unless requests are turned away while there is time.
// Shows: timeouts and retries as clients have them, and the endpoint picker, which turns requests of negative
// priority away (429) while servers have queues. Without that the service never recovers.
// Expect: many attempts fail in the storm, and the service keeps its objective again within four minutes.

import { expect, lognormal, main, metric, scenario, spike } from "mtop";
import production from "../mocks/config/production.json" with { type: "json" };
import llama from "../mocks/crs/llama-3-1-8b.json" with { type: "json" };

const service = "llama-3-1-8b";
const template = { ...llama.spec.template, nodeSelector: {} };

export const retryStorm = scenario({
  name: "retry-storm",
  about: "Clients try again after a spike; requests turned away early must keep the storm short.",
  seed: 3,
  duration: "14m",
  warmup: "2m",
  cluster: { nodes: [{ count: 1, gpus: "8xH100-SXM" }] },
  services: [{ ...llama, spec: { ...llama.spec, replicas: 2, template } }],
  configs: [production],
  slo: { [service]: { ttft: { p95: "2s" }, goodput: "90%" } },
  load: [
    spike("chat", {
      to: service,
      ...{ rps: 14, peak: 50, at: "4m", for: "1m" },
      prompt: lognormal({ mean: 1_500, p99: 8_000 }),
      output: lognormal({ mean: 250, p99: 1_000 }),
      timeout: "20s",
      retries: { attempts: 6, backoff: "500ms", maxBackoff: "1s" },
      objective: -1,
    }),
  ],
  expect: [
    metric.errorRate().above("15%"),
    expect.recovered(service, { within: "4m", after: "4m" }),
    expect.always(metric.ttft("p95").below("1500ms"), { after: "8m" }),
  ],
});

export default retryStorm;
if (import.meta.main) Deno.exitCode = await main(retryStorm);
