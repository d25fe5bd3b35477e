// The parts of a config.json that only some families have: experts, windows, latent attention, vision.

import { ConfigFields, isJsonObject } from "./config_fields.ts";
import type {
  ExpertFacts,
  LatentAttentionFacts,
  Precision,
  SlidingWindowFacts,
} from "./model_facts.ts";

/** The mixture of experts, by Transformers' names of each family's fields. */
export function expertsOf(
  fields: ConfigFields,
  type: string,
  layers: number,
  precision: Precision,
): ExpertFacts | undefined {
  const before = fields.problems.length;
  const experts = expertFields(fields, type, layers);
  if (!experts) return undefined;
  // What could not be read is not compared as well.
  if (fields.problems.length === before && experts.active > experts.count) {
    fields.refuse("num_experts_per_tok", `${experts.active} is above ${experts.count} experts`);
  }
  return experts.layers > 0 ? { ...experts, precision } : undefined;
}

function expertFields(
  fields: ConfigFields,
  type: string,
  layers: number,
): Omit<ExpertFacts, "precision"> | undefined {
  const active = () => fields.count("num_experts_per_tok", "experts_per_token");
  if (type === "mixtral" || type === "gpt_oss") {
    const count = fields.count("num_local_experts");
    const feedForward = fields.count("intermediate_size");
    return { count, active: active(), feedForward, sharedFeedForward: 0, layers };
  }
  if (type === "qwen2_moe" || type === "qwen3_moe") {
    return {
      count: fields.count("num_experts"),
      active: active(),
      feedForward: fields.count("moe_intermediate_size"),
      sharedFeedForward: fields.optional("shared_expert_intermediate_size", 0, 0),
      layers: sparseLayers(fields, layers),
    };
  }
  if (!type.startsWith("deepseek_")) return undefined;
  const feedForward = fields.count("moe_intermediate_size");
  return {
    count: fields.count("n_routed_experts"),
    active: active(),
    feedForward,
    sharedFeedForward: fields.optional("n_shared_experts", 0, 0) * feedForward,
    layers: Math.max(layers - fields.optional("first_k_dense_replace", 0, 0), 0),
  };
}

/** Every `decoder_sparse_step`th layer has experts, but for those that `mlp_only_layers` counts from 0. */
function sparseLayers(fields: ConfigFields, layers: number): number {
  const step = fields.optional("decoder_sparse_step", 1);
  const dense = new Set(
    fields.numbers("mlp_only_layers").filter((layer) =>
      layer >= 0 && layer < layers && (layer + 1) % step === 0
    ),
  );
  return Math.floor(layers / step) - dense.size;
}

/** Layers with a window; none where it is wider than the positions, and so never felt. */
export function slidingWindowOf(
  fields: ConfigFields,
  type: string,
  layers: number,
  maxPositions: number,
): SlidingWindowFacts | undefined {
  const tokens = fields.optional("sliding_window", undefined);
  if (tokens === undefined || tokens >= maxPositions) return undefined;
  // The default of Qwen's classes is not to; others have no such field.
  if (!fields.flag("use_sliding_window", !type.startsWith("qwen"))) return undefined;
  const types = fields.texts("layer_types");
  const windowed = types
    ? types.filter((each) => each === "sliding_attention").length
    : windowedLayers(fields, type, layers);
  return windowed > 0 ? { tokens, layers: windowed } : undefined;
}

/** Where `layer_types` does not say: the pattern that the family's class has. */
function windowedLayers(fields: ConfigFields, type: string, layers: number): number {
  if (type === "gemma2" || type === "gpt_oss") return Math.ceil(layers / 2);
  if (type === "gemma3_text") {
    return layers - Math.floor(layers / fields.optional("sliding_window_pattern", 6));
  }
  // Qwen's first layers have full attention.
  return Math.max(layers - fields.optional("max_window_layers", 0, 0), 0);
}

export function latentOf(fields: ConfigFields, type: string): LatentAttentionFacts | undefined {
  if (!type.startsWith("deepseek_")) return undefined;
  return {
    kvRank: fields.count("kv_lora_rank"),
    ropeHeadSize: fields.count("qk_rope_head_dim"),
    queryRank: fields.optional("q_lora_rank", 0, 0),
    nopeHeadSize: fields.count("qk_nope_head_dim"),
    valueHeadSize: fields.count("v_head_dim"),
  };
}

/**
 * Weights of a vision tower: its layers' matrices (three in Pixtral's feed-forward, else two), and the
 * projector as one matrix. 0 where the config does not say.
 */
export function visionWeights(config: unknown, textHidden: number): number {
  if (!isJsonObject(config)) return 0;
  const fields = new ConfigFields(config);
  const hidden = fields.count("hidden_size");
  const layers = fields.count("num_hidden_layers");
  const feedForward = fields.count("intermediate_size");
  if (fields.problems.length > 0) return 0;
  const matrices = fields.text("model_type") === "pixtral" ? 3 : 2;
  return layers * hidden * (4 * hidden + matrices * feedForward) + hidden * textHidden;
}
