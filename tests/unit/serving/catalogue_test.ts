// Model facts against the sizes that were published.
import assert from "node:assert/strict";
import { checkpointBytes, findModel, weightBytes } from "../../../src/serving/models.ts";

function assertWithin(name: string, actual: number, published: number, share: number): void {
  const error = Math.abs(actual / published - 1);
  assert.ok(
    error <= share,
    `${name}: ${actual} is ${(error * 100).toFixed(2)} % from ${published}`,
  );
}

function known(name: string) {
  const model = findModel([name]);
  assert.ok(model, name);
  return model;
}

/**
 * Parameters as Hugging Face counts them in the repository's safetensors, printed by others. All in
 * 16 bits.
 */
const COUNTED: readonly (readonly [string, number])[] = [
  ["meta-llama/Meta-Llama-3-70B", 70_553_706_496],
  ["meta-llama/Llama-3.1-8B", 8_030_261_248],
  ["meta-llama/Llama-3.1-70B-Instruct", 70_553_706_496],
  ["meta-llama/Llama-3.2-1B-Instruct", 1_235_814_400],
  ["meta-llama/Llama-3.2-3B-Instruct", 3_212_749_824],
  ["meta-llama/Llama-4-Scout-17B-16E-Instruct", 108_641_793_536],
  ["mistralai/Mistral-7B-Instruct-v0.1", 7_241_732_096],
  ["mistralai/Mistral-7B-Instruct-v0.3", 7_248_023_552],
  ["mistralai/Mistral-Nemo-Instruct-2407", 12_247_782_400],
  ["mistralai/Mistral-Small-3.1-24B-Instruct-2503", 24_011_361_280],
  ["Qwen/Qwen2.5-0.5B-Instruct", 494_032_768],
  ["Qwen/Qwen2.5-1.5B-Instruct", 1_543_714_304],
  ["Qwen/Qwen2.5-3B-Instruct", 3_085_938_688],
  ["Qwen/Qwen2.5-7B-Instruct", 7_615_616_512],
  ["Qwen/Qwen2.5-72B-Instruct", 72_706_203_648],
  ["Qwen/Qwen3-4B", 4_022_468_096],
  ["Qwen/Qwen3-8B", 8_190_735_360],
  ["Qwen/Qwen3-32B", 32_762_123_264],
  ["Qwen/Qwen3-30B-A3B", 30_532_122_624],
  ["Qwen/Qwen3-235B-A22B", 235_093_634_560],
  ["ibm-granite/granite-3.3-2b-instruct", 2_533_539_840],
  ["ibm-granite/granite-3.3-8b-instruct", 8_170_864_640],
  ["microsoft/Phi-3-mini-4k-instruct", 3_821_079_552],
  ["microsoft/phi-4", 14_659_507_200],
  ["microsoft/Phi-4-mini-instruct", 3_836_021_760],
  ["google/gemma-2-2b-it", 2_614_341_888],
  ["google/gemma-2-9b-it", 9_241_705_984],
  ["google/gemma-2-27b-it", 27_227_128_320],
  ["google/gemma-3-1b-it", 999_885_952],
  ["google/gemma-3-4b-it", 4_300_079_472],
  ["google/gemma-3-12b-it", 12_187_325_040],
  ["google/gemma-3-27b-it", 27_432_406_640],
];

/**
 * Sums over every tensor of the architecture, norms and biases among them, each the size that its
 * model is known for. Hugging Face counts the tied output layer of Qwen 3 0.6B and 1.7B once more
 * (751,632,384 and 2,031,739,904): their files have it twice. All in 16 bits.
 */
const SUMMED: readonly (readonly [string, number])[] = [
  ["openai-community/gpt2", 124_439_808],
  ["openai-community/gpt2-medium", 354_823_168],
  ["openai-community/gpt2-large", 774_030_080],
  ["openai-community/gpt2-xl", 1_557_611_200],
  ["facebook/opt-125m", 125_239_296],
  ["facebook/opt-1.3b", 1_315_758_080],
  ["facebook/opt-6.7b", 6_658_473_984],
  ["facebook/opt-13b", 12_853_473_280],
  ["facebook/opt-30b", 29_974_540_288],
  ["meta-llama/Llama-2-7b-hf", 6_738_415_616],
  ["meta-llama/Llama-2-13b-hf", 13_015_864_320],
  ["meta-llama/Llama-2-70b-hf", 68_976_648_192],
  ["codellama/CodeLlama-34b-Instruct-hf", 33_743_970_304],
  ["meta-llama/Llama-3.1-405B-Instruct", 405_853_388_800],
  ["TinyLlama/TinyLlama-1.1B-Chat-v1.0", 1_100_048_384],
  ["01-ai/Yi-1.5-9B-Chat", 8_829_407_232],
  ["01-ai/Yi-34B-Chat", 34_388_917_248],
  ["mistralai/Mistral-Small-24B-Instruct-2501", 23_572_403_200],
  ["mistralai/Mixtral-8x7B-Instruct-v0.1", 46_702_792_704],
  ["mistralai/Mixtral-8x22B-Instruct-v0.1", 140_630_071_296],
  ["Qwen/Qwen2-7B-Instruct", 7_615_616_512],
  ["Qwen/Qwen2.5-14B-Instruct", 14_770_033_664],
  ["Qwen/Qwen2.5-32B-Instruct", 32_763_876_352],
  ["Qwen/Qwen3-0.6B", 596_049_920],
  ["Qwen/Qwen3-1.7B", 1_720_574_976],
  ["Qwen/Qwen3-14B", 14_768_307_200],
  ["Qwen/Qwen3-Coder-480B-A35B-Instruct", 480_154_875_392],
  ["deepseek-ai/DeepSeek-V2-Lite", 15_706_484_224],
  ["microsoft/Phi-3-medium-4k-instruct", 13_960_238_080],
];

Deno.test("weightBytes() comes within 0.2 % of the published parameters of models in 16 bits", () => {
  for (const [name, parameters] of [...COUNTED, ...SUMMED]) {
    assertWithin(name, weightBytes(known(name)) / 2, parameters, 0.002);
  }
});

Deno.test("checkpointBytes() comes within 1 % of published files below 16 bits", () => {
  const published: readonly (readonly [string, number])[] = [
    // Bytes of the tensors; DeepSeek's with the layer for multi-token prediction.
    ["deepseek-ai/DeepSeek-V3", 688_586_727_753],
    ["openai/gpt-oss-20b", 13_761_264_768],
    ["openai/gpt-oss-120b", 65_248_815_744],
    // The files that the repositories list: 5 GB and 4.08 GB; 15 files, 72.7 GB; 4.68 GB and
    // 1.05 GB; 39.8 GB; 4.41 GB, and 778 MB beside it that are the tied output layer once more.
    ["RedHatAI/Meta-Llama-3.1-8B-Instruct-FP8", 9.08e9],
    ["neuralmagic/Meta-Llama-3.1-8B-Instruct-quantized.w8a8", 9.08e9],
    ["RedHatAI/Meta-Llama-3.1-70B-Instruct-quantized.w8a8", 72.7e9],
    ["hugging-quants/Meta-Llama-3.1-8B-Instruct-AWQ-INT4", 5.73e9],
    ["neuralmagic/Meta-Llama-3.1-70B-Instruct-quantized.w4a16", 39.8e9],
    ["Qwen/Qwen3-4B-FP8", 4.41e9],
  ];
  for (const [name, bytes] of published) {
    assertWithin(name, checkpointBytes(known(name)), bytes, 0.01);
  }
});

Deno.test("checkpointBytes() counts DeepSeek's 671B weights once, and 14B of prediction with them", () => {
  const model = known("deepseek-ai/DeepSeek-R1");
  const { predictionLayers: _, ...main } = model;
  assert.equal(weightBytes(model), checkpointBytes(main));
  // Its card: 11.5B of its own, and copies of embedding and output layer of 0.9B each.
  const predicted = checkpointBytes(model) - weightBytes(model);
  assertWithin("prediction", predicted, 11.5e9 + 2 * 2 * 0.927e9 + 0.1e9, 0.01);
});
