// The KV cache of one engine as its requests see it: what they find there, take, and give back.

import { BlockPool, type Run } from "./block_pool.ts";
import { BLOCK_TOKENS } from "./capacity.ts";
import type { RequestId, RequestTable, SharedContent } from "./requests.ts";

/** An adapter's keys lie apart: its keys and values are others than the model's own. */
const KEYS_AN_ADAPTER = 2 ** 31;

/** The block in which a segment that ends before this token ends: it may be another's from there on. */
export function blockEnd(tokens: number): number {
  return Math.floor(tokens / BLOCK_TOKENS);
}

/**
 * A request's blocks are those of its shared segments, one run each, then its own. A block belongs to
 * the segment of its last token, since its hash covers all before it; only full blocks can be found
 * again. Its own are found by itself alone, after a preemption.
 */
export class KvCache {
  readonly #table: RequestTable;
  #pool: BlockPool;
  readonly #caching: boolean;
  readonly #filled: ((id: RequestId, full: number) => void) | undefined;
  /** Parked runs, and whose they are. */
  readonly #owners = new Map<number, RequestId>();
  /** Of the last `find`: blocks found, those of them that are free now, and segments they reach into. */
  #found = 0;
  #foundFree = 0;
  #foundSegments = 0;
  #foundRuns: Run[] = [];
  #foundOwn = false;

  /** `filled` is called when a request has more full blocks than before, with how many it has. */
  constructor(
    table: RequestTable,
    blocks: number,
    caching: boolean,
    filled?: (id: RequestId, full: number) => void,
  ) {
    this.#table = table;
    this.#filled = filled;
    this.#caching = caching;
    this.#pool = this.#emptyPool(blocks);
  }

  /** Forgets everything, who holds blocks as well; the requests are over. */
  clear(): void {
    this.#owners.clear();
    this.#pool = this.#emptyPool(this.#pool.blocks);
  }

  #emptyPool(blocks: number): BlockPool {
    return new BlockPool(blocks, (run) => this.#lose(run));
  }

  get free(): number {
    return this.#pool.free;
  }

  /** Blocks that requests refer to. */
  get used(): number {
    return this.#pool.blocks - this.#pool.free;
  }

  /** Of the last `find`: found blocks that count as free until they are held. */
  get foundFree(): number {
    return this.#foundFree;
  }

  /** How many blocks of a waiting request's known tokens are cached, from its first on. */
  find(id: RequestId): number {
    this.#found = 0;
    this.#foundFree = 0;
    this.#foundSegments = 0;
    this.#foundRuns = [];
    this.#foundOwn = false;
    if (!this.#caching) return 0;
    const content = this.#table.contents[id];
    if (content && !this.#findSegments(id, content)) return this.#found;
    const run = this.#table.columns.ownSlot[id]!;
    if (run >= 0) {
      this.#foundOwn = true;
      this.#found += this.#pool.size(run);
      this.#foundFree += this.#pool.size(run);
    }
    return this.#found;
  }

  /** Whether all shared segments are there in full. */
  #findSegments(id: RequestId, { ids, ends }: SharedContent): boolean {
    const pool = this.#pool;
    const adapter = this.#table.columns.adapter[id]!;
    for (let segment = 0, start = 0; segment < ids.length; segment++) {
      const end = blockEnd(ends[segment]!);
      if (end > start) {
        const run = pool.find(keyOf(ids[segment]!, adapter));
        if (run < 0) return false;
        const size = pool.size(run);
        this.#found += size;
        if (!pool.inUse(run)) this.#foundFree += size;
        this.#foundRuns.push(run);
        this.#foundSegments = segment + 1;
        if (size < end - start) return false;
      } else {
        this.#foundSegments = segment + 1;
      }
      start = end;
    }
    return true;
  }

  /** Refers to what the last `find` found for this request. */
  hold(id: RequestId): void {
    const columns = this.#table.columns;
    const run = columns.ownSlot[id]!;
    columns.held[id] = this.#found;
    columns.full[id] = this.#found;
    columns.segments[id] = this.#foundSegments;
    columns.ownFrom[id] = this.#sharedEnd(id);
    for (const found of this.#foundRuns) this.#pool.hold(found);
    if (run < 0) return;
    this.#owners.delete(run);
    columns.ownSlot[id] = -1;
    if (this.#foundOwn) this.#pool.unpark(run);
    else this.#pool.abandon(run);
  }

  /**
   * Takes blocks for a prefilling request until it has `blocks`; there must be as many. Those that
   * hold nothing but its first `tokens` tokens are full, and found by others from now on.
   */
  grow(id: RequestId, blocks: number, tokens: number): void {
    const columns = this.#table.columns;
    const held = columns.held[id]!;
    if (blocks > held) {
      this.#pool.take(blocks - held);
      columns.held[id] = blocks;
    }
    const full = blockEnd(tokens);
    const content = this.#table.contents[id];
    if (content && this.#caching) this.#fillSegments(id, content, full);
    if (full > columns.full[id]!) {
      columns.full[id] = full;
      this.#filled?.(id, full);
    }
  }

  #fillSegments(id: RequestId, { ids, ends }: SharedContent, full: number): void {
    const columns = this.#table.columns;
    const adapter = columns.adapter[id]!;
    let at = columns.full[id]!;
    let segment = Math.max(0, columns.segments[id]! - 1);
    while (at < full && at < columns.ownFrom[id]!) {
      const end = blockEnd(ends[segment]!);
      const start = segment === 0 ? 0 : blockEnd(ends[segment - 1]!);
      if (at >= end) {
        segment++;
        continue;
      }
      const key = keyOf(ids[segment]!, adapter);
      const count = Math.min(full, end) - at;
      const run = this.#pool.find(key);
      const mine = segment < columns.segments[id]!;
      if (mine && this.#pool.size(run) === at - start) this.#pool.extend(run, count);
      else if (run < 0 && at === start) this.#pool.open(key, count);
      else {
        // Somebody else filled it meanwhile: what this one computed is a copy that nobody finds.
        columns.ownFrom[id] = at;
        break;
      }
      columns.segments[id] = segment + 1;
      at += count;
    }
  }

  /** Takes blocks for decoding requests together; there must be as many. */
  take(count: number): void {
    this.#pool.take(count);
  }

  /** Gives all blocks of a request back for good, its last first. */
  release(id: RequestId): void {
    const columns = this.#table.columns;
    const own = Math.min(columns.ownFrom[id]!, columns.full[id]!);
    this.#pool.discard(columns.held[id]! - own);
    this.#releaseSegments(id);
  }

  /** Gives all blocks back, but remembers where its own are: it will look for them. */
  preempt(id: RequestId): void {
    const columns = this.#table.columns;
    const full = columns.full[id]!;
    const own = Math.min(columns.ownFrom[id]!, full);
    this.#pool.discard(columns.held[id]! - full);
    if (full > own && columns.ownFrom[id] === this.#sharedEnd(id) && this.#caching) {
      const run = this.#pool.park(full - own);
      columns.ownSlot[id] = run;
      this.#owners.set(run, id);
    } else {
      this.#pool.discard(full - own);
    }
    this.#releaseSegments(id);
  }

  /** A waiting request is gone: nobody will look for its own blocks. */
  forget(id: RequestId): void {
    const run = this.#table.columns.ownSlot[id]!;
    if (run < 0) return;
    this.#owners.delete(run);
    this.#pool.abandon(run);
    this.#table.columns.ownSlot[id] = -1;
  }

  #sharedEnd(id: RequestId): number {
    const content = this.#table.contents[id];
    return content && this.#caching ? blockEnd(content.ends[content.ends.length - 1]!) : 0;
  }

  /** The blocks of its segments are the last that it gives back; it has none then. */
  #releaseSegments(id: RequestId): void {
    const columns = this.#table.columns;
    columns.held[id] = 0;
    columns.full[id] = 0;
    const content = this.#table.contents[id];
    if (!content) return;
    const adapter = columns.adapter[id]!;
    for (let segment = columns.segments[id]! - 1; segment >= 0; segment--) {
      const start = segment === 0 ? 0 : blockEnd(content.ends[segment - 1]!);
      if (blockEnd(content.ends[segment]!) === start) continue;
      this.#pool.release(this.#pool.find(keyOf(content.ids[segment]!, adapter)));
    }
    columns.segments[id] = 0;
  }

  #lose(run: number): void {
    const owner = this.#owners.get(run);
    if (owner === undefined) return;
    this.#owners.delete(run);
    this.#table.columns.ownSlot[owner] = -1;
  }
}

/** By which the blocks of a segment are found. */
export function keyOf(segment: number, adapter: number): number {
  return segment + (adapter + 1) * KEYS_AN_ADAPTER;
}
