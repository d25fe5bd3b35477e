// The blocks of shared segments that one engine has: found, held, filled and given back by requests.
// Knows no blocks of a request's own, and not when anything is filled.

import type { BlockPool, Run } from "./block_pool.ts";
import type { RequestId, RequestTable, SharedContent } from "./requests.ts";
import { blockEnd, keyOf, sharedEnd } from "./shared_segments.ts";

const NONE = -1;

/**
 * Two requests that compute the same block at once have a copy each in vLLM; here the later one goes
 * over to the first one's, and its copy is free. The same is found as long as it is there; only while
 * both of them run they take less room than in vLLM.
 */
export class SharedBlocks {
  readonly #table: RequestTable;
  readonly #pool: BlockPool;
  /** Brings up to date what is there of a key; false when it was. */
  readonly #catchUp: (key: number) => boolean;
  /** Of the last look-up: the runs that were found, how many of their blocks, and what was missing. */
  readonly #runs: Run[] = [];
  #runCount = 0;
  #found = 0;
  #foundFree = 0;
  #missing = NONE;

  constructor(table: RequestTable, pool: BlockPool, catchUp: (key: number) => boolean) {
    this.#table = table;
    this.#pool = pool;
    this.#catchUp = catchUp;
  }

  /** Of the last look-up: the key of which not all blocks were there; NONE (−1) when all were. */
  get missing(): number {
    return this.#missing;
  }

  /** Of the last look-up: how many of the blocks count as free until they are held. */
  get foundFree(): number {
    return this.#foundFree;
  }

  /** How many of the first `blocks` blocks of such a content are there. */
  find(content: SharedContent, adapter: number, blocks: number): number {
    do this.#look(content, adapter, blocks); while (
      this.#missing !== NONE && this.#catchUp(this.#missing)
    );
    return this.#found;
  }

  #look({ ids, ends }: SharedContent, adapter: number, blocks: number): void {
    this.findNone();
    let found = 0;
    for (let segment = 0; segment < ids.length && found < blocks; segment++) {
      const end = Math.min(blockEnd(ends[segment]!), blocks);
      if (end === found) continue;
      const key = keyOf(ids[segment]!, adapter);
      found += this.#findOf(key, end - found);
      if (found < end) {
        this.#missing = key;
        break;
      }
    }
    this.#found = found;
  }

  /** The same of nothing. */
  findNone(): void {
    this.#runCount = 0;
    this.#missing = NONE;
    this.#found = 0;
    this.#foundFree = 0;
  }

  #findOf(key: number, blocks: number): number {
    const pool = this.#pool;
    let left = blocks;
    for (let run = pool.find(key); run >= 0 && left > 0; run = pool.following(run)) {
      const size = Math.min(left, pool.size(run));
      this.#runs[this.#runCount++] = run;
      if (!pool.inUse(run)) this.#foundFree += size;
      left -= size;
    }
    return blocks - left;
  }

  /** Refers to what the last look-up found, for this request. */
  hold(id: RequestId): void {
    let left = this.#table.columns.shared[id] = this.#found;
    for (let index = 0; left > 0; index++) {
      const run = this.#runs[index]!;
      this.#pool.holdFirst(run, left);
      left -= this.#pool.size(run);
    }
  }

  /** Those of a request's first `full` blocks that are of its segments are found from now on. */
  fill(id: RequestId, full: number): void {
    const { shared, adapter } = this.#table.columns;
    const content = this.#table.contents[id];
    const until = Math.min(full, sharedEnd(content));
    let at = shared[id]!;
    if (at >= until) return;
    const { ids, ends } = content!;
    for (let segment = 0, start = 0; at < until; segment++) {
      const segmentEnd = blockEnd(ends[segment]!);
      const end = Math.min(segmentEnd, until);
      if (end > at) {
        this.#pool.fill(keyOf(ids[segment]!, adapter[id]!), at - start, end - at);
        at = end;
      }
      start = segmentEnd;
    }
    shared[id] = until;
  }

  /** Gives all of them back, the last first. */
  release(id: RequestId): void {
    const { shared, adapter } = this.#table.columns;
    let until = shared[id]!;
    shared[id] = 0;
    if (until === 0) return;
    const { ids, ends } = this.#table.contents[id]!;
    for (let segment = ids.length - 1; until > 0; segment--) {
      const start = segment === 0 ? 0 : blockEnd(ends[segment - 1]!);
      if (start >= until) continue;
      this.#pool.releaseFirst(keyOf(ids[segment]!, adapter[id]!), until - start);
      until = start;
    }
  }
}
