// How many bytes of keys and values a token keeps; it does not know how they are laid out in blocks.

import { bytesPerWeight, type KvDtype, type ModelFacts } from "./model_facts.ts";

/** Layers that keep the whole context, and those that keep a window of it. */
export function attentionLayers(model: ModelFacts): { full: number; window: number } {
  const window = model.slidingWindow?.layers ?? 0;
  return { full: model.layers - window, window };
}

/** Bytes of one element of the KV cache. vLLM's fp8 formats have one byte. */
export function kvElementBytes(model: ModelFacts, kvDtype: KvDtype = "auto"): number {
  return kvDtype === "fp8" ? 1 : bytesPerWeight(model.dtype);
}

/**
 * Bytes that one token keeps in one layer, over all GPUs that share it: keys and values of each KV
 * head, or with latent attention one vector of `kvRank + ropeHeadSize`, of which every GPU has all.
 */
export function kvBytesPerLayer(model: ModelFacts, kvDtype: KvDtype = "auto"): number {
  const { latent, kvHeads, headSize } = model;
  const elements = latent ? latent.kvRank + latent.ropeHeadSize : 2 * kvHeads * headSize;
  return elements * kvElementBytes(model, kvDtype);
}

/** Bytes of one token over all layers, as long as it is in the window of those that have one. */
export function kvBytesPerToken(model: ModelFacts, kvDtype: KvDtype = "auto"): number {
  return model.layers * kvBytesPerLayer(model, kvDtype);
}

/** Bytes of one token in the layers of full attention, and in those with a window. */
export function kvBytesByAttention(
  model: ModelFacts,
  kvDtype: KvDtype = "auto",
): { full: number; window: number } {
  const { full, window } = attentionLayers(model);
  const bytes = kvBytesPerLayer(model, kvDtype);
  return { full: full * bytes, window: window * bytes };
}

/**
 * Among how many of `tensorParallel` GPUs a layer's keys and values are divided. Fewer KV heads than
 * GPUs: each still holds one whole head. Latent attention: each holds all of them.
 */
export function kvShards(model: ModelFacts, tensorParallel: number): number {
  return model.latent ? 1 : Math.min(tensorParallel, model.kvHeads);
}
