// The requests of one engine whose keys and values come from elsewhere: those that wait for them, then
// for a place in the batch. Knows neither where they come from nor how long that takes.

import type { RequestId, RequestTable } from "./requests.ts";

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
  readonly #loading = new Set<RequestId>();
  readonly #loaded: RequestId[] = [];

  constructor(table: RequestTable) {
    this.#table = table;
  }

  /** All that hold blocks and do not run. */
  get length(): number {
    return this.#loading.size + this.#loaded.length;
  }

  /** Those that are to be admitted next. */
  get loaded(): readonly RequestId[] {
    return this.#loaded;
  }

  begin(id: RequestId): void {
    this.#loading.add(id);
  }

  end(id: RequestId): void {
    const { joined } = this.#table.columns;
    this.#loading.delete(id);
    const later = this.#loaded.findIndex((other) => joined[other]! > joined[id]!);
    this.#loaded.splice(later < 0 ? this.#loaded.length : later, 0, id);
  }

  /** It runs now, or was given up. */
  remove(id: RequestId): void {
    if (this.#loading.delete(id)) return;
    this.#loaded.splice(this.#loaded.indexOf(id), 1);
  }

  takeAll(): RequestId[] {
    const all = [...this.#loaded, ...this.#loading];
    this.#loaded.length = 0;
    this.#loading.clear();
    return all;
  }
}
