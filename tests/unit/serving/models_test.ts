// What is computed from model facts, and finding them by name; published sizes: catalogue_test.ts.
import assert from "node:assert/strict";
import {
  activeLayerWeights,
  attentionWeights,
  bytesPerWeight,
  checkpointBytes,
  everyTokenBytes,
  expectedExperts,
  findModel,
  kvBytesByAttention,
  kvBytesPerLayer,
  kvBytesPerToken,
  kvShards,
  layerWeights,
  MODEL_NAMES,
  type ModelFacts,
  outputWeights,
  weightBytes,
} from "../../../src/serving/models.ts";
import fc from "../../fast_check.ts";
import { weightBytesRead } from "./formulas.ts";
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
    // DeepSeek-V3's heads are 2.3 times as wide as the model, Qwen3-0.6B's twice.
    assert.ok(heads * headSize <= 2.3 * hidden, name);
  }
});

Deno.test("findModel() gives mixtures and windows that are no larger than their models", () => {
  for (const name of MODEL_NAMES) {
    const { experts, layers, slidingWindow, maxPositions } = known(name);
    if (experts) assert.ok(experts.active < experts.count && experts.layers <= layers, name);
    if (!slidingWindow) continue;
    assert.ok(slidingWindow.layers <= layers && slidingWindow.tokens < maxPositions, name);
  }
});

Deno.test("bytesPerWeight() counts the scales of 4-bit formats", () => {
  assert.equal(bytesPerWeight("bf16"), 2);
  assert.equal(bytesPerWeight("fp8"), 1);
  assert.equal(bytesPerWeight("mxfp4"), 4.25 / 8);
  // 128 weights of 4 bits, a scale of 16 and a zero point of 4.
  assert.equal(bytesPerWeight("int4") * 128, 64 + 2 + 0.5);
});

Deno.test("attentionWeights() of latent attention is DeepSeek-V3's five matrices", () => {
  const [d, heads, query, kv] = [7168, 128, 1536, 512];
  const down = d * query + d * (kv + 64);
  const up = query * heads * (128 + 64) + kv * heads * (128 + 128);
  assert.equal(attentionWeights(known("deepseek-ai/deepseek-v3")), down + up + heads * 128 * d);
});

Deno.test("activeLayerWeights() comes to the active parameters that are published", () => {
  // Model cards, and which of their two tables they count: gpt-oss and DeepSeek the output layer alone.
  const published: readonly [string, number, number][] = [
    ["deepseek-ai/deepseek-v3", 36.6e9, 1],
    ["qwen/qwen3-235b-a22b", 22e9, 2],
    ["qwen/qwen3-30b-a3b", 3.3e9, 2],
    ["mistralai/mixtral-8x7b-v0.1", 12.9e9, 2],
    ["openai/gpt-oss-120b", 5.13e9, 1],
    ["openai/gpt-oss-20b", 3.61e9, 1],
  ];
  for (const [name, active, tables] of published) {
    const model = known(name);
    // The cards round to two or three digits.
    assertNear(activeLayerWeights(model) + tables * outputWeights(model), active, 0.02);
  }
});

Deno.test("expectedExperts() is all of one token's, and all there are in the end", () => {
  const experts = known("qwen/qwen3-30b-a3b").experts!;
  assertNear(expectedExperts(experts, 1), 8, 1e-9);
  assert.equal(expectedExperts(experts, 0), 0);
  // 128 · (1 − (15/16)²).
  assertNear(expectedExperts(experts, 2), 15.5, 1e-9);
  assertNear(expectedExperts(experts, 10_000), 128, 1e-9);
});

const models = fc.constantFrom(...MODEL_NAMES).map(known);

Deno.test("weightBytesRead() grows with the tokens, between one token's weights and all", () => {
  fc.assert(fc.property(models, fc.nat(5000), fc.nat(5000), (model, a, b) => {
    const [less, more] = [Math.min(a, b) + 1, Math.max(a, b) + 1];
    assert.ok(weightBytesRead(model, less) <= weightBytesRead(model, more));
    assert.ok(weightBytesRead(model, less) >= everyTokenBytes(model));
    assert.ok(weightBytesRead(model, more) < weightBytes(model));
    assert.ok(weightBytes(model) <= checkpointBytes(model));
  }));
});

Deno.test("weightBytesRead() of a dense model is its layers, whatever the tokens", () => {
  const model = known("meta-llama/llama-3.1-70b");
  assert.equal(weightBytesRead(model, 1), 80 * layerWeights(model) * 2);
  assert.equal(weightBytesRead(model, 4096), 80 * layerWeights(model) * 2);
});

Deno.test("kvBytesPerToken() halves in fp8", () => {
  const model = known("meta-llama/llama-3.1-8b");
  assert.equal(kvBytesPerToken(model, "fp8"), 64 * 1024);
});

Deno.test("kvBytesPerToken() of weights in fp8 stays that of 16 bits", () => {
  assert.equal(kvBytesPerToken(known("redhatai/meta-llama-3.1-8b-instruct-fp8")), 128 * 1024);
});

Deno.test("kvBytesPerLayer() of latent attention is one vector, which GPUs do not share", () => {
  const model = known("deepseek-ai/deepseek-r1");
  assert.equal(kvBytesPerLayer(model), 576 * 2);
  assert.equal(kvShards(model, 8), 1);
  assert.equal(kvShards(known("qwen/qwen2.5-7b"), 8), 4);
});

Deno.test("kvBytesByAttention() tells layers of full attention from those with a window", () => {
  const layer = 2 * 16 * 128 * 2;
  const { full, window } = kvBytesByAttention(known("google/gemma-3-27b-it"));
  assert.deepEqual([full, window], [10 * layer, 52 * layer]);
});
