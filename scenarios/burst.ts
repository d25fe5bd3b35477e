// A burst of requests, ten times the usual rate for half a minute, of tenants with long prompts of their own.
// Shows: an endpoint picker that knows where each tenant's prompt is cached takes the burst; a gateway that
// takes turns fills every cache with every prompt. That way is simulated as well, with the same requests at
// the same instants.
// Expect: the service keeps its level, loses nothing, costs what was planned, and its TTFT is far better than
// by turns.

import { expect, lognormal, main, metric, scenario, sharedPrefix, spike } from "mtop";
import production from "../mocks/config/production.json" with { type: "json" };
import llama from "../mocks/crs/llama-3-1-8b.json" with { type: "json" };

const service = "llama-3-1-8b";
const template = { ...llama.spec.template, nodeSelector: {} };
const spec = { ...llama.spec, replicas: 4, template };

const common = {
  seed: 5,
  duration: "9m",
  warmup: "2m",
  cluster: { nodes: [{ count: 1, gpus: "8xH100-SXM" }], prices: { "H100-SXM": 4 } },
  configs: [production],
  slo: { [service]: { ttft: { p95: "1s" }, goodput: "90%" } },
  load: [
    spike("agents", {
      to: service,
      ...{ rps: 12, peak: 120, at: "5m", for: "30s" },
      requests: sharedPrefix({
        ...{ groups: 120, usersPerGroup: 4, systemTokens: 6_000, questionTokens: 300 },
        outputTokens: lognormal({ mean: 200, p99: 800 }),
      }),
    }),
  ],
} as const;

const byTurns = scenario({
  ...common,
  name: "by-turns",
  services: [{ ...llama, spec: { ...spec, baseRefs: [], router: { route: {}, gateway: {} } } }],
});

export const burst = scenario({
  ...common,
  name: "burst",
  about:
    "A burst of ten times the usual rate; prefix-aware routing must take it better than turns.",
  services: [{ ...llama, spec }],
  expect: [
    metric.goodput().above("90%"),
    expect.always(metric.ttft("p95").below("1s")),
    expect.noRequestLost(service),
    expect.costBelow("$3"),
    expect.betterThan(byTurns, metric.ttft("p95"), { by: "50%" }),
  ],
});

export default burst;
if (import.meta.main) Deno.exitCode = await main(burst);
