// Keys and values that an engine keeps in its host's memory too: what is there, and how it comes back.
// Knows no schedule.

import { BlockPool, type Run } from "./block_pool.ts";
import type { RequestId, RequestTable } from "./requests.ts";
import type { SharedLink, Transfer } from "./shared_link.ts";
import { blockEnd, eachSegment } from "./shared_segments.ts";

/** How an engine's GPUs reach their host's memory: all at once, each over a link of its own. */
export interface HostMemory {
  readonly link: SharedLink;
  /** What one block weighs on the link of one GPU. */
  readonly bytesPerBlock: number;
}

interface Fetch {
  readonly transfer: Transfer;
  /** What it reads, first to last; not evicted before it is over. */
  readonly runs: readonly Run[];
}

/**
 * vLLM's native offloading (`--kv-offloading-size`, OffloadingConnector) with its LRU policy. Full
 * blocks of shared segments are stored when the GPU's cache has them, whether it keeps them or not; the
 * way there is the other direction of a full-duplex link beside the computation, and costs nothing
 * here. In vLLM a block can be found once its copy is over, here as soon as it is planned, as in the
 * GPU's cache. Blocks of an answer come when it is over or somebody looks for them, where vLLM copies
 * each when it is full: they are evicted later here, by the length of the answer at most.
 * Blocks that only their own request could ask for again are not stored: a preempted request computes
 * them anew where vLLM might fetch them, and they take no room here as they do there.
 */
export class KvOffload {
  readonly #table: RequestTable;
  readonly #blocks: number;
  readonly #host: HostMemory;
  #store: BlockPool;
  readonly #fetches = new Map<RequestId, Fetch>();

  constructor(table: RequestTable, blocks: number, host: HostMemory) {
    this.#table = table;
    this.#blocks = blocks;
    this.#host = host;
    this.#store = new BlockPool(blocks);
  }

  /** How many blocks of a waiting request's known tokens are here, from its first on. */
  find(id: RequestId): number {
    let found = 0;
    this.#eachSegment(id, blockEnd(this.#table.known(id)), (key, blocks) => {
      const stored = this.#stored(key);
      found += Math.min(stored, blocks);
      return stored >= blocks;
    });
    return found;
  }

  /**
   * Calls `done` when the last `blocks` of all that `find` finds are over the link, unless `end` comes
   * first. Nothing of it, nor of what precedes it, is evicted before `end`.
   */
  fetch(id: RequestId, blocks: number, done: () => void): void {
    const runs: Run[] = [];
    this.#eachSegment(id, blockEnd(this.#table.known(id)), (key, size) => {
      const run = this.#store.find(key);
      if (run < 0) return false;
      this.#store.hold(run);
      runs.push(run);
      return this.#store.size(run) >= size;
    });
    const transfer = this.#host.link.start(blocks * this.#host.bytesPerBlock, done);
    this.#fetches.set(id, { transfer, runs });
  }

  /** A fetch is over or given up; false when there is none of this request. */
  end(id: RequestId): boolean {
    const fetch = this.#fetches.get(id);
    if (!fetch) return false;
    this.#fetches.delete(id);
    this.#host.link.cancel(fetch.transfer);
    this.#release(fetch.runs);
    return true;
  }

  /**
   * The GPU has the first `full` blocks of a request: those of its shared segments are here from now
   * on, and the last to be evicted. Where fetches keep all of the memory, what does not fit is left out.
   */
  store(id: RequestId, full: number): void {
    const store = this.#store;
    const runs: Run[] = [];
    this.#eachSegment(id, full, (key, blocks) => {
      let run = store.find(key);
      // What is held is not taken for what follows it.
      if (run >= 0) store.hold(run);
      const lacking = Math.max(0, blocks - this.#stored(key));
      const taken = Math.min(lacking, store.free);
      if (taken > 0) {
        store.take(taken);
        if (run < 0) run = store.open(key, taken);
        else store.extend(run, taken);
      }
      if (run >= 0) runs.push(run);
      return taken === lacking;
    });
    this.#release(runs);
  }

  /** The process is gone, and its memory with it. */
  clear(): void {
    for (const { transfer } of this.#fetches.values()) this.#host.link.cancel(transfer);
    this.#fetches.clear();
    this.#store = new BlockPool(this.#blocks);
  }

  /** The last first, so that a request's first blocks are evicted last. */
  #release(runs: readonly Run[]): void {
    for (let index = runs.length - 1; index >= 0; index--) this.#store.release(runs[index]!);
  }

  #stored(key: number): number {
    const run = this.#store.find(key);
    return run < 0 ? 0 : this.#store.size(run);
  }

  /** Shared segments with blocks among the first `full`, and how many those are, until one says false. */
  #eachSegment(
    id: RequestId,
    full: number,
    visit: (key: number, blocks: number) => boolean,
  ): void {
    const content = this.#table.contents[id];
    if (!content) return;
    const adapter = this.#table.columns.adapter[id]!;
    eachSegment(content, adapter, 0, full, (key, start, end) => visit(key, end - start));
  }
}
