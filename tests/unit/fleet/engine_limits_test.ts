import assert from "node:assert/strict";
import { engineLimits, type ServingPlan } from "../../../src/fleet/engine_limits.ts";
import { kvBlocks } from "../../../src/serving/capacity.ts";
import { findGpu, GPU_NAMES } from "../../../src/serving/gpus.ts";
import { checkLimits } from "../../../src/serving/limits.ts";
import { loraWork } from "../../../src/serving/lora_work.ts";
import { findModel, MODEL_NAMES } from "../../../src/serving/models.ts";
import fc from "../../fast_check.ts";

const LLAMA_8B = findModel(["meta-llama/llama-3.1-8b"])!;
const H100 = findGpu("H100-SXM")!;

function serving(changes: Partial<ServingPlan> = {}): ServingPlan {
  return {
    model: LLAMA_8B,
    gpusPerPod: 1,
    tensorParallel: 1,
    gpuMemoryUtilization: 0.9,
    maxModelLen: 8192,
    ...changes,
  };
}

function limits(changes: Partial<ServingPlan> = {}, gpu = H100) {
  const found = engineLimits(serving(changes), gpu);
  if ("cannotStart" in found) assert.fail(found.cannotStart);
  return found;
}

function refusal(changes: Partial<ServingPlan>, gpu = H100): string {
  const found = engineLimits(serving(changes), gpu);
  assert.ok("cannotStart" in found);
  return found.cannotStart;
}

Deno.test("engineLimits() takes vLLM's defaults for the GPU, and lowers one that the other leaves no use", () => {
  const batch = (changes: Partial<ServingPlan>, gpu = H100) => {
    const { maxNumSeqs, maxNumBatchedTokens } = limits(changes, gpu);
    return [maxNumSeqs, maxNumBatchedTokens];
  };
  assert.deepEqual(batch({}), [1024, 8192]);
  assert.deepEqual(batch({}, findGpu("A100-SXM-80GB")!), [256, 2048]);
  assert.deepEqual(batch({ maxNumBatchedTokens: 512 }), [512, 512]);
  assert.deepEqual(batch({ maxNumSeqs: 2, maxModelLen: 1000 }), [2, 2000]);
});

Deno.test("engineLimits() has vLLM's words for a budget below the sequences", () => {
  assert.equal(
    refusal({ maxNumSeqs: 512, maxNumBatchedTokens: 256 }),
    "ValueError: max_num_batched_tokens (256) must be greater than or equal to max_num_seqs (512).",
  );
});

Deno.test("engineLimits() counts the budget of a cycle of the pipeline, and its sequences once", () => {
  const { maxNumSeqs, maxNumBatchedTokens } = limits({ pipelineParallel: 2, gpusPerPod: 2 });
  assert.deepEqual([maxNumSeqs, maxNumBatchedTokens], [1024, 2 * 8192]);
});

Deno.test("engineLimits() keeps memory for the slots of adapters", () => {
  const lora = { slots: 4, rank: 64 };
  const { kvBlocks: blocks, maxLoras } = limits({ lora });
  assert.equal(maxLoras, 4);
  const bytes = 4 * loraWork(LLAMA_8B, 64, 1).adapterBytes;
  // 16 tokens of 128 KiB each.
  const fewer = limits().kvBlocks - blocks;
  assert.ok(Math.abs(fewer - bytes / 2 ** 21) <= 1, `${fewer}`);
});

Deno.test("engineLimits() keeps room for the layers that draft, their weights and their KV cache", () => {
  const speculative = { tokens: 3, method: "eagle", acceptedPpm: 1_300_000 } as const;
  const plain = limits();
  const eagle = limits({ speculative });
  assert.deepEqual(eagle.speculative, { tokens: 3, acceptedPpm: 1_300_000 });
  // One layer of 218,103,808 weights and the join of 2 · 4096², in bf16.
  const bytes = 2 * (218_103_808 + 2 * 4096 ** 2);
  const expected = (plain.kvBlocks - bytes / 2 ** 21) * 32 / 33;
  assert.ok(Math.abs(eagle.kvBlocks - expected) <= 2, `${eagle.kvBlocks} ${expected}`);
  const ngram = limits({ speculative: { ...speculative, method: "ngram" } });
  assert.equal(ngram.kvBlocks, plain.kvBlocks);
});

Deno.test("engineLimits() admits no more sequences than have room in a step with their drafts", () => {
  const speculative = { tokens: 15, method: "ngram", acceptedPpm: 0 } as const;
  assert.equal(limits({ speculative }).maxNumSeqs, 8192 / 16);
  assert.match(
    refusal({ speculative, maxNumSeqs: 4, maxNumBatchedTokens: 8 }),
    /^Cannot verify 15 drafts in a step of max_num_batched_tokens \(8\)/,
  );
});

Deno.test("engineLimits() has twice the blocks with a KV cache in fp8", () => {
  const shape = { ...serving(), gpu: H100, maxNumSeqs: 1024, maxNumBatchedTokens: 8192 };
  assert.equal(limits().kvBlocks, kvBlocks(shape));
  const ratio = limits({ kvDtype: "fp8" }).kvBlocks / limits().kvBlocks;
  assert.ok(Math.abs(ratio - 2) < 0.001, `${ratio}`);
});

Deno.test("engineLimits() never gives limits that an engine throws at", () => {
  const options = fc.record({
    model: fc.constantFrom(...MODEL_NAMES).map((name) => findModel([name])!),
    tensorParallel: fc.constantFrom(1, 2, 4, 8),
    pipelineParallel: fc.constantFrom(1, 2),
    dataParallel: fc.constantFrom(1, 2),
    gpuMemoryUtilization: fc.constantFrom(0.3, 0.5, 0.9, 1),
    maxModelLen: fc.integer({ min: 1, max: 200_000 }),
    maxNumSeqs: fc.option(fc.integer({ min: 1, max: 4096 }), { nil: undefined }),
    maxNumBatchedTokens: fc.option(fc.integer({ min: 1, max: 20_000 }), { nil: undefined }),
    kvDtype: fc.constantFrom("auto", "fp8"),
    lora: fc.option(fc.constant({ slots: 8, rank: 256 }), { nil: undefined }),
    speculative: fc.option(
      fc.record({
        tokens: fc.integer({ min: 1, max: 40 }),
        method: fc.constantFrom("ngram", "eagle"),
        acceptedPpm: fc.constant(1_000_000),
      }),
      { nil: undefined },
    ),
  });
  let started = 0;
  fc.assert(fc.property(options, fc.constantFrom(...GPU_NAMES), (changes, gpu) => {
    const found = engineLimits({ ...changes, gpusPerPod: 32 } as ServingPlan, findGpu(gpu)!);
    if ("cannotStart" in found) return;
    checkLimits(found);
    started++;
  }));
  assert.ok(started > 0);
});
