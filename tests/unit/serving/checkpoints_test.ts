// Sizes of checkpoints against what their published architecture adds up to.
import assert from "node:assert/strict";
import { CHECKPOINT_NAMES, findCheckpoint } from "../../../src/serving/checkpoints.ts";
import { MODEL_NAMES } from "../../../src/serving/models.ts";

interface Experts {
  readonly layers: number;
  readonly hidden: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headSize: number;
  readonly experts: number;
  readonly feedForward: number;
  readonly vocabulary: number;
  /** Weights of one layer beside its matrices: norms, biases, attention sinks. */
  readonly rest: number;
  /** Bytes of one expert's weight. */
  readonly expertBytes?: number;
}

/** A mixture of experts in bf16 but for the experts, each of three matrices; one norm at the end. */
function moeBytes(model: Experts): number {
  const { layers, hidden, heads, kvHeads, headSize, experts, feedForward, vocabulary, rest } =
    model;
  const attention = 2 * hidden * headSize * (heads + kvHeads);
  const expertWeights = layers * experts * 3 * hidden * feedForward;
  const others = layers * (attention + hidden * experts + rest) + 2 * vocabulary * hidden + hidden;
  return expertWeights * (model.expertBytes ?? 2) + others * 2;
}

function bytesOf(name: string): number {
  const checkpoint = findCheckpoint([name]);
  assert.ok(checkpoint, name);
  return checkpoint.bytes;
}

Deno.test("findCheckpoint() gives Mixtral 8x7B the bytes of its matrices", () => {
  const mixtral = { layers: 32, hidden: 4096, heads: 32, kvHeads: 8, headSize: 128, experts: 8 };
  const rest = { feedForward: 14_336, vocabulary: 32_000, rest: 2 * 4096 };
  assert.equal(bytesOf("mistralai/Mixtral-8x7B-Instruct-v0.1"), moeBytes({ ...mixtral, ...rest }));
});

Deno.test("findCheckpoint() gives Qwen3's mixtures the bytes of their matrices", () => {
  const common = { headSize: 128, vocabulary: 151_936 };
  const models: readonly [string, Omit<Experts, "headSize" | "vocabulary" | "rest">][] = [
    [
      "Qwen/Qwen3-30B-A3B",
      { layers: 48, hidden: 2048, heads: 32, kvHeads: 4, experts: 128, feedForward: 768 },
    ],
    [
      "Qwen/Qwen3-235B-A22B",
      { layers: 94, hidden: 4096, heads: 64, kvHeads: 4, experts: 128, feedForward: 1536 },
    ],
    [
      "Qwen/Qwen3-Coder-480B-A35B-Instruct",
      { layers: 62, hidden: 6144, heads: 96, kvHeads: 8, experts: 160, feedForward: 2560 },
    ],
  ];
  for (const [name, shape] of models) {
    // Two norms as wide as the model, two as wide as a head.
    const rest = 2 * shape.hidden + 2 * common.headSize;
    assert.equal(bytesOf(name), moeBytes({ ...common, ...shape, rest }), name);
  }
});

Deno.test("findCheckpoint() gives gpt-oss experts of 4.25 bits a weight", () => {
  for (const [name, layers, experts] of [["120b", 36, 128], ["20b", 24, 32]] as const) {
    const [hidden, heads, kvHeads, headSize] = [2880, 64, 8, 64];
    const attention = { hidden, heads, kvHeads, headSize };
    // Biases of query, key, value, output, router and experts; a sink a head; two norms.
    const biases = headSize * (heads + 2 * kvHeads) + hidden + experts + experts * 3 * hidden;
    const shape = {
      layers,
      experts,
      feedForward: 2880,
      vocabulary: 201_088,
      expertBytes: 4.25 / 8,
    };
    const rest = biases + heads + 2 * hidden;
    assert.equal(bytesOf(`openai/gpt-oss-${name}`), moeBytes({ ...attention, ...shape, rest }));
  }
});

Deno.test("findCheckpoint() gives DeepSeek-V3 and R1 a byte for each of 671B weights and more", () => {
  assert.equal(bytesOf("deepseek-ai/DeepSeek-V3"), bytesOf("deepseek-ai/DeepSeek-R1"));
  // 14B of multi-token prediction, and what is kept in two bytes.
  const ratio = bytesOf("deepseek-ai/DeepSeek-R1") / 671e9;
  assert.ok(ratio > 1.02 && ratio < 1.03, String(ratio));
});

Deno.test("findCheckpoint() knows every name it lists, in upper and lower case", () => {
  assert.ok(CHECKPOINT_NAMES.length > 0);
  assert.equal(new Set(CHECKPOINT_NAMES).size, CHECKPOINT_NAMES.length);
  for (const name of CHECKPOINT_NAMES) {
    assert.equal(name, name.toLowerCase());
    assert.equal(findCheckpoint([name.toUpperCase()]), findCheckpoint([name]));
    assert.ok(Number.isSafeInteger(bytesOf(name)), name);
  }
});

Deno.test("findCheckpoint() takes the first name that is known, and none otherwise", () => {
  const known = findCheckpoint(["nobody/nothing", "openai/gpt-oss-20b", "qwen/qwen3-30b-a3b"]);
  assert.equal(known, findCheckpoint(["openai/gpt-oss-20b"]));
  assert.equal(findCheckpoint(["nobody/nothing", ""]), undefined);
  assert.equal(findCheckpoint([]), undefined);
});

Deno.test("findCheckpoint() knows no model that the engine models", () => {
  const both = CHECKPOINT_NAMES.filter((name) => MODEL_NAMES.includes(name));
  assert.deepEqual(both, []);
});
