// An autoscaler brings a service back within its SLO after a step in its load, and then leaves it alone.
// Shows: the load on two replicas goes from 12 to 32 requests a second, more of them run at a time, and KEDA
// asks for a replica for every 30. New pods take minutes; meanwhile queues grow and the error budget burns.
// Expect: TTFT within its limit again within seven minutes and from then on, and replicas that settle.

import { expect, lognormal, main, metric, scenario, stages } from "mtop";
import production from "../mocks/config/production.json" with { type: "json" };
import llama from "../mocks/crs/llama-3-1-8b.json" with { type: "json" };

const service = "llama-3-1-8b";
const step = "8m";

/** New pods take three minutes: what was asked for must be there before more is, and calm must last. */
const behavior = {
  scaleUp: { policies: [{ type: "Pods", value: 3, periodSeconds: 240 }] },
  scaleDown: { stabilizationWindowSeconds: 900 },
};
const trigger = {
  type: "prometheus",
  metadata: {
    serverAddress: "http://prometheus.monitoring:9090",
    query: "sum(vllm:num_requests_running) + sum(vllm:num_requests_waiting)",
    threshold: "30",
  },
};
const keda = {
  pollingInterval: 15,
  advanced: { horizontalPodAutoscalerConfig: { behavior } },
  triggers: [trigger],
};
const { replicas: _, ...spec } = llama.spec;
const template = { ...spec.template, nodeSelector: {} };
const scaled = { ...spec, template, scaling: { minReplicas: 2, maxReplicas: 8, keda } };

export const sloConvergence = scenario({
  name: "slo-convergence",
  about: "A step in the load breaks the SLO; the autoscaler must bring it back and settle.",
  seed: 7,
  duration: "22m",
  warmup: "6m",
  cluster: { nodes: [{ count: 1, gpus: "8xH100-SXM" }] },
  services: [{ ...llama, spec: scaled }],
  configs: [production],
  slo: { [service]: { ttft: { p95: "1s" }, itl: { p95: "40ms" }, goodput: "90%" } },
  load: [stages("chat", {
    to: service,
    stages: [{ rps: 12, for: step }, { rps: 32, for: "14m" }],
    prompt: lognormal({ mean: 1_500, p99: 8_000 }),
    output: lognormal({ mean: 250, p99: 1_000 }),
  })],
  expect: [
    expect.recovered(service, { check: metric.ttft("p95").below("1s"), within: "7m", after: step }),
    expect.always(metric.replicas().above(2), { after: "14m" }),
    expect.event({ reason: "SuccessfulRescale", after: step, atMost: 4 }),
  ],
});

export default sloConvergence;
if (import.meta.main) Deno.exitCode = await main(sloConvergence);
