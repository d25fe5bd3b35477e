// The mock configs: the original's environments as LLMInferenceServiceConfigs that really merge.
import assert from "node:assert/strict";
import { effectiveSpec } from "../../../src/kube/effective_spec.ts";
import {
  llmInferenceServiceSchema,
  mainContainer,
} from "../../../src/kube/llm_inference_service.ts";
import type { JsonObject, KubeObject } from "../../../src/kube/object.ts";
import { SYSTEM_NAMESPACE } from "../../../src/kube/presets/presets.ts";
import { isPresent, readText, shared } from "../serving/shared_data.ts";
import { parseFields, unknownFields } from "./crd_fields.ts";
import { CONFIGS } from "./mock_files.ts";

const CRD = shared("samples/crd/fields-v1alpha2.tsv");

function plainService(baseRefs: readonly string[], spec: JsonObject = {}): KubeObject {
  return {
    apiVersion: "serving.kserve.io/v1alpha2",
    kind: "LLMInferenceService",
    metadata: { name: "plain", namespace: "default" },
    spec: {
      model: { uri: "hf://openai-community/gpt2" },
      baseRefs: baseRefs.map((name) => ({ name })),
      ...spec,
    },
  };
}

function merged(baseRefs: readonly string[], spec: JsonObject = {}) {
  const service = plainService(baseRefs, spec);
  const result = effectiveSpec(
    service,
    (namespace, name) =>
      CONFIGS.map(({ value }) => value).find(({ metadata }) =>
        metadata.name === name && metadata.namespace === namespace
      ),
  );
  assert.ok(!result.problem, result.problem?.message);
  return llmInferenceServiceSchema.parse({ ...service, spec: result.spec }).spec;
}

Deno.test("mocks/config has the original's environments, in KServe's own namespace", () => {
  const names = CONFIGS.map(({ name }) => name);
  const asked = [
    "development",
    "staging",
    "production",
    "edge",
    "gpu-cluster",
    "high-availability",
    "cost-optimized",
    "research",
  ];
  assert.deepEqual(asked.filter((name) => !names.includes(name)), []);
  for (const { name, value } of CONFIGS) {
    assert.equal(value.kind, "LLMInferenceServiceConfig");
    assert.equal(value.apiVersion, "serving.kserve.io/v1alpha2");
    assert.deepEqual([value.metadata.name, value.metadata.namespace], [name, SYSTEM_NAMESPACE]);
    assert.equal(value.spec?.["baseRefs"], undefined, "KServe refuses a config that refers to one");
  }
});

Deno.test(`mocks/config names only fields that the CRD has${CRD.skipped}`, () => {
  if (!isPresent(CRD)) return;
  const fields = parseFields(readText(CRD));
  const unknown = CONFIGS.flatMap(({ name, value }) =>
    unknownFields(value.spec, fields, "spec").map((path) => `${name}: ${path}`)
  );
  assert.deepEqual(unknown, []);
});

Deno.test("mocks/config gives a service that names it its own fields", () => {
  for (const { name, value } of CONFIGS) {
    const spec = merged([name]);
    for (const field of Object.keys(value.spec ?? {})) {
      assert.ok(field in spec, `${name}: ${field}`);
    }
    assert.ok(!(spec.replicas !== undefined && spec.scaling), name);
  }
});

Deno.test("mocks/config merges containers and their variables by name, the service's own last", () => {
  const spec = merged(["production", "gpu-cluster"], {
    replicas: 5,
    template: {
      containers: [{
        name: "main",
        image: "vllm/vllm-openai:v0.15.1",
        env: [{ name: "VLLM_LOGGING_LEVEL", value: "WARNING" }],
      }],
    },
  });
  assert.equal(spec.replicas, 5);
  assert.equal(spec.template?.containers?.length, 1);
  const main = mainContainer(spec);
  assert.equal(main?.image, "vllm/vllm-openai:v0.15.1");
  const env = Object.fromEntries((main?.env ?? []).map(({ name, value }) => [name, value]));
  assert.equal(env["VLLM_LOGGING_LEVEL"], "WARNING");
  assert.equal(env["NCCL_P2P_LEVEL"], "NVL");
  assert.equal(main?.resources?.requests?.["memory"], "32Gi");
});
