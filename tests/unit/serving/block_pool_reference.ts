// A KV cache told block by block, as plainly as it can be said: the memory of the reference engine.
// It knows neither requests nor tokens.
import assert from "node:assert/strict";

export interface ReferenceBlock {
  readonly id: number;
  /** How many requests hold it. */
  holders: number;
  /** What it is found by; undefined while it holds nothing whole. */
  content: string | undefined;
}

/**
 * vLLM V1's block pool (`v1/core/block_pool.py`): free blocks in one queue, least recently used first.
 * But for this: of two blocks with the same content vLLM keeps both, here the later one is given up.
 */
export class ReferenceBlockPool {
  readonly #blocks: readonly ReferenceBlock[];
  readonly #free: ReferenceBlock[];
  readonly #cached = new Map<string, ReferenceBlock>();
  /** Blocks that lost their content because they were taken. */
  evictions = 0;

  constructor(count: number) {
    this.#blocks = Array.from(
      { length: count },
      (_, id) => ({ id, holders: 0, content: undefined }),
    );
    this.#free = [...this.#blocks];
  }

  get free(): number {
    return this.#free.length;
  }

  get used(): number {
    return this.#blocks.filter(({ holders }) => holders > 0).length;
  }

  /** The ids of the free blocks, the next to be taken first. */
  get freeIds(): readonly number[] {
    return this.#free.map(({ id }) => id);
  }

  /** The first free block, which forgets what it held. */
  take(): ReferenceBlock {
    const block = this.#free.shift();
    assert.ok(block, "the reference takes a block where none is free");
    if (block.content !== undefined) {
      this.#cached.delete(block.content);
      block.content = undefined;
      this.evictions++;
    }
    block.holders = 1;
    return block;
  }

  find(content: string): ReferenceBlock | undefined {
    return this.#cached.get(content);
  }

  /** One more request holds a block that was found. */
  share(block: ReferenceBlock): void {
    if (block.holders === 0) this.#free.splice(this.#free.indexOf(block), 1);
    block.holders++;
  }

  /**
   * Whole now: found by its content from here on. Where another block is, its holder holds that one
   * instead and this one is free.
   */
  remember(block: ReferenceBlock, content: string): ReferenceBlock {
    const first = this.#cached.get(content);
    if (first === block) return block;
    if (first !== undefined) {
      this.share(first);
      this.giveBack([block]);
      return first;
    }
    block.content = content;
    this.#cached.set(content, block);
    return block;
  }

  /** The blocks of one request, in its order: the last is freed first, hence taken first. */
  giveBack(blocks: readonly ReferenceBlock[]): void {
    for (const block of blocks.toReversed()) {
      block.holders--;
      if (block.holders === 0) this.#free.push(block);
    }
  }
}
