// A model that is asked now and then holds no GPU while nobody asks.
// Shows: KEDA takes its last replica away after five quiet minutes; the endpoint picker's flow control holds
// what comes then, a look at its queue wakes the model, and whoever woke it waits for a cold start.
// Expect: no request is lost, half of the GPU time of a replica that stays is saved, and most requests,
// those that come while it is awake, are answered at once.

import { expect, fixed, main, metric, scenario, stages, uniform } from "mtop";
import qwen from "../mocks/crs/qwen2-5-7b.json" with { type: "json" };

const service = "qwen2-5-7b";
/** Who waits in the picker, and who is being answered: without a pod only the picker knows. */
const trigger = {
  type: "prometheus",
  metadata: {
    serverAddress: "http://prometheus.monitoring:9090",
    query: "sum(llm_d_epp_flow_control_queue_size) + sum(llm_d_epp_request_running)",
    threshold: "1000",
  },
};
const keda = { pollingInterval: 10, cooldownPeriod: 300, idleReplicaCount: 0, triggers: [trigger] };
const config = {
  apiVersion: "inference.networking.x-k8s.io/v1alpha1",
  kind: "EndpointPickerConfig",
  featureGates: ["flowControl"],
  flowControl: { defaultRequestTTL: "10m" },
  plugins: [{ type: "queue-scorer" }, { type: "max-score-picker" }],
  schedulingProfiles: [{ name: "default", plugins: [{ pluginRef: "queue-scorer" }] }],
};
/** Of any service that is to have replicas while somebody asks; research-lab has it too. */
export const onDemand = {
  router: { route: {}, gateway: {}, scheduler: { config: { inline: config } } },
  scaling: { minReplicas: 1, maxReplicas: 2, keda },
};

const visit = [{ rps: 0.5, for: "10m" }, { rps: 0, for: "20m" }] as const;
const { replicas: _, ...spec } = qwen.spec;

export const scaleToZero = scenario({
  name: "scale-to-zero",
  about: "A model without a GPU for half of the time wakes for whoever asks, and loses nobody.",
  seed: 3,
  duration: "1h30m",
  cluster: { nodes: [{ count: 1, gpus: "1xA100-SXM-80GB" }], imageStreaming: true },
  services: [{ ...qwen, spec: { ...spec, ...onDemand } }],
  load: [stages("visits", {
    ...{ to: service, stages: [...visit, ...visit, ...visit] },
    ...{ prompt: uniform(100, 900), output: fixed(150) },
  })],
  expect: [
    expect.noRequestLost(service),
    metric.ttft("p50").below("500ms"),
    metric.ttft("p99").above("60s"),
    metric.gpuHours().below(1),
  ],
});

export default scaleToZero;
if (import.meta.main) Deno.exitCode = await main(scaleToZero);
