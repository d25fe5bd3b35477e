// Model facts against the parameter counts that the models' own cards give.
import assert from "node:assert/strict";
import {
  findModel,
  kvBytesPerToken,
  layerWeights,
  MODEL_NAMES,
  type ModelFacts,
  weightBytes,
} from "../../../src/serving/models.ts";
import { QWEN3_32B } from "./qwen3_32b.ts";

function known(name: string): ModelFacts {
  const model = findModel([name]);
  assert.ok(model, name);
  return model;
}

function assertNear(actual: number, expected: number, share: number): void {
  const error = Math.abs(actual / expected - 1);
  assert.ok(error <= share, `${actual} is ${(error * 100).toFixed(2)} % from ${expected}`);
}

Deno.test("weightBytes() comes to the published parameter counts", () => {
  const published: readonly [string, number][] = [
    ["meta-llama/Llama-3.1-70B-Instruct", 70.6e9],
    ["meta-llama/Meta-Llama-3-70B", 70.6e9],
    ["meta-llama/Llama-3.1-8B", 8.03e9],
    ["Qwen/Qwen2.5-7B-Instruct", 7.62e9],
    ["meta-llama/Llama-2-70b-hf", 68.98e9],
    ["meta-llama/Llama-2-7b-hf", 6.74e9],
    ["codellama/CodeLlama-34b-Instruct-hf", 33.74e9],
    ["meta-llama/Llama-3.1-405B-Instruct", 405.85e9],
    ["meta-llama/Llama-3.2-1B-Instruct", 1.236e9],
    ["meta-llama/Llama-3.2-3B-Instruct", 3.213e9],
    ["meta-llama/Llama-2-13b-hf", 13.02e9],
    ["TinyLlama/TinyLlama-1.1B-Chat-v1.0", 1.1e9],
    ["mistralai/Mistral-7B-Instruct-v0.3", 7.248e9],
    ["mistralai/Mistral-7B-Instruct-v0.2", 7.242e9],
    ["mistralai/Mistral-Small-24B-Instruct-2501", 23.57e9],
    ["Qwen/Qwen2.5-0.5B-Instruct", 0.494e9],
    ["Qwen/Qwen2.5-1.5B-Instruct", 1.544e9],
    ["Qwen/Qwen2.5-3B-Instruct", 3.086e9],
    ["Qwen/Qwen2.5-14B-Instruct", 14.77e9],
    ["Qwen/Qwen2.5-Coder-32B-Instruct", 32.76e9],
    ["Qwen/Qwen2.5-72B-Instruct", 72.71e9],
    ["Qwen/Qwen3-0.6B", 0.596e9],
    ["Qwen/Qwen3-1.7B", 1.72e9],
    ["Qwen/Qwen3-4B", 4.02e9],
    ["Qwen/Qwen3-8B", 8.19e9],
    ["Qwen/Qwen3-14B", 14.77e9],
    ["ibm-granite/granite-3.3-8b-instruct", 8.171e9],
    ["ibm-granite/granite-3.3-2b-instruct", 2.534e9],
    ["microsoft/Phi-3-mini-4k-instruct", 3.821e9],
    ["microsoft/Phi-3-medium-4k-instruct", 13.96e9],
    ["microsoft/phi-4", 14.66e9],
    ["google/gemma-2-2b-it", 2.614e9],
    ["google/gemma-2-9b-it", 9.242e9],
    ["google/gemma-2-27b-it", 27.23e9],
    ["01-ai/Yi-1.5-9B-Chat", 8.829e9],
    ["01-ai/Yi-34B-Chat", 34.39e9],
  ];
  for (const [name, parameters] of published) {
    assertNear(weightBytes(known(name)) / 2, parameters, 0.005);
  }
});

Deno.test("weightBytes() comes near models with biases and learned positions", () => {
  const published: readonly [string, number][] = [
    ["openai-community/gpt2", 124.4e6],
    ["openai-community/gpt2-medium", 354.8e6],
    ["openai-community/gpt2-large", 774e6],
    ["openai-community/gpt2-xl", 1557.6e6],
    ["facebook/opt-125m", 125.2e6],
    ["facebook/opt-1.3b", 1315.8e6],
    ["facebook/opt-6.7b", 6658e6],
    ["facebook/opt-13b", 12_853e6],
    ["facebook/opt-30b", 29_975e6],
  ];
  for (const [name, parameters] of published) {
    assertNear(weightBytes(known(name)) / 2, parameters, 0.015);
  }
});

Deno.test("weightBytes() counts attention by its heads when they are wider than the model", () => {
  assertNear(weightBytes(QWEN3_32B) / 2 ** 30, 61.03, 0.001);
  assert.deepEqual(known("qwen/qwen3-32b"), QWEN3_32B);
});

Deno.test("weightBytes() counts shared embeddings once", () => {
  const model = known("qwen/qwen2.5-7b");
  const saved = weightBytes(model) - weightBytes({ ...model, tiedEmbeddings: true });
  assert.equal(saved, 152_064 * 3584 * 2);
});

Deno.test("layerWeights() of a Llama layer is its seven matrices", () => {
  const [d, kv, ff] = [4096, 1024, 14_336];
  const matrices = [d * d, d * kv, d * kv, d * d, d * ff, d * ff, ff * d];
  const sum = matrices.reduce((a, b) => a + b);
  assert.equal(layerWeights(known("meta-llama/llama-3.1-8b")), sum);
});

Deno.test("layerWeights() of a GPT-2 layer is its six matrices", () => {
  const [d, ff] = [768, 3072];
  const sum = 4 * d * d + d * ff + ff * d;
  assert.equal(layerWeights(known("openai-community/gpt2")), sum);
});

Deno.test("kvBytesPerToken() is 128 KiB for 8B and 320 KiB for 70B", () => {
  assert.equal(kvBytesPerToken(known("meta-llama/llama-3.1-8b")), 128 * 1024);
  assert.equal(kvBytesPerToken(known("meta-llama/llama-3.1-70b")), 320 * 1024);
});

Deno.test("findModel() knows every name it lists, in upper and lower case", () => {
  assert.ok(MODEL_NAMES.length > 0);
  assert.equal(new Set(MODEL_NAMES).size, MODEL_NAMES.length);
  for (const name of MODEL_NAMES) {
    assert.equal(name, name.toLowerCase());
    assert.equal(findModel([name.toUpperCase()]), known(name));
  }
});

Deno.test("findModel() takes the first name that is known, and none otherwise", () => {
  const names = ["nobody/nothing", "meta-llama/Llama-2-7b-hf", "qwen/qwen2.5-7b"];
  assert.equal(findModel(names), known("meta-llama/llama-2-7b-hf"));
  assert.equal(findModel(["nobody/nothing", "", "llama-2-7b-hf"]), undefined);
  assert.equal(findModel([]), undefined);
});

Deno.test("findModel() gives models of whole heads, which share keys evenly", () => {
  for (const name of MODEL_NAMES) {
    const { heads, headSize, hidden, kvHeads } = known(name);
    assert.ok(Number.isInteger(headSize), name);
    assert.equal(heads % kvHeads, 0, name);
    // Qwen3-0.6B has the widest heads: twice the model.
    assert.ok(heads * headSize <= 2 * hidden, name);
  }
});
