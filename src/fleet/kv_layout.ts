// Whether two engines can hand keys and values to each other: what NIXL's handshake compares. Knows no request.

import type { ServingPlan } from "./engine_limits.ts";

/** What an engine says of itself in the handshake. */
export interface KvLayout {
  /** Repository and tag of the image: its vLLM's version is not known otherwise. */
  readonly repository: string;
  readonly version: string;
  /** Model, precision, heads, their size, layers and the cache's precision. */
  readonly cache: string;
}

export function kvLayoutOf(image: string, { model, kvDtype = "auto" }: ServingPlan): KvLayout {
  const { repositories, dtype, kvHeads, headSize, layers } = model;
  const colon = image.lastIndexOf(":");
  const tagged = colon > image.lastIndexOf("/");
  return {
    repository: tagged ? image.slice(0, colon) : image,
    version: tagged ? image.slice(colon + 1) : "",
    cache: JSON.stringify([repositories[0], dtype, kvHeads, headSize, layers, kvDtype]),
  };
}

/**
 * vLLM's `compute_nixl_compatibility_hash` (vllm/distributed/kv_transfer/kv_connector/v1/nixl): its own
 * version, the model and the format of its cache; tensor parallelism may differ. Two tags of one
 * repository are taken to be two versions; what two repositories hold is not known and said nothing of.
 */
export function canHandOver(prefill: KvLayout, decode: KvLayout): boolean {
  if (prefill.cache !== decode.cache) return false;
  return prefill.repository !== decode.repository || prefill.version === decode.version;
}
