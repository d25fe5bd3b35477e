import assert from "node:assert/strict";
import {
  type IndexedPrompt,
  indexPrompt,
  PrefixIndex,
} from "../../../../src/fleet/picker/prefix_index.ts";
import type { SharedContent } from "../../../../src/serving/requests.ts";
import fc from "../../../fast_check.ts";

const SERVERS = 3;
const BLOCK = 4;

/** Upstream's index: one LRU of blocks for each server, a Map being in the order of use. */
class BlockByBlock {
  readonly #lrus = Array.from({ length: SERVERS }, () => new Map<string, true>());
  #own = 0;

  hashes(prompt: number, content: SharedContent | undefined, maxBlocks: number): string[] {
    const own = this.#own++;
    const blocks = Math.min(Math.ceil(prompt / BLOCK), maxBlocks);
    return Array.from({ length: blocks }, (_, block) => {
      const end = (block + 1) * BLOCK;
      const ends = Array.from(content?.ends ?? []);
      const segment = ends.findIndex((at) => at >= end);
      // What is not whole or not shared is nobody else's.
      return segment < 0 || end > prompt
        ? `own ${own}/${block}`
        : `${content!.ids[segment]}/${block}`;
    });
  }

  match(hashes: readonly string[]): number[] {
    const matched = Array.from({ length: SERVERS }, () => 0);
    for (const hash of hashes) {
      if (!this.#lrus.some((lru) => lru.has(hash))) break;
      for (const [server, lru] of this.#lrus.entries()) if (lru.has(hash)) matched[server]!++;
    }
    return matched;
  }

  record(hashes: readonly string[], server: number, capacity: number): void {
    const lru = this.#lrus[server]!;
    for (const hash of hashes) {
      lru.delete(hash);
      lru.set(hash, true);
      if (lru.size > capacity) lru.delete(lru.keys().next().value!);
    }
  }

  size(server: number): number {
    return this.#lrus[server]!.size;
  }
}

/** Paths in a tree of segments: 3 roots, each with 2 that follow, each of those with 2. */
const content = fc.tuple(fc.nat(2), fc.nat(1), fc.nat(1), fc.nat(3)).map(
  ([root, child, leaf, depth]) => {
    const lengths = [5 + root * 4, 7 + child * 6, 3 + leaf * 9];
    const ids = [root, 10 + root * 2 + child, 20 + root * 4 + child * 2 + leaf];
    const ends = lengths.map((_, index) => lengths.slice(0, index + 1).reduce((a, b) => a + b));
    return depth === 0 ? undefined : { ids: ids.slice(0, depth), ends: ends.slice(0, depth) };
  },
);

const step = fc.record({ content, own: fc.nat(12), server: fc.nat(SERVERS - 1) });

Deno.test("PrefixIndex.match() finds what block-by-block LRUs would, whatever was sent before", () => {
  fc.assert(fc.property(
    fc.array(step, { maxLength: 60, size: "max" }),
    fc.integer({ min: 7, max: 20 }),
    fc.constantFrom(4, 9, Infinity),
    (steps, capacity, maxBlocks) => {
      const index = new PrefixIndex();
      const reference = new BlockByBlock();
      const prompt: IndexedPrompt = { keys: [], ends: [], count: 0, blocks: 0 };
      for (const { content, own, server } of steps) {
        const tokens = (content?.ends.at(-1) ?? 0) + own + 1;
        const hashes = reference.hashes(tokens, content, maxBlocks);
        // A prompt longer than all that is kept leaves stale entries upstream; not so here.
        if (hashes.length > capacity) continue;
        indexPrompt(prompt, tokens, content, -1, BLOCK, maxBlocks);
        assert.equal(prompt.blocks, hashes.length);
        const matched = new Int32Array(SERVERS);
        index.match(prompt, matched);
        assert.deepEqual([...matched], reference.match(hashes));
        index.record(prompt, server, capacity);
        reference.record(hashes, server, capacity);
        assert.equal(index.blocks(server), reference.size(server));
      }
    },
  ));
});

function prompt(tokens: number, content?: SharedContent, adapter = -1): IndexedPrompt {
  const into = { keys: [], ends: [], count: 0, blocks: 0 };
  indexPrompt(into, tokens, content, adapter, BLOCK, Infinity);
  return into;
}

function matchOf(index: PrefixIndex, of: IndexedPrompt): number[] {
  const matched = new Int32Array(SERVERS);
  index.match(of, matched);
  return [...matched];
}

Deno.test("PrefixIndex.match() counts nothing after a block that nobody has", () => {
  const index = new PrefixIndex();
  const asked = prompt(27, { ids: [1, 2], ends: [13, 26] });
  index.record(asked, 0, 8);
  assert.deepEqual(matchOf(index, asked), [6, 0, 0]);
  // Of 7 and 3 blocks 8 are kept: the first two of the prompt are gone.
  index.record(prompt(9), 0, 8);
  assert.deepEqual([matchOf(index, asked), index.blocks(0)], [[0, 0, 0], 8]);
});

Deno.test("PrefixIndex.forget() leaves nothing of a server, and all of the others", () => {
  const index = new PrefixIndex();
  const asked = prompt(20, { ids: [1], ends: [16] });
  for (const server of [0, 1]) index.record(asked, server, 100);
  assert.deepEqual(matchOf(index, asked), [4, 4, 0]);
  index.forget(0);
  assert.deepEqual([matchOf(index, asked), index.blocks(0)], [[0, 4, 0], 0]);
  index.forget(1);
  assert.deepEqual(matchOf(index, asked), [0, 0, 0]);
  index.record(asked, 0, 100);
  assert.deepEqual(matchOf(index, asked), [4, 0, 0]);
});

Deno.test("indexPrompt() leaves out what the content has beyond the prompt", () => {
  const turn = prompt(20, { ids: [1, 2], ends: [20, 60] });
  assert.deepEqual([turn.count, turn.blocks, turn.ends[0]], [1, 5, 5]);
});

Deno.test("indexPrompt() gives adapters prompts of their own", () => {
  const index = new PrefixIndex();
  const content = { ids: [1], ends: [16] };
  index.record(prompt(20, content), 0, 100);
  assert.deepEqual(matchOf(index, prompt(20, content, 0)), [0, 0, 0]);
  assert.deepEqual(matchOf(index, prompt(20, content)), [4, 0, 0]);
});
