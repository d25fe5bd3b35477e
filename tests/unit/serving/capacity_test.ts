// KV blocks against what vLLM reported on real GPUs.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { gunzipSync } from "node:zlib";
import {
  BLOCK_TOKENS,
  kvBlocks,
  kvCapacity,
  kvGroups,
  type ReplicaShape,
  requestBlocks,
} from "../../../src/serving/capacity.ts";
import { findGpu } from "../../../src/serving/gpus.ts";
import { findModel, kvBytesPerToken } from "../../../src/serving/models.ts";
import { heldBlocks } from "./formulas.ts";
import { isPresent, readBytes, readText, shared } from "./shared_data.ts";

/** The measured runs of vLLM 0.15.1 on H100: 2,048 tokens a step, 128 sequences. */
function shape(model: string, tensorParallel: number, more: Partial<ReplicaShape> = {}) {
  return {
    model: findModel([model])!,
    gpu: findGpu("H100-SXM")!,
    tensorParallel,
    gpuMemoryUtilization: 0.9,
    maxNumSeqs: 128,
    maxNumBatchedTokens: 2048,
    ...more,
  };
}

const gpu = (name: string) => findGpu(name)!;

function assertWithin(percent: number, actual: number, measured: number, what = "blocks"): void {
  const error = (actual / measured - 1) * 100;
  const told = `${actual} ${what}, measured ${measured}: ${error.toFixed(2)} %`;
  assert.ok(Math.abs(error) <= percent, told);
}

Deno.test("kvCapacity() is within 0.5 % of what vLLM reported: the three runs it was fitted to", () => {
  const seventy = kvCapacity(shape("meta-llama/llama-2-70b-hf", 4)).blocks;
  assertWithin(0.1, seventy, 31_356);
  assertWithin(0.1, kvCapacity(shape("codellama/codellama-34b-instruct-hf", 2)).blocks, 26_602);
  // vLLM 0.19 with `--max-num-seqs 256`.
  const card = shape("meta-llama/llama-3.1-8b", 1, { gpu: gpu("RTX-4090"), maxNumSeqs: 256 });
  assertWithin(0.5, kvCapacity(card).blocks, 2588);
});

Deno.test("kvCapacity() is within 2 % of two more reports, which its constants were chosen with", () => {
  // vllm-project/vllm#12569: 0.98 of the memory; that it is an H100 with 1,024 sequences is assumed.
  const int8 = shape("neuralmagic/meta-llama-3.1-70b-instruct-quantized.w8a8", 1, {
    gpuMemoryUtilization: 0.98,
    maxNumSeqs: 1024,
  });
  assertWithin(2, kvCapacity(int8).blocks, 1381);
  // vLLM 0.19 on an A100 of 80 GB, 0.65 of it: "Available KV cache memory: 36.56 GiB". The weights
  // took 13.72 GiB where the facts say 12.8: the kernels for mxfp4 pad each expert.
  const oss = shape("openai/gpt-oss-20b", 1, {
    gpu: gpu("A100-SXM-80GB"),
    gpuMemoryUtilization: 0.65,
    maxNumSeqs: 256,
  });
  const { blocks, groups } = kvCapacity(oss);
  const page = BLOCK_TOKENS * 2 * 8 * 64 * 2;
  assertWithin(2, blocks * page * groups.layers / 2 ** 30, 36.56, "GiB");
});

const STEPS = shared("data/measured/vllm-0.15-h100-steps.csv.gz");

Deno.test({
  name: `kvCapacity() is within 0.1 % of every run in the measured steps${STEPS.skipped}`,
  ignore: !isPresent(STEPS),
  fn() {
    const [header, ...rows] = gunzipSync(Buffer.from(readBytes(STEPS))).toString().trim()
      .split(/\r?\n/).map((line) => line.split(","));
    const column = (name: string) => header!.indexOf(name);
    const runs = new Map(rows.map((row) => [row[column("experiment_id")], row]));
    assert.equal(runs.size, 3);
    for (const run of runs.values()) {
      const model = run[column("model")]!.startsWith("llama-2-70b")
        ? "meta-llama/llama-2-70b-hf"
        : "codellama/codellama-34b-hf";
      const measured = Number(run[column("kv.blocks_total_gpu")]);
      assertWithin(0.1, kvCapacity(shape(model, Number(run[column("tp")]))).blocks, measured);
    }
  },
});

const META = shared("data/measured/vllm-0.19-runs/RTX4090_Llama-3.1-8B/meta.json");

Deno.test({
  name: `kvCapacity() is within 0.5 % of the recorded run of an RTX 4090${META.skipped}`,
  ignore: !isPresent(META),
  fn() {
    const { kv_cache, engine_kwargs } = JSON.parse(readText(META));
    const { blocks } = kvCapacity(shape(engine_kwargs.model, engine_kwargs.tensor_parallel_size, {
      gpu: gpu("RTX-4090"),
      gpuMemoryUtilization: kv_cache.gpu_memory_utilization,
      maxNumSeqs: engine_kwargs.max_num_seqs,
      maxNumBatchedTokens: engine_kwargs.max_num_batched_tokens,
    }));
    assertWithin(0.5, blocks, kv_cache.num_gpu_blocks);
  },
});

Deno.test("kvBlocks() leaves the null block out", () => {
  const seventy = shape("meta-llama/llama-2-70b-hf", 4);
  assert.equal(kvBlocks(seventy), kvCapacity(seventy).blocks - 1);
});

Deno.test("kvBlocks() is negative when the weights alone do not fit", () => {
  assert.ok(kvBlocks(shape("meta-llama/llama-2-70b-hf", 1)) < 0);
  assert.ok(kvBlocks(shape("meta-llama/llama-2-7b-hf", 1)) > 0);
});

Deno.test("kvBlocks() grows with the share of memory it may use", () => {
  const some = kvBlocks(shape("meta-llama/llama-2-70b-hf", 4, { gpuMemoryUtilization: 0.5 }));
  assert.ok(some < kvBlocks(shape("meta-llama/llama-2-70b-hf", 4)));
});

Deno.test("kvBlocks() shrinks with the sequences that vLLM warms its sampler up with", () => {
  const few = kvCapacity(shape("meta-llama/llama-3.1-8b", 1));
  const many = kvCapacity(shape("meta-llama/llama-3.1-8b", 1, { maxNumSeqs: 1024 }));
  const bytes = (few.blocks - many.blocks) * BLOCK_TOKENS * kvBytesPerToken(
    shape(
      "meta-llama/llama-3.1-8b",
      1,
    ).model,
  );
  // 22 bytes an element of 896 more rows of logits, to the block.
  assert.ok(Math.abs(bytes / (22 * 896 * 128_256) - 1) < 0.01, String(bytes));
});

/** So much memory that the weights do not matter. */
const ENDLESS = { gpu: { ...gpu("H100-SXM"), deviceGiB: 1e9 } };

Deno.test("kvBlocks() stops sharing the cache when there are more GPUs than KV heads", () => {
  // Four KV heads: eight GPUs hold two copies of each.
  const of = (gpus: number) => kvBlocks(shape("qwen/qwen2.5-7b", gpus, ENDLESS));
  assert.ok(Math.abs(of(4) / of(2) - 2) < 0.001);
  assert.ok(Math.abs(of(8) / of(4) - 1) < 0.001);
});

Deno.test("kvBlocks() of latent attention gains nothing from more GPUs but their free memory", () => {
  const of = (gpus: number) => kvBlocks(shape("deepseek-ai/deepseek-v3", gpus, ENDLESS));
  assert.ok(Math.abs(of(8) / of(1) - 1) < 0.001);
});

Deno.test("kvBlocks() doubles in fp8, and with a second pipeline stage", () => {
  const name = "meta-llama/llama-3.1-70b";
  const plain = kvBlocks(shape(name, 1, ENDLESS));
  assert.ok(Math.abs(kvBlocks(shape(name, 1, { ...ENDLESS, kvDtype: "fp8" })) / plain - 2) < 0.001);
  const staged = kvBlocks(shape(name, 1, { ...ENDLESS, pipelineParallel: 2 }));
  assert.ok(Math.abs(staged / plain - 2) < 0.001);
});

Deno.test("kvCapacity() is that of the pipeline stage which can hold fewest", () => {
  // 61 layers over two stages: 31 and 30.
  const model = { ...findModel(["meta-llama/llama-3.1-70b"])!, layers: 61 };
  const one = kvCapacity({ ...shape("meta-llama/llama-3.1-70b", 1, ENDLESS), model });
  const two = kvCapacity({
    ...shape("meta-llama/llama-3.1-70b", 1, ENDLESS),
    model,
    pipelineParallel: 2,
  });
  assert.ok(Math.abs(two.blocks / one.blocks - 61 / 31) < 0.001);
});

Deno.test("kvGroups() groups layers as vLLM's hybrid KV-cache manager does", () => {
  const groups = (name: string) => kvGroups(findModel([name])!);
  assert.deepEqual(groups("meta-llama/llama-3.1-8b"), { layers: 32, full: 1, window: 0 });
  assert.deepEqual(groups("mistralai/mistral-7b-v0.1"), { layers: 32, full: 0, window: 1 });
  assert.deepEqual(groups("openai/gpt-oss-20b"), { layers: 12, full: 1, window: 1 });
  assert.deepEqual(groups("google/gemma-2-9b-it"), { layers: 21, full: 1, window: 1 });
  // vLLM's own example: 52 layers with a window in groups of the 10 that have none, 8 of padding.
  assert.deepEqual(groups("google/gemma-3-27b-it"), { layers: 10, full: 1, window: 6 });
  assert.deepEqual(groups("google/gemma-3-4b-it"), { layers: 5, full: 1, window: 6 });
});

Deno.test("requestBlocks() gives the concurrency that vLLM reports for Gemma 3 4B", () => {
  // ovg-project/kvcached#215: 317,136 tokens, so 19,821 blocks a group of seven; 102.78 requests of
  // 3,072 tokens.
  const model = findModel(["google/gemma-3-4b-it"])!;
  const blocks = 317_136 / 16 * 7;
  assert.equal((blocks / requestBlocks(model, 3072, 8192)).toFixed(2), "102.78");
});

Deno.test("requestBlocks() of full attention is a block for every 16 tokens", () => {
  const model = findModel(["meta-llama/llama-3.1-8b"])!;
  assert.equal(requestBlocks(model, 16, 2048), 1);
  assert.equal(requestBlocks(model, 17, 2048), 2);
});

Deno.test("heldBlocks() of a window stays at the blocks it reaches into", () => {
  const model = findModel(["openai/gpt-oss-20b"])!;
  assert.equal(heldBlocks(model, 100), 7 + 7);
  // 128 tokens end at a block's end, or reach into a ninth one.
  assert.equal(heldBlocks(model, 1024), 64 + 8);
  assert.equal(heldBlocks(model, 1025), 65 + 9);
  for (let tokens = 1; tokens <= 600; tokens++) {
    assert.ok(heldBlocks(model, tokens) <= requestBlocks(model, tokens, 2048));
  }
});
