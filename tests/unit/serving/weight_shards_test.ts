// What a GPU holds of the weights, against vLLM's own words and what must add up.
import assert from "node:assert/strict";
import { findModel, MODEL_NAMES, weightBytes } from "../../../src/serving/models.ts";
import { pipelineStages, weightBytesPerGpu } from "../../../src/serving/weight_shards.ts";
import fc from "../../fast_check.ts";

const known = (name: string) => findModel([name])!;
const models = fc.constantFrom(...MODEL_NAMES).map(known);

Deno.test("pipelineStages() gives layers left over to those before the last, as vLLM does", () => {
  const sizes = (layers: number, stages: number) =>
    pipelineStages(layers, stages).map((stage) => stage.layers);
  // vLLM's own example of 61 layers, and three more of `get_pp_indices`.
  assert.deepEqual(sizes(61, 4), [15, 15, 16, 15]);
  assert.deepEqual(sizes(61, 2), [31, 30]);
  assert.deepEqual(sizes(22, 4), [5, 6, 6, 5]);
  assert.deepEqual(sizes(5, 3), [2, 2, 1]);
});

Deno.test("pipelineStages() leaves no layer out and none twice", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 130 }), fc.integer({ min: 1, max: 16 }), (l, n) => {
      let next = 0;
      for (const { first, layers } of pipelineStages(l, n)) {
        assert.equal(first, next);
        next += layers;
      }
      assert.equal(next, l);
    }),
  );
});

Deno.test("weightBytesPerGpu() of one GPU is all of the weights", () => {
  fc.assert(fc.property(models, (model) => {
    assert.equal(weightBytesPerGpu(model, { tensorParallel: 1 }), weightBytes(model));
  }));
});

Deno.test("weightBytesPerGpu() divides a dense model evenly while each GPU has a KV head", () => {
  const model = known("meta-llama/llama-3.1-70b");
  for (const tensorParallel of [2, 4, 8]) {
    assert.equal(weightBytesPerGpu(model, { tensorParallel }), weightBytes(model) / tensorParallel);
  }
});

Deno.test("weightBytesPerGpu() of Llama-3.1-70B in int8 is what vLLM loaded", () => {
  // vllm-project/vllm#12569 loads 67.72 GiB of Llama-3.1-70B-Instruct-quantized.w8a8.
  const model = known("neuralmagic/meta-llama-3.1-70b-instruct-quantized.w8a8");
  const gib = weightBytesPerGpu(model, { tensorParallel: 1 }) / 2 ** 30;
  assert.ok(Math.abs(gib / 67.7229 - 1) < 0.005, String(gib));
});

Deno.test("weightBytesPerGpu() never falls below an even share, nor above the whole", () => {
  const sizes = fc.constantFrom(1, 2, 4, 8);
  fc.assert(fc.property(models, sizes, sizes, sizes, (model, tensor, pipeline, data) => {
    const parallelism = {
      tensorParallel: tensor,
      pipelineParallel: pipeline,
      dataParallel: data,
    };
    const bytes = weightBytesPerGpu(model, parallelism);
    assert.ok(bytes >= weightBytes(model) / (tensor * pipeline * data) * (1 - 1e-12));
    assert.ok(bytes <= weightBytes(model));
  }));
});

Deno.test("weightBytesPerGpu() gives each GPU a whole KV head, and all of latent compression", () => {
  const qwen = known("qwen/qwen2.5-7b");
  const even = weightBytes(qwen) / 8;
  // Four KV heads over eight GPUs: key and value matrices are held twice.
  const twice = 28 * 2 * 3584 * 512 * 2 * (1 / 4 - 1 / 8);
  assert.ok(Math.abs(weightBytesPerGpu(qwen, { tensorParallel: 8 }) - even - twice) < 1);
  const deepseek = known("deepseek-ai/deepseek-v3");
  const copied = 61 * 7168 * (1536 + 512 + 64) * (7 / 8) + 58 * 7168 * 256 * (7 / 8);
  const spread = weightBytesPerGpu(deepseek, { tensorParallel: 8 }) - weightBytes(deepseek) / 8;
  assert.ok(Math.abs(spread - copied) < 1, String(spread - copied));
});

Deno.test("weightBytesPerGpu() divides experts over the ranks of data parallelism, attention not", () => {
  const model = known("deepseek-ai/deepseek-v3");
  const one = weightBytesPerGpu(model, { tensorParallel: 1 });
  const sixteen = weightBytesPerGpu(model, { tensorParallel: 1, dataParallel: 16 });
  const experts = 58 * 256 * 3 * 7168 * 2048;
  assert.ok(Math.abs(one - sixteen - experts * (15 / 16)) < 1);
});

Deno.test("weightBytesPerGpu() of the stage with most layers counts its embedding", () => {
  const model = known("meta-llama/llama-3.1-8b");
  const table = 128_256 * 4096 * 2;
  const stage = (weightBytes(model) - 2 * table) / 2 + table;
  assert.equal(weightBytesPerGpu(model, { tensorParallel: 1, pipelineParallel: 2 }), stage);
});
