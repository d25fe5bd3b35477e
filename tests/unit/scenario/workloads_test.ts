// What a workload's pods fetch before they serve, by where its service says that the model is.
import assert from "node:assert/strict";
import { llmInferenceServiceSchema } from "../../../src/kube/llm_inference_service.ts";
import { adapterBytesOf } from "../../../src/scenario/adapters.ts";
import { workloadsOf } from "../../../src/scenario/workloads.ts";
import { loraWork } from "../../../src/serving/lora_work.ts";
import { findModel } from "../../../src/serving/models.ts";
import { COLD_START } from "../../../src/serving/startup.ts";
import { llm } from "../fleet/small_fleet.ts";

const BYTES = 1000;

function serviceOf(model: Readonly<Record<string, unknown>>, spec: object = {}) {
  const service = llm("chat");
  return llmInferenceServiceSchema.parse({
    ...service,
    metadata: { ...service.metadata, namespace: "team" },
    spec: { ...service.spec, ...spec, model: { ...service.spec.model, ...model } },
  });
}

function startupOf(uri: string, adapterBytes = 0, spec: object = {}) {
  const [main] = workloadsOf(serviceOf({ uri }, spec), BYTES, 1, adapterBytes);
  return main.startup;
}

Deno.test("workloadsOf() downloads what is on the hub or in a bucket", () => {
  for (const uri of ["hf://meta-llama/Llama-3.1-8B", "s3://models/llama"]) {
    const { downloadBytes, loadBytes, claim, modelImage } = startupOf(uri, 50);
    assert.deepEqual([downloadBytes, loadBytes], [BYTES + 50, BYTES], uri);
    assert.deepEqual([claim, modelImage], [undefined, undefined]);
  }
});

Deno.test("workloadsOf() reads a model from its claim, which is its namespace's", () => {
  const { downloadBytes, claim } = startupOf("pvc://models/llama/8b");
  assert.deepEqual([downloadBytes, claim], [0, "team/models"]);
});

Deno.test("workloadsOf() pulls a model that is an image", () => {
  for (const uri of ["oci://registry/llama:1", "oci+native://registry/llama:1"]) {
    const { downloadBytes, modelImage } = startupOf(uri);
    assert.equal(downloadBytes, 0);
    assert.deepEqual(modelImage, { reference: "registry/llama:1", bytes: BYTES });
  }
});

Deno.test("workloadsOf() has an eager server capture no CUDA graphs", () => {
  const template = { containers: [{ name: "main", args: ["--enforce-eager"] }] };
  const usual = startupOf("hf://a/b");
  const eager = startupOf("hf://a/b", 0, { template });
  assert.equal(usual.initUs - eager.initUs, COLD_START.graphsS * 1_000_000);
});

Deno.test("adapterBytesOf() counts the adapters that are downloaded, at the largest rank", () => {
  const model = findModel(["meta-llama/llama-3.1-8b"])!;
  const serving = { model, lora: { slots: 2, rank: 64 } };
  const adapters = [
    { name: "a", uri: "hf://team/a" },
    { name: "b", uri: "s3://team/b" },
    { name: "c", uri: "pvc://claim/c" },
  ];
  const { adapterBytes } = loraWork(model, 64, 1);
  assert.equal(adapterBytesOf(serviceOf({ lora: { adapters } }), serving), 2 * adapterBytes);
  assert.equal(adapterBytesOf(serviceOf({ lora: { adapters } }), { model }), 0);
  assert.equal(adapterBytesOf(serviceOf({ lora: {} }), serving), 0);
});
