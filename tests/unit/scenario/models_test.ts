// Which model a service serves, and what it is told when nobody knows it.
import assert from "node:assert/strict";
import { type LLMInferenceService } from "../../../src/kube/llm_inference_service.ts";
import { knownModel, MODEL_CONFIG_ANNOTATION, modelOf } from "../../../src/scenario/models.ts";
import { servingOf } from "../../../src/scenario/services.ts";
import { findModel } from "../../../src/serving/models.ts";

const CONFIG = {
  hidden_size: 2048,
  intermediate_size: 8192,
  max_position_embeddings: 8192,
  model_type: "llama",
  num_attention_heads: 16,
  num_hidden_layers: 24,
  vocab_size: 32_000,
};

function service(uri: string, annotations: Record<string, string> = {}): LLMInferenceService {
  return {
    apiVersion: "serving.kserve.io/v1alpha2",
    kind: "LLMInferenceService",
    metadata: { name: "chat", annotations },
    spec: { model: { uri } },
  };
}

const described = (text: string, uri = "pvc://claim/model") =>
  service(uri, { [MODEL_CONFIG_ANNOTATION]: text });

function problemsOf(subject: LLMInferenceService) {
  const found = modelOf(subject);
  assert.ok("problems" in found, JSON.stringify(found));
  return found.problems;
}

Deno.test("modelOf() finds a model by name, and by its config.json where no name is known", () => {
  const llama = findModel(["meta-llama/llama-3.1-8b"]);
  assert.equal(knownModel(service("hf://meta-llama/Llama-3.1-8B")), llama);
  const text = JSON.stringify(CONFIG);
  assert.equal(knownModel(described(text))?.layers, 24);
  assert.equal(knownModel(described(text, "hf://meta-llama/Llama-3.1-8B")), llama);
});

Deno.test("modelOf() says of an unknown model how to describe it", () => {
  const [{ path, message } = { path: "", message: "" }] = problemsOf(service("hf://acme/secret"));
  assert.equal(path, "spec.model");
  assert.equal(
    message,
    'Cannot simulate "chat": no facts about the model "acme/secret"; name a known one in the ' +
      "annotation mtop.dev/model, or describe it by the text of its config.json in " +
      "mtop.dev/model-config",
  );
});

Deno.test("modelOf() names a model that is meant", () => {
  const [problem] = problemsOf(service("hf://meta-llama/Llama-3.1-8"));
  assert.match(problem!.message, /; did you mean "meta-llama\/llama-3\.1-8b"\? name a known/);
});

Deno.test("modelOf() tells what is wrong with a config.json, each thing at the annotation", () => {
  const broken = JSON.stringify({ ...CONFIG, hidden_size: "wide", vocab_size: 0 });
  const problems = problemsOf(described(broken));
  assert.deepEqual([...new Set(problems.map(({ path }) => path))], [
    'metadata.annotations["mtop.dev/model-config"]',
  ]);
  const told = problems.map(({ message }) => message).join("\n");
  assert.match(told, /Cannot read hidden_size of the model's config: "wide" is no whole number/);
  assert.match(told, /Cannot read vocab_size of the model's config: 0 is no whole number/);
  assert.match(
    problemsOf(described("{"))[0]!.message,
    /^Cannot read the model's config: it is no JSON/,
  );
});

Deno.test("servingOf() serves a described model, and puts its problems under the service", () => {
  const at = (field: string) => `services[0].${field}`;
  const { serving } = servingOf(described(JSON.stringify(CONFIG)), at);
  assert.equal(serving?.maxModelLen, 8192);
  const { problems } = servingOf(described("[]"), at);
  assert.deepEqual(problems.map(({ path }) => path), [
    'services[0].metadata.annotations["mtop.dev/model-config"]',
  ]);
});
