// What endpoints are believed to have of a prompt, from what they were sent: llm-d's and the older GIE's.

import type { FleetRequest } from "../fleet_request.ts";
import type { Endpoints } from "./endpoints.ts";
import { type Choice, type Listener, NOBODY } from "./ports.ts";
import { type IndexedPrompt, indexPrompt, PrefixIndex } from "./prefix_index.ts";
import type { PrefixSource } from "./prefix_source.ts";

/** Defaults and the floor of the block size: llm-d-router 09a534f, `approximateprefix`. */
export const APPROXIMATE_DEFAULTS = {
  autoTune: true,
  blockSizeTokens: 16,
  /** It counts only where `maxPrefixTokensToMatch` is 0. */
  maxPrefixBlocksToMatch: 2048,
  maxPrefixTokensToMatch: 131_072,
  lruCapacityPerServer: 31_250,
};
const MIN_BLOCK_TOKENS = 64;

/** What vLLM tells of its cache (`cache_config_info`), by which `autoTune` sets block and capacity. */
const VLLM_BLOCK_TOKENS = 16;

/**
 * Defaults of `prefix-cache-scorer` where blocks are of characters: up to gateway-api-inference-extension
 * 1.1 (kubernetes-sigs, `multi/prefix/plugin.go` at vMaroon a966ad4), and llm-d 0.2 and 0.3 with it. Of a
 * prompt only the first 16,384 characters count.
 */
export const CHARACTER_DEFAULTS = {
  hashBlockSize: 64,
  maxPrefixBlocksToMatch: 256,
  lruCapacityPerServer: 31_250,
};
/** Prompts come as tokens here: "a good guess of average characters per token is 4" (same file). */
const CHARACTERS_A_TOKEN = 4;

export type ApproximateParameters = typeof APPROXIMATE_DEFAULTS;

/** How prompts are cut, and how much is kept of each endpoint. */
export interface PrefixIndexing {
  readonly blockTokens: number;
  /** Of a prompt. */
  readonly maxBlocks: number;
  /** Whether what is left of a prompt after whole blocks is a block too. */
  readonly hasPartialBlock: boolean;
  /** Blocks of an endpoint. */
  readonly capacity: number;
  /** Where it is known, the engine's number of KV blocks counts instead. */
  readonly capacityOfEngine: boolean;
}

export function indexingOf(parameters: ApproximateParameters): PrefixIndexing {
  const { autoTune, blockSizeTokens, lruCapacityPerServer: capacity } = parameters;
  const tokens = autoTune ? VLLM_BLOCK_TOKENS : blockSizeTokens;
  const blockTokens = Math.max(MIN_BLOCK_TOKENS, tokens);
  return {
    blockTokens,
    maxBlocks: maxBlocksOf(parameters, blockTokens),
    hasPartialBlock: true,
    capacity: capacity > 0 ? capacity : APPROXIMATE_DEFAULTS.lruCapacityPerServer,
    capacityOfEngine: autoTune,
  };
}

/** A block of fewer characters than a token's is one token long. */
export function characterIndexingOf(parameters: typeof CHARACTER_DEFAULTS): PrefixIndexing {
  const { hashBlockSize, maxPrefixBlocksToMatch, lruCapacityPerServer: capacity } = parameters;
  return {
    blockTokens: Math.max(1, Math.round(hashBlockSize / CHARACTERS_A_TOKEN)),
    maxBlocks: maxPrefixBlocksToMatch,
    hasPartialBlock: false,
    capacity: capacity > 0 ? capacity : CHARACTER_DEFAULTS.lruCapacityPerServer,
    capacityOfEngine: false,
  };
}

/**
 * The capacity is set when an endpoint gets its first prompt. With `autoTune` it is the engine's number
 * of KV blocks, though a block here has at least 64 tokens and there 16: upstream does so too, and
 * believes long in what the engine has evicted.
 */
export class ApproximatePrefix implements PrefixSource, Listener {
  readonly blockTokens: number;
  matched = new Int32Array(0);
  readonly #endpoints: Endpoints;
  readonly #indexing: PrefixIndexing;
  readonly #index = new PrefixIndex();
  readonly #prompt: IndexedPrompt = { keys: [], ends: [], count: 0, blocks: 0 };
  readonly #adapters = new Map<string, number>();

  constructor(indexing: PrefixIndexing, endpoints: Endpoints) {
    this.#indexing = indexing;
    this.#endpoints = endpoints;
    this.blockTokens = indexing.blockTokens;
    endpoints.onForget((slot) => this.#index.forget(slot));
  }

  get total(): number {
    return this.#prompt.blocks;
  }

  find({ promptTokens, content, kind: { adapter } }: FleetRequest): void {
    const { slots } = this.#endpoints;
    if (this.matched.length < slots) this.matched = new Int32Array(slots * 2);
    this.matched.fill(0, 0, slots);
    const number = adapter === undefined ? -1 : this.#adapter(adapter);
    const prompt = this.#prompt;
    const { blockTokens, maxBlocks, hasPartialBlock } = this.#indexing;
    const tokens = hasPartialBlock ? promptTokens : promptTokens - promptTokens % blockTokens;
    indexPrompt(prompt, tokens, content, number, blockTokens, maxBlocks);
    this.#index.match(prompt, this.matched);
  }

  picked(_: FleetRequest, { slot, prefillSlot }: Readonly<Choice>): void {
    this.#index.record(this.#prompt, slot, this.#capacity(slot));
    if (prefillSlot === NOBODY) return;
    this.#index.record(this.#prompt, prefillSlot, this.#capacity(prefillSlot));
  }

  #capacity(slot: number): number {
    const { capacity, capacityOfEngine } = this.#indexing;
    return capacityOfEngine ? this.#endpoints.pod(slot).engine?.kvBlocks ?? capacity : capacity;
  }

  #adapter(name: string): number {
    let number = this.#adapters.get(name);
    if (number === undefined) this.#adapters.set(name, number = this.#adapters.size);
    return number;
  }
}

function maxBlocksOf(
  { maxPrefixTokensToMatch: tokens, maxPrefixBlocksToMatch: blocks }: ApproximateParameters,
  blockTokens: number,
): number {
  if (tokens > 0) return Math.floor(tokens / blockTokens);
  return blocks === 0 ? Infinity : blocks;
}
