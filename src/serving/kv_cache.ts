// The KV cache of one engine as its requests see it: what they find there, take, and give back.

import { Answers, type DecodedBlocks } from "./answers.ts";
import { BlockPool } from "./block_pool.ts";
import type { RequestId, RequestTable, SharedContent } from "./requests.ts";
import { SharedBlocks } from "./shared_blocks.ts";
import { blockEnd } from "./shared_segments.ts";

/**
 * A request's blocks are those of its shared segments, then its own. A block belongs to the segment of
 * its last token, since its hash covers all before it; only full blocks can be found again. Its own are
 * found by itself alone, after a preemption.
 */
export class KvCache {
  readonly #table: RequestTable;
  readonly #blocks: number;
  readonly #caching: boolean;
  readonly #decoded: DecodedBlocks;
  readonly #filled: ((id: RequestId, full: number) => void) | undefined;
  #pool!: BlockPool;
  #shared!: SharedBlocks;
  #answers!: Answers;
  /** Parked runs, and whose they are. */
  readonly #owners = new Map<number, RequestId>();
  /** Of the last `find`: blocks found, and those of them that are free now. */
  #found = 0;
  #foundFree = 0;

  /** `filled` is called when a request has more full blocks than before, with how many it has. */
  constructor(
    table: RequestTable,
    blocks: number,
    caching: boolean,
    decoded: DecodedBlocks,
    filled?: (id: RequestId, full: number) => void,
  ) {
    this.#table = table;
    this.#blocks = blocks;
    this.#caching = caching;
    this.#decoded = decoded;
    this.#filled = filled;
    this.clear();
  }

  /** Forgets everything, who holds blocks as well; the requests are over. */
  clear(): void {
    const table = this.#table;
    this.#owners.clear();
    this.#pool = new BlockPool(this.#blocks, (run) => this.#lose(run));
    this.#shared = new SharedBlocks(table, this.#pool, (key) => this.#answers.catchUp(key));
    this.#answers = new Answers(table, this.#pool, this.#shared, this.#decoded, this.#filled);
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

  /** How many of the first `blocks` blocks of such a content are there. */
  cached(content: SharedContent, adapter: number, blocks: number): number {
    return this.#caching ? this.#shared.find(content, adapter, blocks) : 0;
  }

  /** How many blocks of a waiting request's known tokens are there, from its first on. */
  find(id: RequestId): number {
    const content = this.#table.contents[id];
    const { adapter, ownSlot } = this.#table.columns;
    if (content && this.#caching) {
      this.#found = this.#shared.find(content, adapter[id]!, blockEnd(this.#table.known(id)));
      this.#foundFree = this.#shared.foundFree;
    } else {
      this.#shared.findNone();
      this.#found = this.#foundFree = 0;
    }
    // Its own are taken before the segments they follow on: where they are, those are.
    const own = ownSlot[id]!;
    if (own >= 0) {
      this.#found += this.#pool.size(own);
      this.#foundFree += this.#pool.size(own);
    }
    return this.#found;
  }

  /** The request of the last `find` has to wait for blocks, of which it needs fewer if it finds more. */
  await(): void {
    this.#answers.expect(this.#shared.missing);
  }

  /** Refers to what the last `find` found for this request. */
  hold(id: RequestId): void {
    const columns = this.#table.columns;
    columns.held[id] = this.#found;
    columns.full[id] = this.#found;
    this.#shared.hold(id);
    const own = columns.ownSlot[id]!;
    if (own < 0) return;
    this.#owners.delete(own);
    columns.ownSlot[id] = -1;
    this.#pool.unpark(own);
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
    if (full <= columns.full[id]!) return;
    columns.full[id] = full;
    if (this.#caching) {
      this.#answers.disturb(id, full);
      this.#shared.fill(id, full);
    }
    this.#filled?.(id, full);
  }

  /** Takes blocks for decoding requests together; there must be as many. */
  take(count: number): void {
    this.#pool.take(count);
  }

  /** A request decodes from now on, until it gives its blocks back. */
  answer(id: RequestId): void {
    if (this.#caching) this.#answers.begin(id);
  }

  /** What is filled with the step that begins is found by others, where that may matter to anybody. */
  fillAnswers(): void {
    this.#answers.fillWatched();
  }

  /** The clock of the step at which that is so next; Infinity when it is not. */
  nextFillClock(): number {
    return this.#answers.nextFillClock();
  }

  /** Gives all blocks of a request back for good, its last first. */
  release(id: RequestId): void {
    const { held, full, shared } = this.#table.columns;
    if (this.#caching) this.#answers.end(id, full[id]!);
    this.#pool.discard(held[id]! - shared[id]!);
    this.#releaseShared(id);
  }

  /** Gives all blocks back, but remembers where its own are: it will look for them. */
  preempt(id: RequestId): void {
    const { held, full, shared, ownSlot } = this.#table.columns;
    if (!this.#caching) return this.release(id);
    this.#answers.end(id, full[id]!);
    const own = full[id]! - shared[id]!;
    this.#pool.discard(held[id]! - full[id]!);
    if (own > 0) {
      const run = this.#pool.park(own);
      ownSlot[id] = run;
      this.#owners.set(run, id);
    }
    this.#releaseShared(id);
  }

  #releaseShared(id: RequestId): void {
    const { held, full } = this.#table.columns;
    this.#shared.release(id);
    held[id] = 0;
    full[id] = 0;
  }

  /** A waiting request is gone: nobody will look for its own blocks. */
  forget(id: RequestId): void {
    const run = this.#table.columns.ownSlot[id]!;
    if (run < 0) return;
    this.#owners.delete(run);
    this.#pool.abandon(run);
    this.#table.columns.ownSlot[id] = -1;
  }

  #lose(run: number): void {
    const owner = this.#owners.get(run);
    if (owner === undefined) return;
    this.#owners.delete(run);
    this.#table.columns.ownSlot[owner] = -1;
  }
}
