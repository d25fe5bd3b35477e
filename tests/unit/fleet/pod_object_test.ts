// Tests of a pod's object: the containers that KServe renders, and what its status says of each.
import assert from "node:assert/strict";
import type { JsonObject, KubeObject } from "../../../src/kube/object.ts";
import { plan } from "../../../src/scenario/plan.ts";
import { Simulation } from "../../../src/scenario/run.ts";

const API = "serving.kserve.io/v1alpha2";
const model = { uri: "hf://meta-llama/Llama-3.1-8B-Instruct" };

function podsOf(spec: JsonObject): KubeObject[] {
  const data = {
    kind: "scenario",
    name: "pods",
    duration: "1m",
    cluster: { nodes: [{ count: 2, gpus: "8xH100-SXM" }] },
    services: [{
      apiVersion: API,
      kind: "LLMInferenceService",
      metadata: { name: "chat" },
      spec: { model, ...spec },
    }],
    load: [],
  };
  const planned = plan(data);
  assert.ok(!("problems" in planned), JSON.stringify(planned));
  const simulation = new Simulation(planned, { data, sink: () => {} });
  simulation.advance(simulation.durationUs);
  return Object.values(simulation.state.objects).filter(({ kind }) => kind === "Pod");
}

interface Container {
  readonly name: string;
  readonly image?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string }[];
  readonly readinessProbe?: object;
  readonly resources?: object;
  readonly restartPolicy?: string;
}

interface Spec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly terminationGracePeriodSeconds: number;
}

interface Status {
  readonly containerStatuses: readonly { readonly name: string; readonly ready: boolean }[];
}

const specOf = ({ spec }: KubeObject) => spec as unknown as Spec;

function podOf(pods: readonly KubeObject[], role: string): KubeObject {
  return pods.find(({ metadata }) => metadata.labels?.["llm-d.ai/role"] === role)!;
}

Deno.test("podObject() has the preset's container with the service's words in it", () => {
  const args = ["--max-num-seqs=64"];
  const containers = [{ name: "main", args, env: [{ name: "TOKEN", value: "x" }] }];
  const template = { containers, terminationGracePeriodSeconds: 90 };
  const [pod] = podsOf({ template });
  const { containers: [main, ...others], terminationGracePeriodSeconds } = specOf(pod!);
  assert.deepEqual(others, []);
  assert.match(main!.image!, /^ghcr\.io\/llm-d\/llm-d-cuda:/);
  assert.deepEqual(main!.args, args);
  assert.match(
    main!.command![2]!,
    /--served-model-name "chat" "publishers\/default\/models\/chat"/,
  );
  assert.deepEqual(main!.env!.map(({ name }) => name), [
    "HOME",
    "VLLM_LOGGING_LEVEL",
    "HF_HUB_CACHE",
    "TOKEN",
  ]);
  assert.deepEqual(main!.resources, { limits: { "nvidia.com/gpu": "1" } });
  assert.equal(terminationGracePeriodSeconds, 90);
});

Deno.test("podObject() has the sidecar of a decode pod before what downloads, and none in prefill", () => {
  const pods = podsOf({ prefill: {} });
  const names = (role: string) =>
    specOf(podOf(pods, role)).initContainers?.map(({ name }) => name) ?? [];
  assert.deepEqual(names("decode"), ["llm-d-routing-sidecar", "storage-initializer"]);
  assert.deepEqual(names("prefill"), ["storage-initializer"]);
});

Deno.test("podObject() tells of containers beside main, which are ready with it", () => {
  const containers = [{ name: "main" }, { name: "exporter", image: "exporter:1" }];
  const [pod] = podsOf({ template: { containers } });
  assert.deepEqual(specOf(pod!).containers.map(({ name }) => name).sort(), ["exporter", "main"]);
  const { containerStatuses } = pod!.status as unknown as Status;
  assert.deepEqual(containerStatuses.map(({ name, ready }) => ({ name, ready })), [
    { name: "main", ready: true },
    { name: "exporter", ready: true },
  ]);
});
