// What `mtop config --for` prints of a service of each shape: looked at once, and held since.
import { config } from "../../../src/cli/config.ts";
import type { JsonObject, KubeObject } from "../../../src/kube/object.ts";
import { assertGolden } from "../../golden/golden.ts";
import { API, memoryStore, rig } from "./write_rig.ts";

const model = { uri: "hf://Qwen/Qwen3-32B", name: "qwen3-32b" };
const gpu = { resources: { limits: { "nvidia.com/gpu": "2" } } };
const container = (more: JsonObject) => ({ containers: [{ name: "main", ...more }] });

/** Stands for the server's preset where something else is looked at. */
const LEAN: KubeObject = {
  apiVersion: API,
  kind: "LLMInferenceServiceConfig",
  metadata: { name: "kserve-config-llm-template", namespace: "default" },
  spec: { template: container({ image: "server" }) },
};

const picker = (type: string) => ({
  config: {
    inline: {
      apiVersion: "llm-d.ai/v1alpha1",
      kind: "EndpointPickerConfig",
      plugins: [{ type }],
    },
  },
});

const parallel = { data: 16, dataLocal: 8, tensor: 1, expert: true };
const distributed = { parallelism: parallel, template: container(gpu), worker: container(gpu) };

const SHAPES: Readonly<Record<string, { readonly spec: JsonObject; readonly lean?: boolean }>> = {
  "single-node": {
    spec: {
      parallelism: { tensor: 2 },
      template: {
        ...container({ args: ["--max-num-seqs=64"], ...gpu }),
        terminationGracePeriodSeconds: 120,
      },
      kvCacheOffloading: { cpu: "20Gi" },
    },
  },
  "prefill-decode": {
    spec: {
      replicas: 2,
      template: container(gpu),
      prefill: { replicas: 4, parallelism: { tensor: 2 }, template: container(gpu) },
    },
  },
  "data-parallel": { spec: distributed },
  "data-parallel-prefill-decode": { spec: { ...distributed, prefill: distributed } },
  scheduler: { lean: true, spec: { router: { scheduler: { replicas: 2 } } } },
  "latency-predictor": {
    lean: true,
    spec: { router: { scheduler: picker("predicted-latency-producer") } },
  },
  tokenizer: { lean: true, spec: { router: { scheduler: picker("token-producer") } } },
  route: {
    lean: true,
    spec: { router: { route: {}, gateway: { refs: [{ name: "gate", namespace: "edge" }] } } },
  },
  tracing: { lean: true, spec: { tracing: { samplerArg: "0.5" } } },
};

for (const [shape, { spec, lean = false }] of Object.entries(SHAPES)) {
  Deno.test(`config --for prints the effective spec of the shape ${shape}`, async () => {
    const service: KubeObject = {
      apiVersion: API,
      kind: "LLMInferenceService",
      metadata: { name: "chat", namespace: "default" },
      spec: { model, ...spec },
    };
    const context = rig({ store: memoryStore(service, ...(lean ? [LEAN] : [])) });
    const world = () => Promise.reject(new Error("no world is needed"));
    await config(undefined, { for: "chat" }, { ...context, world });
    assertGolden(`effective/${shape}.yaml`, context.stdout());
  });
}
