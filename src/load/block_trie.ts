// Prompts as paths of hashed blocks, and what they have in common in as few segments as can be.

import type { SharedSegments } from "./trace_columns.ts";

/**
 * A trie of blocks. A block is known by its id, by where it ends and by all blocks before it: ids that
 * are not chained, as a hash of a block alone would be, are told apart by the way that leads to them.
 */
export class BlockTrie {
  // A node is a small integer, and greater than its parent, which is -1 for a first block.
  #count = 0;
  #ids = new Float64Array(1 << 11);
  #parents = new Int32Array(1 << 11);
  #ends = new Int32Array(1 << 11);
  /** How many prompts go through each node. */
  #uses = new Int32Array(1 << 11);
  /** Hash table of the nodes: open addressing, node + 1, at most half full. */
  #slots = new Int32Array(1 << 12);
  /** The last node of each prompt, -1 for one without blocks. */
  readonly #lasts: number[] = [];

  /** Adds a prompt of `tokens` tokens, cut into blocks of `blockTokens`: one whole id for each. */
  add(ids: readonly number[], tokens: number, blockTokens: number): void {
    let node = -1;
    for (let index = 0; index < ids.length; index++) {
      const end = Math.min((index + 1) * blockTokens, tokens);
      node = this.#child(node, ids[index]!, end);
      this.#uses[node]!++;
    }
    this.#lasts.push(node);
  }

  #child(parent: number, id: number, end: number): number {
    if (this.#count === this.#ids.length) this.#double();
    const slots = this.#slots;
    let slot = slotOf(parent, id, slots.length);
    for (; slots[slot] !== 0; slot = (slot + 1) & (slots.length - 1)) {
      const node = slots[slot]! - 1;
      if (this.#parents[node] === parent && this.#ids[node] === id && this.#ends[node] === end) {
        return node;
      }
    }
    const node = this.#count++;
    slots[slot] = this.#count;
    this.#ids[node] = id;
    this.#parents[node] = parent;
    this.#ends[node] = end;
    return node;
  }

  #double(): void {
    const larger = this.#count * 2;
    this.#ids = extended(this.#ids, new Float64Array(larger));
    this.#parents = extended(this.#parents, new Int32Array(larger));
    this.#ends = extended(this.#ends, new Int32Array(larger));
    this.#uses = extended(this.#uses, new Int32Array(larger));
    const slots = new Int32Array(larger * 2);
    for (let node = 0; node < this.#count; node++) {
      let slot = slotOf(this.#parents[node]!, this.#ids[node]!, slots.length);
      while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1);
      slots[slot] = node + 1;
    }
    this.#slots = slots;
  }

  /**
   * The blocks that two prompts or more begin with. A run of them which the same prompts go through is
   * one segment; blocks of one prompt alone are in none.
   */
  segments(): SharedSegments {
    const parents: number[] = [];
    const ends: number[] = [];
    const nodes = this.#count;
    const segmentOf = new Int32Array(nodes).fill(-1);
    for (let node = 0; node < nodes; node++) {
      const uses = this.#uses[node]!;
      if (uses < 2) continue;
      const parent = this.#parents[node]!;
      const before = parent === -1 ? -1 : segmentOf[parent]!;
      // No more prompts at the parent: it leads nowhere else, and none ends there.
      const goesOn = parent !== -1 && this.#uses[parent] === uses;
      const segment = goesOn ? before : parents.push(before) - 1;
      segmentOf[node] = segment;
      ends[segment] = this.#ends[node]!;
    }
    return { parents, ends, lasts: this.#lasts.map((last) => this.#lastShared(last, segmentOf)) };
  }

  #lastShared(last: number, segmentOf: Int32Array): number {
    let node = last;
    while (node !== -1 && segmentOf[node] === -1) node = this.#parents[node]!;
    return node === -1 ? -1 : segmentOf[node]!;
  }
}

function extended<T extends Float64Array | Int32Array>(values: T, larger: T): T {
  larger.set(values);
  return larger;
}

/** Multiplies by 2^32 / φ and keeps the upper bits (Fibonacci hashing; Knuth, TAOCP 6.4). */
function slotOf(parent: number, id: number, slots: number): number {
  const mixed = Math.imul(id ^ Math.imul(parent, 0x85ebca6b), 0x9e3779b1);
  return mixed >>> Math.clz32(slots - 1);
}
