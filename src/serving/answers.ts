// The answers in progress that other requests may have too: who writes which segment, and what of it
// has to be known when. Knows neither the steps nor the line of those who wait.

import type { BlockPool } from "./block_pool.ts";
import type { RequestId, RequestTable } from "./requests.ts";
import type { SharedBlocks } from "./shared_blocks.ts";
import { blockEnd, eachSegment, sharedEnd } from "./shared_segments.ts";

/** What is to be known of those who decode; see `Decoders`. */
export interface DecodedBlocks {
  fullBlocks(id: RequestId): number;
  clockOfFull(id: RequestId, blocks: number): number;
}

/**
 * As in vLLM a block of an answer is found from the step on that fills it, but an engine does nothing
 * a token: who alone writes a segment, with nobody waiting for it, is asked for its blocks when it is
 * over, or when somebody looks for them. The others are watched: a block that one of them fills may
 * free another, so no span of steps goes beyond the next of those.
 */
export class Answers {
  readonly #table: RequestTable;
  readonly #pool: BlockPool;
  readonly #blocks: SharedBlocks;
  readonly #decoded: DecodedBlocks;
  readonly #filled: ((id: RequestId, full: number) => void) | undefined;
  /** By the key of the segment. */
  readonly #writers = new Map<number, RequestId[]>();
  readonly #watched = new Set<RequestId>();

  /** `filled` is called when a request has filled more blocks, with how many it has. */
  constructor(
    table: RequestTable,
    pool: BlockPool,
    blocks: SharedBlocks,
    decoded: DecodedBlocks,
    filled?: (id: RequestId, full: number) => void,
  ) {
    this.#table = table;
    this.#pool = pool;
    this.#blocks = blocks;
    this.#decoded = decoded;
    this.#filled = filled;
  }

  /** A request decodes from now on. */
  begin(id: RequestId): void {
    const { shared } = this.#table.columns;
    this.#eachKey(id, (key, start) => {
      const writers = this.#writers.get(key);
      for (const other of writers ?? []) this.#watched.add(other);
      const ahead = this.#pool.blocksOf(key) > Math.max(0, shared[id]! - start);
      if (writers || ahead) this.#watched.add(id);
      if (writers) writers.push(id);
      else this.#writers.set(key, [id]);
    });
  }

  /** It gives its blocks back, of which so many are full. */
  end(id: RequestId, full: number): void {
    this.#fill(id, full);
    this.#watched.delete(id);
    if (this.#writers.size === 0) return;
    this.#eachKey(id, (key) => {
      const writers = this.#writers.get(key) ?? [];
      const place = writers.indexOf(id);
      if (place >= 0) writers.splice(place, 1);
      if (writers.length === 0) this.#writers.delete(key);
    });
  }

  /** The segments it has from the end of its prompt on. */
  #eachKey(id: RequestId, visit: (key: number, start: number) => void): void {
    const content = this.#table.contents[id];
    const { promptTokens, adapter } = this.#table.columns;
    const from = blockEnd(promptTokens[id]!);
    if (sharedEnd(content) > from) eachSegment(content!, adapter[id]!, from, Infinity, visit);
  }

  /** All that was filled of this segment is found from now on; false when it was before. */
  catchUp(key: number): boolean {
    let more = false;
    if (this.#writers.size === 0) return more;
    for (const id of this.#writers.get(key) ?? []) {
      if (this.#fill(id, this.#decoded.fullBlocks(id))) more = true;
    }
    return more;
  }

  /** Somebody waits for this segment. */
  expect(key: number): void {
    for (const id of this.#writers.get(key) ?? []) this.#watched.add(id);
  }

  /** A request that does not decode is to fill blocks up to this one: who writes them too is watched. */
  disturb(id: RequestId, full: number): void {
    const content = this.#table.contents[id];
    if (this.#writers.size === 0 || !content) return;
    const { shared, adapter } = this.#table.columns;
    eachSegment(content, adapter[id]!, shared[id]!, full, (key) => {
      this.catchUp(key);
      this.expect(key);
    });
  }

  /** What the watched ones fill with the step that begins is found. */
  fillWatched(): void {
    for (const id of this.#watched) this.#fill(id, this.#decoded.fullBlocks(id));
  }

  /** The clock of the step that fills the next block of one that is watched; Infinity when none does. */
  nextFillClock(): number {
    const { shared } = this.#table.columns;
    let next = Infinity;
    for (const id of this.#watched) {
      next = Math.min(next, this.#decoded.clockOfFull(id, shared[id]! + 1));
    }
    return next;
  }

  /** False when it had filled no more than before. */
  #fill(id: RequestId, full: number): boolean {
    const { shared } = this.#table.columns;
    const before = shared[id]!;
    this.#blocks.fill(id, full);
    if (shared[id] === before) return false;
    this.#filled?.(id, shared[id]!);
    return true;
  }
}
