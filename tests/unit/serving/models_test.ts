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
  ];
  for (const [name, parameters] of published) {
    assertNear(weightBytes(known(name)) / 2, parameters, 0.005);
  }
});

Deno.test("weightBytes() counts attention by its heads when they are wider than the model", () => {
  assertNear(weightBytes(QWEN3_32B) / 2 ** 30, 61.03, 0.001);
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

Deno.test("findModel() gives models whose heads make up the hidden size", () => {
  for (const name of MODEL_NAMES) {
    const { heads, headSize, hidden, kvHeads } = known(name);
    assert.equal(heads * headSize, hidden, name);
    assert.equal(heads % kvHeads, 0, name);
  }
});
