// The requests of one engine whose keys and values come from elsewhere: those that wait for them, then
// for a place in the batch. Knows neither where they come from nor how long that takes.

import { BLOCK_TOKENS, blocksOf } from "./capacity.ts";
import type { KvCache } from "./kv_cache.ts";
import type { KvOffload } from "./kv_offload.ts";
import { REQUEST_STATE, type RequestId, type RequestTable } from "./requests.ts";

/** Whoever brings an engine keys and values that it does not have. */
export interface KvSource {
  /**
   * Room is there for so many blocks of a request: bring them, then say `Engine.loaded`, or
   * `Engine.loadFailed`, but neither before this returns. With 0 the engine has them all itself, and
   * nothing is to be said.
   */
  fetch(id: RequestId, blocks: number): void;
}

/**
 * vLLM's WAITING_FOR_REMOTE_KVS and what follows it: requests that have their blocks already and no
 * part in the batch yet. Nothing takes the blocks away again, so those whose load is over go before
 * the waiting line (vLLM's `skipped_waiting`), in the order in which they had joined that. Here that
 * is so under the priority policy too: behind one who waits for their blocks they would wait for ever.
 */
export class KvLoads {
  readonly #table: RequestTable;
  readonly #cache: KvCache;
  readonly #offload: KvOffload | undefined;
  /** Where the keys and values of `externalTokens` come from. */
  source: KvSource | undefined;
  /** Called when what was fetched from the host is here, never during an admission. */
  onFetched: ((id: RequestId) => void) | undefined;
  readonly #loading = new Set<RequestId>();
  readonly #loaded: RequestId[] = [];

  constructor(table: RequestTable, cache: KvCache, offload: KvOffload | undefined) {
    this.#table = table;
    this.#cache = cache;
    this.#offload = offload;
  }

  /** All that hold blocks and do not run. */
  get length(): number {
    return this.#loading.size + this.#loaded.length;
  }

  /** Those that are to be admitted next. */
  get loaded(): readonly RequestId[] {
    return this.#loaded;
  }

  /**
   * Asks for what is elsewhere of a request, of which so many blocks were found here and are held; false
   * when there is nothing to wait for.
   */
  begin(id: RequestId, found: number): boolean {
    if (this.#table.columns.externalTokens[id]! > 0 && this.#beginAtSource(id, found)) return true;
    return this.#offload !== undefined && this.#beginAtHost(id, found, this.#offload);
  }

  #beginAtSource(id: RequestId, found: number): boolean {
    const { externalTokens } = this.#table.columns;
    const fetched = Math.max(0, blocksOf(externalTokens[id]!) - found);
    if (fetched > 0) this.#wait(id, found);
    else externalTokens[id] = 0;
    this.source?.fetch(id, fetched);
    return fetched > 0;
  }

  /** The same of what the host has and the GPU has not; a preempted request may be one of those. */
  #beginAtHost(id: RequestId, found: number, offload: KvOffload): boolean {
    const stored = offload.find(id);
    if (stored <= found) return false;
    this.#table.columns.externalTokens[id] = stored * BLOCK_TOKENS;
    this.#wait(id, found);
    offload.fetch(id, stored - found, () => this.onFetched?.(id));
    return true;
  }

  /** It takes blocks for all of its known tokens, so that nothing keeps it from running after. */
  #wait(id: RequestId, found: number): void {
    const { computedTokens, state } = this.#table.columns;
    this.#cache.grow(id, blocksOf(this.#table.known(id)), 0);
    computedTokens[id] = found * BLOCK_TOKENS;
    this.#tellFound(id, found * BLOCK_TOKENS);
    state[id] = REQUEST_STATE.loading;
    this.#loading.add(id);
  }

  /** Of a request that was never admitted so many tokens are there, whoever computed them. */
  #tellFound(id: RequestId, tokens: number): void {
    const { scheduledUs, cachedTokens } = this.#table.columns;
    if (scheduledUs[id]! < 0) cachedTokens[id] = tokens;
  }

  /** A load is over: its tokens are as good as computed, but for a last one, which brings an answer. */
  end(id: RequestId, brought: boolean): void {
    const { externalTokens, computedTokens, held, joined } = this.#table.columns;
    if (brought) {
      computedTokens[id] = Math.min(externalTokens[id]!, this.#table.known(id) - 1);
      this.#cache.grow(id, held[id]!, externalTokens[id]!);
    }
    // What this engine had offloaded counts as found; what another one computed does not.
    if (this.#offload?.end(id)) this.#tellFound(id, computedTokens[id]!);
    externalTokens[id] = 0;
    this.#loading.delete(id);
    const later = this.#loaded.findIndex((other) => joined[other]! > joined[id]!);
    this.#loaded.splice(later < 0 ? this.#loaded.length : later, 0, id);
  }

  /** It runs now, or was given up. */
  remove(id: RequestId): void {
    this.#offload?.end(id);
    if (this.#loading.delete(id)) return;
    this.#loaded.splice(this.#loaded.indexOf(id), 1);
  }

  takeAll(): RequestId[] {
    const all = [...this.#loaded, ...this.#loading];
    this.#loaded.length = 0;
    this.#loading.clear();
    this.#offload?.clear();
    return all;
  }
}
