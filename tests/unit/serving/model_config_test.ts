// A config.json read into facts, against the facts that the catalogue has of the same model.
import assert from "node:assert/strict";
import { modelFromConfig } from "../../../src/serving/model_config.ts";
import { findModel, type ModelFacts } from "../../../src/serving/models.ts";

type Config = Readonly<Record<string, unknown>>;

function facts(config: unknown): ModelFacts {
  const found = modelFromConfig(config);
  assert.ok(!("problems" in found), JSON.stringify(found));
  return found;
}

function problems(config: unknown): string[] {
  const found = modelFromConfig(config);
  assert.ok("problems" in found, JSON.stringify(found));
  return found.problems.map(({ path }) => path);
}

function assertIs(name: string, config: Config): void {
  const known = findModel([name]);
  assert.ok(known, name);
  assert.deepEqual(facts(config), { ...known, repositories: [] }, name);
}

const LLAMA: Config = {
  architectures: ["LlamaForCausalLM"],
  hidden_size: 4096,
  intermediate_size: 14_336,
  max_position_embeddings: 131_072,
  model_type: "llama",
  num_attention_heads: 32,
  num_hidden_layers: 32,
  num_key_value_heads: 8,
  tie_word_embeddings: false,
  torch_dtype: "bfloat16",
  vocab_size: 128_256,
};

const QWEN3_MOE: Config = {
  decoder_sparse_step: 1,
  head_dim: 128,
  hidden_size: 2048,
  intermediate_size: 6144,
  max_position_embeddings: 40_960,
  max_window_layers: 48,
  mlp_only_layers: [],
  model_type: "qwen3_moe",
  moe_intermediate_size: 768,
  num_attention_heads: 32,
  num_experts: 128,
  num_experts_per_tok: 8,
  num_hidden_layers: 48,
  num_key_value_heads: 4,
  sliding_window: null,
  tie_word_embeddings: false,
  torch_dtype: "bfloat16",
  use_sliding_window: false,
  vocab_size: 151_936,
};

const DEEPSEEK: Config = {
  first_k_dense_replace: 3,
  hidden_size: 7168,
  intermediate_size: 18_432,
  kv_lora_rank: 512,
  max_position_embeddings: 163_840,
  model_type: "deepseek_v3",
  moe_intermediate_size: 2048,
  n_routed_experts: 256,
  n_shared_experts: 1,
  num_attention_heads: 128,
  num_experts_per_tok: 8,
  num_hidden_layers: 61,
  num_key_value_heads: 128,
  num_nextn_predict_layers: 1,
  q_lora_rank: 1536,
  qk_nope_head_dim: 128,
  qk_rope_head_dim: 64,
  head_dim: 128,
  quantization_config: { quant_method: "fp8", weight_block_size: [128, 128] },
  tie_word_embeddings: false,
  torch_dtype: "bfloat16",
  v_head_dim: 128,
  vocab_size: 129_280,
};

Deno.test("modelFromConfig() reads Llama, and 8 bits of it", () => {
  assertIs("meta-llama/llama-3.1-8b", LLAMA);
  const group = (bits: number, type: string) => ({
    ...LLAMA,
    quantization_config: {
      quant_method: "compressed-tensors",
      config_groups: { group_0: { weights: { num_bits: bits, type } } },
      ignore: ["lm_head"],
    },
  });
  assertIs("redhatai/meta-llama-3.1-8b-instruct-fp8", group(8, "float"));
  assertIs("redhatai/meta-llama-3.1-8b-instruct-quantized.w8a8", group(8, "int"));
  assertIs("redhatai/meta-llama-3.1-8b-instruct-quantized.w4a16", group(4, "int"));
});

Deno.test("modelFromConfig() reads the other methods of quantisation", () => {
  const precision = (quantization_config: Config) =>
    facts({ ...LLAMA, quantization_config }).precision;
  assert.equal(precision({ quant_method: "awq", bits: 4, group_size: 128 }), "int4");
  assert.equal(precision({ quant_method: "gptq", bits: 8 }), "int8");
  assert.equal(precision({ quant_method: "modelopt", quant_algo: "FP8" }), "fp8");
  assert.deepEqual(problems({ ...LLAMA, quantization_config: { quant_method: "bitsandbytes" } }), [
    "quantization_config.quant_method",
  ]);
  const nvfp4 = { quant_method: "modelopt", quant_algo: "NVFP4" };
  assert.equal(problems({ ...LLAMA, quantization_config: nvfp4 }).length, 1);
  // Meta's 405B keeps its attention in 16 bits.
  const left = {
    quant_method: "fbgemm_fp8",
    modules_to_not_convert: ["lm_head", "model.layers.0.self_attn.q_proj"],
  };
  assert.deepEqual(problems({ ...LLAMA, quantization_config: left }), [
    "quantization_config.modules_to_not_convert",
  ]);
});

Deno.test("modelFromConfig() reads mixtures: Mixtral, Qwen 3, gpt-oss, DeepSeek", () => {
  assertIs("mistralai/mixtral-8x7b-v0.1", {
    ...LLAMA,
    max_position_embeddings: 32_768,
    model_type: "mixtral",
    num_experts_per_tok: 2,
    num_local_experts: 8,
    sliding_window: null,
    vocab_size: 32_000,
  });
  assertIs("qwen/qwen3-30b-a3b", QWEN3_MOE);
  assertIs("openai/gpt-oss-20b", {
    experts_per_token: 4,
    head_dim: 64,
    hidden_size: 2880,
    intermediate_size: 2880,
    layer_types: Array.from(
      { length: 24 },
      (_, i) => i % 2 ? "full_attention" : "sliding_attention",
    ),
    max_position_embeddings: 131_072,
    model_type: "gpt_oss",
    num_attention_heads: 64,
    num_hidden_layers: 24,
    num_key_value_heads: 8,
    num_local_experts: 32,
    quantization_config: {
      modules_to_not_convert: ["model.layers.*.self_attn", "model.layers.*.mlp.router"],
      quant_method: "mxfp4",
    },
    sliding_window: 128,
    tie_word_embeddings: false,
    vocab_size: 201_088,
  });
  assertIs("deepseek-ai/deepseek-v3", DEEPSEEK);
});

Deno.test("modelFromConfig() reads windows: Mistral, Gemma 2 and 3, Phi 3", () => {
  const mistral = {
    ...LLAMA,
    max_position_embeddings: 32_768,
    model_type: "mistral",
    sliding_window: 4096,
    vocab_size: 32_000,
  };
  assertIs("mistralai/mistral-7b-v0.1", mistral);
  assertIs("mistralai/mistral-7b-instruct-v0.2", { ...mistral, sliding_window: null });
  assertIs("google/gemma-2-27b-it", {
    head_dim: 128,
    hidden_size: 4608,
    intermediate_size: 36_864,
    max_position_embeddings: 8192,
    model_type: "gemma2",
    num_attention_heads: 32,
    num_hidden_layers: 46,
    num_key_value_heads: 16,
    sliding_window: 4096,
    torch_dtype: "bfloat16",
    vocab_size: 256_000,
  });
  assertIs("microsoft/phi-3-mini-4k-instruct", {
    hidden_size: 3072,
    intermediate_size: 8192,
    max_position_embeddings: 4096,
    model_type: "phi3",
    num_attention_heads: 32,
    num_hidden_layers: 32,
    num_key_value_heads: 32,
    sliding_window: 2047,
    tie_word_embeddings: false,
    torch_dtype: "bfloat16",
    vocab_size: 32_064,
  });
});

Deno.test("modelFromConfig() reads the text of a model that sees, and its vision tower by its layers", () => {
  // As published: what is Transformers' default is left out.
  const found = facts({
    model_type: "gemma3",
    text_config: {
      hidden_size: 2560,
      intermediate_size: 10_240,
      model_type: "gemma3_text",
      num_hidden_layers: 34,
      sliding_window: 1024,
    },
    torch_dtype: "bfloat16",
    vision_config: {
      hidden_size: 1152,
      intermediate_size: 4304,
      model_type: "siglip_vision_model",
      num_hidden_layers: 27,
    },
  });
  const { besideDecoder, ...rest } = findModel(["google/gemma-3-4b-it"])!;
  const { besideDecoder: read, ...others } = found;
  assert.deepEqual(others, { ...rest, repositories: [] });
  // Its patches, biases and norms are not in the layers.
  assert.ok(Math.abs(read! / besideDecoder! - 1) < 0.02, String(read));
});

Deno.test("modelFromConfig() reads GPT-2's and OPT's own names", () => {
  assertIs("gpt2", {
    model_type: "gpt2",
    n_embd: 768,
    n_head: 12,
    n_inner: null,
    n_layer: 12,
    n_positions: 1024,
    torch_dtype: "float32",
    vocab_size: 50_257,
  });
  assertIs("facebook/opt-125m", {
    ffn_dim: 3072,
    hidden_size: 768,
    max_position_embeddings: 2048,
    model_type: "opt",
    num_attention_heads: 12,
    num_hidden_layers: 12,
    torch_dtype: "float16",
    vocab_size: 50_272,
    word_embed_proj_dim: 768,
  });
});

Deno.test("modelFromConfig() ignores a window that is switched off or wider than the positions", () => {
  const wide = { ...LLAMA, model_type: "phi3", sliding_window: 262_144 };
  assert.equal(facts(wide).slidingWindow, undefined);
  const off = { ...LLAMA, model_type: "qwen2", sliding_window: 4096, use_sliding_window: false };
  assert.equal(facts(off).slidingWindow, undefined);
  // Qwen's first 28 layers would have full attention.
  const { use_sliding_window: _, ...silent } = off;
  assert.equal(facts(silent).slidingWindow, undefined);
  assert.equal(facts({ ...silent, model_type: "mistral" }).slidingWindow?.tokens, 4096);
  const on = { ...off, use_sliding_window: true, max_window_layers: 28 };
  assert.deepEqual(facts(on).slidingWindow, { tokens: 4096, layers: 4 });
});

Deno.test("modelFromConfig() tells all that is wrong, each with its field", () => {
  const { hidden_size: _, vocab_size: __, ...rest } = LLAMA;
  assert.deepEqual(problems({ ...rest, num_hidden_layers: 0, torch_dtype: "float8" }).sort(), [
    ...["hidden_size", "num_hidden_layers", "torch_dtype", "vocab_size"],
  ]);
  assert.deepEqual(problems({ ...LLAMA, hidden_size: "4096" }), ["hidden_size"]);
  assert.deepEqual(problems({ ...LLAMA, torch_dtype: 5 }), ["torch_dtype"]);
  assert.deepEqual(problems({ ...QWEN3_MOE, num_experts: "many" }), ["num_experts"]);
  const { torch_dtype: ___, ...text } = LLAMA;
  const nested = { model_type: "mistral3", text_config: { ...text, model_type: "mistral" } };
  assert.deepEqual(problems({ ...nested, torch_dtype: 5 }), ["torch_dtype"]);
  assert.deepEqual(problems({ ...LLAMA, num_key_value_heads: 5 }), ["num_key_value_heads"]);
  assert.deepEqual(problems({ ...LLAMA, hidden_size: 4097 }), ["num_attention_heads"]);
  assert.deepEqual(problems({ ...LLAMA, vocab_size: 1e12 }), ["vocab_size"]);
  assert.deepEqual(problems({ ...QWEN3_MOE, num_experts_per_tok: 129 }), ["num_experts_per_tok"]);
  assert.deepEqual(problems({ ...DEEPSEEK, kv_lora_rank: "wide" }), ["kv_lora_rank"]);
  assert.deepEqual(problems({ ...LLAMA, tie_word_embeddings: "no" }), ["tie_word_embeddings"]);
});

Deno.test("modelFromConfig() refuses what is no config or of an architecture without facts", () => {
  for (const config of [null, [], "llama", 3]) assert.deepEqual(problems(config), [""]);
  assert.deepEqual(problems({}), ["model_type"]);
  assert.deepEqual(problems({ ...LLAMA, model_type: "mamba2" }), ["model_type"]);
  assert.deepEqual(problems({ ...LLAMA, model_type: "constructor" }), ["model_type"]);
  assert.deepEqual(problems({ model_type: "llava", text_config: { model_type: "bloom" } }), [
    "text_config.model_type",
  ]);
});

Deno.test("modelFromConfig() refuses an OPT whose embeddings are narrower than its layers", () => {
  const narrow = { ...LLAMA, model_type: "opt", word_embed_proj_dim: 512 };
  assert.deepEqual(problems(narrow), ["word_embed_proj_dim"]);
});

Deno.test("modelFromConfig() derives the positions from the scaling as vLLM does", () => {
  const positions = (change: Config) => facts({ ...LLAMA, ...change }).maxPositions;
  const qwen = { model_type: "qwen3", max_position_embeddings: 40_960 };
  const yarn = { rope_type: "yarn", factor: 4, original_max_position_embeddings: 32_768 };
  assert.equal(positions({ ...qwen, rope_scaling: null }), 40_960);
  assert.equal(positions({ ...qwen, rope_scaling: yarn }), 131_072);
  const { rope_type, ...older } = yarn;
  assert.equal(positions({ ...qwen, rope_scaling: { ...older, type: rope_type } }), 131_072);
  assert.equal(positions({ ...qwen, rope_parameters: { ...yarn, rope_theta: 1e6 } }), 131_072);
  const perKind = { full_attention: yarn, sliding_attention: { rope_type: "default" } };
  assert.equal(positions({ ...qwen, rope_parameters: perKind }), 131_072);
  for (const kind of ["linear", "dynamic"]) {
    assert.equal(positions({ rope_scaling: { type: kind, factor: 1.5 } }), 196_608);
  }
  for (const kind of ["llama3", "longrope", "su", "mrope", "default"]) {
    const factor = kind === "mrope" || kind === "default" ? {} : { factor: 8 };
    assert.equal(positions({ rope_scaling: { rope_type: kind, ...factor } }), 131_072, kind);
  }
  // What YaRN makes of 4096 positions is what is published.
  const deepseek = { type: "yarn", factor: 40, original_max_position_embeddings: 4096 };
  assert.equal(facts({ ...DEEPSEEK, rope_scaling: deepseek }).maxPositions, 163_840);
});

Deno.test("modelFromConfig() tells what is wrong with a scaling", () => {
  const told = (rope_scaling: Config) => problems({ ...LLAMA, rope_scaling });
  assert.deepEqual(told({ type: "linear", factor: "4" }), ["rope_scaling.factor"]);
  assert.deepEqual(told({ type: "yarn", factor: 4 }), [
    "rope_scaling.original_max_position_embeddings",
  ]);
  assert.deepEqual(told({ type: 7 }), ["rope_scaling.type"]);
});

Deno.test("modelFromConfig() counts a layer as dense when mlp_only_layers or the step says so", () => {
  const layers = (change: Config) => facts({ ...QWEN3_MOE, ...change }).experts?.layers;
  assert.equal(layers({ mlp_only_layers: [0, 1, 47, 48, 1] }), 45);
  assert.equal(layers({ decoder_sparse_step: 2 }), 24);
  // Layer 0 is dense by the step already.
  assert.equal(layers({ decoder_sparse_step: 2, mlp_only_layers: [0, 1] }), 23);
  assert.deepEqual(problems({ ...QWEN3_MOE, mlp_only_layers: "all" }), ["mlp_only_layers"]);
});
