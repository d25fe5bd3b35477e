// Answers in the prefix cache, by hand and against the reference; a step takes 1000 µs.
import assert from "node:assert/strict";
import type { EngineLimits } from "../../../src/serving/limits.ts";
import type { SharedContent } from "../../../src/serving/requests.ts";
import { Rig } from "./engine_rig.ts";
import { assertEqual, compare } from "./reference_comparison.ts";
import type { ReferenceLimits } from "./reference_task.ts";
import { stepsOf, type Submission } from "./reference_workloads.ts";

interface Turn {
  readonly prompt: number;
  readonly output: number;
  readonly content: SharedContent;
  readonly adapter?: string;
}

/** Tokens of a first question and its answer, then of a second question. */
const ENDS = [16, 56, 80];
const FIRST: Turn = { prompt: 16, output: 40, content: { ids: [1, 2], ends: ENDS.slice(0, 2) } };
const SECOND: Turn = { prompt: 80, output: 1, content: { ids: [1, 2, 3], ends: ENDS } };

class TurnRig extends Rig {
  turnAt(atUs: number, name: string, { prompt, output, content, adapter }: Turn): void {
    this.clock.at(atUs, () => {
      const kind = adapter === undefined ? {} : { adapter };
      const id = this.table.add(atUs, prompt, output, 0, kind, content);
      this.table.names.set(id, name);
      this.engine.submit(id);
    });
  }

  cachedAt(us: number, { prompt, content, adapter }: Turn): number {
    this.clock.runUntil(us);
    return this.engine.cachedTokens(prompt, content, adapter);
  }
}

function rigOf(limits: Partial<EngineLimits> = {}): TurnRig {
  const rig = new TurnRig(limits);
  rig.turnAt(0, "first", FIRST);
  return rig;
}

Deno.test("Engine.cachedTokens() grows with the answer, a block at the step that fills it", () => {
  const rig = rigOf();
  // The first step computes the prompt; of the others the 16th, from 16,000 µs on, token 32.
  const times = [0, 500, 15_999, 16_000, 31_999, 32_000, 100_000];
  assert.deepEqual(times.map((us) => rig.cachedAt(us, SECOND)), [16, 16, 16, 32, 32, 48, 48]);
  assert.equal(rig.engine.cachedTokens(40, SECOND.content), 32);
  assert.equal(rig.engine.cachedTokens(80, undefined), 0);
});

Deno.test("Engine.cachedTokens() tells an adapter's blocks from the model's, and none without a cache", () => {
  const rig = rigOf({ maxLoras: 1 });
  rig.turnAt(50_000, "adapted", { ...FIRST, adapter: "a" });
  const adapted = { ...SECOND, adapter: "a" };
  assert.deepEqual([rig.cachedAt(45_000, SECOND), rig.cachedAt(49_000, adapted)], [48, 0]);
  assert.equal(rig.cachedAt(67_000, adapted), 32);
  assert.equal(rigOf({ prefixCaching: false }).cachedAt(50_000, SECOND), 0);
});

Deno.test("Engine.cachedTokens() knows no token of who had to give way before its first step alone", () => {
  // With a draft each, both want a block more when their prompts are done, and one is free.
  const speculative = { tokens: 1, acceptedPpm: 0 };
  const rig = new TurnRig({ kvBlocks: 6, maxModelLen: 90, maxNumSeqs: 4, speculative });
  const content = { ids: [1], ends: [75] };
  rig.submitAt(0, "stays", 16, 20);
  rig.turnAt(0, "gives way", { prompt: 63, output: 12, content });
  const asked = { prompt: 75, output: 1, content };
  assert.deepEqual([rig.cachedAt(999, asked), rig.cachedAt(1500, asked)], [48, 48]);
  assert.equal(rig.engine.takeCounts().preemptions, 1);
});

Deno.test("Engine.cachedTokens() saves nothing from being evicted", () => {
  const rig = rigOf({ kvBlocks: 7, maxModelLen: 112 });
  assert.equal(rig.cachedAt(50_000, SECOND), 48);
  // Six blocks: the four without a content, and the last two of the first turn.
  rig.submitAt(51_000, "other", 96, 1);
  assert.equal(rig.cachedAt(60_000, SECOND), 16);
});

Deno.test("Engine finds prompt and answer of the turn before, and not the answer's last token", () => {
  const rig = rigOf();
  rig.turnAt(50_000, "second", SECOND);
  rig.clock.runUntil(60_000);
  assert.deepEqual(rig.batches.at(-1)!.prefillTokens, 80 - 48);
  const { prefixQueries, prefixHits } = rig.totals();
  assert.deepEqual([prefixQueries, prefixHits], [96, 48]);
});

Deno.test("Engine finds what an aborted attempt had answered, and goes on where that stopped", () => {
  const rig = new TurnRig();
  rig.clock.at(0, () => {
    const id = rig.table.add(0, 16, 40, 0, {}, FIRST.content);
    rig.table.names.set(id, "given up");
    rig.engine.submit(id);
    rig.clock.at(20_500, () => rig.engine.abort(id));
  });
  rig.turnAt(30_000, "again", FIRST);
  assert.equal(rig.cachedAt(29_000, SECOND), 32);
  rig.clock.runUntil(46_500);
  // Its second block is the one that was there: with the prompt's that is two.
  assert.equal(rig.engine.usedBlocks, 2);
  assert.equal(rig.cachedAt(100_000, SECOND), 48);
});

/** Both engines of one session in a small memory. */
function assertSame(limits: Partial<ReferenceLimits>, submissions: readonly Submission[]): void {
  const comparison = compare({
    limits: {
      kvBlocks: 10,
      maxNumSeqs: 4,
      maxNumBatchedTokens: 29,
      maxModelLen: 140,
      ...limits,
    },
    costs: stepsOf(1e9),
    submissions,
    aborts: [],
    breaks: [],
    periodUs: 50_000,
  });
  assertEqual(comparison);
}

const content = (ids: readonly number[], ends: readonly number[]) => ({ ids, ends });

Deno.test("Engine admits who waits for blocks as soon as an answer fills one that it needs not take", () => {
  const shared = content([1, 2], [9, 131]);
  assertSame({ watermarkBlocks: 1 }, [
    { atUs: 26_000, request: { prompt: 9, output: 122, content: shared } },
    { atUs: 44_000, request: { prompt: 131, output: 18, content: shared } },
  ]);
});

Deno.test("Engine keeps one copy of an answer that is the prompt of one who came too early", () => {
  const shared = content([1, 2], [8, 128]);
  assertSame({ kvBlocks: 11, maxNumBatchedTokens: 4 }, [
    { atUs: 22_000, request: { prompt: 8, output: 121, content: shared } },
    { atUs: 45_000, request: { prompt: 128, output: 8, content: shared } },
  ]);
});
