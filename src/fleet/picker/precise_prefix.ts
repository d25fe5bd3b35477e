// `precise-prefix-cache-producer`: what endpoints have, from the KV events of their engines.

import type { FleetRequest } from "../fleet_request.ts";
import type { Endpoints } from "./endpoints.ts";
import type { PrefixSource } from "./prefix_source.ts";

/** Of the token processor (llm-d-kv-cache, `kvblock.DefaultTokenProcessorConfig`). */
export const PRECISE_BLOCK_TOKENS = 16;

/**
 * Events come within milliseconds over ZMQ; here they are known at once. What an endpoint was sent and
 * has not computed yet is not in them, as upstream without `speculativeIndexing`.
 */
export class PrecisePrefix implements PrefixSource {
  readonly blockTokens: number;
  matched = new Int32Array(0);
  total = 0;
  readonly #endpoints: Endpoints;

  constructor(blockTokens: number, endpoints: Endpoints) {
    this.blockTokens = blockTokens;
    this.#endpoints = endpoints;
  }

  find({ promptTokens, content, kind: { adapter } }: FleetRequest): void {
    const { pool: { slots, count }, slots: highest } = this.#endpoints;
    if (this.matched.length < highest) this.matched = new Int32Array(highest * 2);
    // Only whole blocks have a key that an engine would tell.
    this.total = Math.floor(promptTokens / this.blockTokens);
    for (let i = 0; i < count; i++) {
      const slot = slots[i]!;
      const { engine } = this.#endpoints.pod(slot);
      const tokens = engine ? engine.cachedTokens(promptTokens, content, adapter) : 0;
      this.matched[slot] = Math.floor(tokens / this.blockTokens);
    }
  }
}
