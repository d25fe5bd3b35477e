// The reference engine by examples worked out by hand: it must be right before anything is compared to
// it. A step takes 1000 µs unless told otherwise.
import assert from "node:assert/strict";
import { ReferenceBlockPool } from "./block_pool_reference.ts";
import { ReferenceEngine } from "./engine_reference.ts";
import { observe } from "./reference_run.ts";
import type { ReferenceLimits } from "./reference_task.ts";
import {
  type Costs,
  stepsOf,
  stepTimeOf,
  type Submission,
  type Workload,
} from "./reference_workloads.ts";

const EVEN = stepsOf(1e9);

const ROOMY: ReferenceLimits = {
  kvBlocks: 100,
  maxNumSeqs: 100,
  maxNumBatchedTokens: 1000,
  maxModelLen: 1000,
};

interface Example extends Partial<Pick<Workload, "aborts" | "breaks">> {
  readonly limits?: Partial<ReferenceLimits>;
  readonly costs?: Partial<Costs>;
  readonly periodUs?: number;
}

/** Serves requests to the end. */
function serve(submissions: readonly Submission[], example: Example = {}) {
  const { limits, costs, ...rest } = example;
  const workload: Workload = {
    limits: { ...ROOMY, ...limits },
    costs: { ...EVEN, ...costs },
    submissions,
    aborts: [],
    breaks: [],
    periodUs: 1_000_000,
    ...rest,
  };
  let engine: ReferenceEngine | undefined;
  const history = observe(workload, (clock, windows) => {
    return engine = new ReferenceEngine(
      clock,
      stepTimeOf(workload.costs),
      workload.limits,
      windows,
    );
  });
  return {
    ...history,
    engine: engine!,
    batches: engine!.steps.map(({ batch }) => batch),
    lasts: history.records.map(({ lastTokenUs }) => lastTokenUs),
    cached: history.records.map(({ cachedTokens }) => cachedTokens),
  };
}

const at = (atUs: number, prompt: number, output: number, rest = {}): Submission => ({
  atUs,
  request: { prompt, output, ...rest },
});

const shared = (ids: readonly number[], ends: readonly number[]) => ({ content: { ids, ends } });

Deno.test("ReferenceEngine cuts a prompt into chunks and decodes before it prefills", () => {
  const { batches } = serve([at(0, 4, 4), at(500, 10, 1)], { limits: { maxNumBatchedTokens: 6 } });
  assert.deepEqual(batches, [
    "0 prefill 4",
    "0 decode 1, 1 prefill 5",
    "0 decode 1, 1 prefill 5",
    "0 decode 1",
  ]);
});

Deno.test("ReferenceEngine preempts the last admitted, who comes back first and finds what is left of its blocks", () => {
  const two = [at(0, 16, 20), at(0, 16, 20)];
  const { batches, lasts, records, samples } = serve(two, {
    limits: { kvBlocks: 4, maxModelLen: 64 },
    periodUs: 17_500,
  });
  // Both hold 2 blocks, full at 32 tokens, when the 18th step asks for a third each.
  assert.deepEqual(batches.slice(16, 22), [
    "0 decode 1, 1 decode 1",
    "0 decode 1",
    "0 decode 1",
    "0 decode 1",
    // Of its 33 tokens the second block is lost: it was freed before the first, and taken.
    "1 prefill 17",
    "1 decode 1",
  ]);
  assert.deepEqual(lasts, [20_000, 23_000]);
  assert.deepEqual(records.map(({ preemptions }) => preemptions), [0, 1]);
  assert.deepEqual([samples[0]!.running, samples[0]!.waiting, samples[0]!.usedBlocks], [1, 1, 3]);
});

Deno.test("ReferenceEngine preempts the least important first under the policy of priorities", () => {
  const two = [at(0, 16, 20, { priority: 5 }), at(100, 16, 20, { priority: -1 })];
  const limits = { kvBlocks: 4, maxModelLen: 64, policy: "priority" } as const;
  const { records } = serve(two, { limits });
  assert.deepEqual(records.map(({ preemptions }) => preemptions), [1, 0]);
  assert.equal(records[1]!.lastTokenUs, 21_000);
});

Deno.test("ReferenceEngine admits the more important first, whenever they came", () => {
  const { records } = serve([at(0, 8, 1), at(10, 8, 1, { priority: 2 }), at(20, 8, 1)], {
    limits: { maxNumSeqs: 1, policy: "priority" },
  });
  assert.deepEqual(records.map(({ scheduledUs }) => scheduledUs), [0, 2000, 1000]);
});

Deno.test("ReferenceEngine gives a block across two segments to the one that holds its last token", () => {
  const { cached } = serve([
    at(0, 48, 1, shared([1, 2], [24, 40])),
    // Block 1 holds tokens 16 to 31, the last of which is of another segment.
    at(5000, 48, 1, shared([1, 3], [24, 40])),
    at(9000, 48, 1, shared([1, 2], [24, 40])),
  ]);
  assert.deepEqual(cached, [0, 16, 32]);
});

Deno.test("ReferenceEngine finds a block from the moment its step begins, and not by another adapter", () => {
  const { cached } = serve([
    at(0, 40, 1, shared([1], [40])),
    at(0, 40, 1, shared([1], [40])),
    at(0, 40, 1, { ...shared([1], [40]), adapter: "a" }),
  ], { limits: { maxLoras: 1 } });
  assert.deepEqual(cached, [0, 32, 0]);
});

Deno.test("ReferenceEngine computes the last block again when all of a prompt is cached", () => {
  const two = [at(0, 32, 2, shared([1], [32])), at(5000, 32, 1, shared([1], [32]))];
  const { batches, cached, engine } = serve(two);
  assert.equal(batches.at(-1), "1 prefill 16");
  assert.deepEqual(cached, [0, 16]);
  assert.equal(engine.usedBlocks, 0);
});

Deno.test("ReferenceBlockPool takes what was freed first, the last block of a request before its first", () => {
  const pool = new ReferenceBlockPool(6);
  const [a, b] = [[pool.take(), pool.take()], [pool.take(), pool.take()]];
  for (const [index, block] of a.entries()) pool.remember(block, `a${index}`);
  pool.giveBack(b);
  pool.giveBack(a);
  assert.deepEqual(pool.freeIds, [4, 5, 3, 2, 1, 0]);
  pool.share(pool.find("a0")!);
  assert.deepEqual([pool.freeIds, pool.used], [[4, 5, 3, 2, 1], 1]);
  pool.share(a[0]!);
  pool.giveBack([a[0]!]);
  assert.deepEqual([pool.freeIds, pool.used], [[4, 5, 3, 2, 1], 1]);
  for (let taken = 0; taken < 4; taken++) pool.take();
  assert.deepEqual([pool.find("a1"), pool.evictions], [a[1], 0]);
  pool.take();
  assert.deepEqual([pool.find("a1"), pool.evictions], [undefined, 1]);
});

Deno.test("ReferenceBlockPool gives up the second of two blocks with the same content", () => {
  const pool = new ReferenceBlockPool(2);
  const [first, second] = [pool.take(), pool.take()];
  assert.equal(pool.remember(first, "same"), first);
  assert.equal(pool.remember(second, "same"), first);
  assert.deepEqual([first.holders, pool.freeIds], [2, [second.id]]);
  pool.giveBack([first]);
  pool.take();
  assert.equal(pool.find("same"), first);
});

Deno.test("ReferenceEngine finds an answer in the next turn, but for its last token", () => {
  const { cached } = serve([
    at(0, 20, 30, shared([1, 2], [20, 50])),
    at(0, 20, 12, shared([4, 5], [20, 32])),
    at(50_000, 60, 1, shared([1, 2, 3], [20, 50, 60])),
    // The keys and values of the 32nd token would come with the step after it.
    at(50_000, 40, 1, shared([4, 5, 6], [20, 32, 40])),
  ]);
  assert.deepEqual(cached, [0, 0, 48, 16]);
});

Deno.test("ReferenceEngine finds a block of an answer from the step on that fills it", () => {
  const answer = shared([1, 2], [16, 56]);
  // The 16th decode step, which begins at 16,000 µs, computes token 32.
  const { cached } = serve([at(0, 16, 40, answer), at(14_500, 40, 16, answer)]);
  assert.deepEqual(cached, [0, 16]);
  assert.deepEqual(serve([at(0, 16, 40, answer), at(15_500, 40, 16, answer)]).cached, [0, 32]);
});

Deno.test("ReferenceEngine keeps one copy of what two write at once", () => {
  const answer = shared([1, 2], [16, 56]);
  const { samples } = serve([at(0, 16, 20, answer), at(0, 16, 20, answer)], { periodUs: 500 });
  const usedAt = (us: number) => samples.find(({ atUs }) => atUs === us)!.usedBlocks;
  // Both have the prompt's block; then one each, one in common, and that and one more each.
  assert.deepEqual([500, 15_500, 16_500, 17_500].map(usedAt), [1, 3, 2, 4]);
});

Deno.test("ReferenceEngine evicts the least recently used prefix", () => {
  const { cached } = serve([
    at(0, 32, 1, shared([1], [32])),
    at(2000, 32, 1, shared([2], [32])),
    at(4000, 33, 1, shared([1], [32])),
    // Takes two blocks never used and the second of segment 2, which segment 1 was used after.
    at(6000, 48, 1),
    // Takes the block in which the third request computed alone, and the second of segment 1.
    at(8000, 33, 1, shared([2], [32])),
    at(10_000, 33, 1, shared([1], [32])),
  ], { limits: { kvBlocks: 7, maxModelLen: 64 } });
  assert.deepEqual(cached, [0, 0, 32, 0, 16, 16]);
});

Deno.test("ReferenceEngine deals out accepted drafts evenly and never more than was asked for", () => {
  const { batches, records, samples } = serve([at(0, 1, 9)], {
    limits: { speculative: { tokens: 2, acceptedPpm: 1_500_000 } },
  });
  // 1, then 2, 3, 2 and the last of 3.
  assert.deepEqual(batches, ["0 prefill 1", ...Array.from({ length: 4 }, () => "0 decode 3")]);
  assert.deepEqual([records[0]!.generatedTokens, records[0]!.lastTokenUs], [9, 5000]);
  const { outputTokens, latencyUs } = samples[0]!.measured!;
  assert.deepEqual([outputTokens, latencyUs.itl?.sum], [9, 4000]);
  assert.equal(latencyUs.itl!.buckets[1], 4);
});

Deno.test("ReferenceEngine lets tokens attend within the window alone", () => {
  const { engine } = serve([at(0, 6, 2)], {
    costs: { windowAttentionPs: 1e6, window: { tokens: 4, contextPs: 1e6 } },
  });
  // Twice 1 + 2 + 3 + 4 + 4 + 4, then 4 of 7.
  assert.deepEqual(engine.steps.map(({ atUs, endUs }) => endUs - atUs), [1036, 1004]);
});

Deno.test("ReferenceEngine skips a request whose adapter has no slot", () => {
  const { batches } = serve([
    at(0, 8, 2, { adapter: "a" }),
    at(0, 8, 1, { adapter: "b" }),
    at(0, 8, 1, { adapter: "a" }),
    at(0, 8, 1),
  ], { limits: { maxLoras: 1 } });
  assert.deepEqual(batches, ["0 prefill 8, 2 prefill 8, 3 prefill 8", "0 decode 1", "1 prefill 8"]);
});

Deno.test("ReferenceEngine drops the token of the step in which its request was aborted", () => {
  const { records, batches } = serve([at(0, 8, 9), at(0, 8, 9), at(10, 8, 9)], {
    limits: { maxNumSeqs: 2 },
    aborts: [{ atUs: 2500, index: 0 }, { atUs: 3000, index: 2 }],
  });
  assert.deepEqual(records[0], {
    arrivedUs: 0,
    scheduledUs: 0,
    firstTokenUs: 1000,
    lastTokenUs: 2000,
    endedUs: 3000,
    outcome: "failed",
    generatedTokens: 2,
    cachedTokens: 0,
    preemptions: 0,
  });
  assert.deepEqual([records[2]!.outcome, records[2]!.scheduledUs], ["failed", undefined]);
  assert.equal(batches[3], "1 decode 1");
});

Deno.test("ReferenceEngine holds the watermark's blocks back from those it admits", () => {
  const limits = { kvBlocks: 4, maxModelLen: 40, watermarkBlocks: 1 };
  const { records } = serve([at(0, 20, 2), at(0, 20, 2)], { limits });
  assert.deepEqual(records.map(({ scheduledUs }) => scheduledUs), [0, 2000]);
});

Deno.test("ReferenceEngine admits a prompt only if all of it fits, though it takes blocks for a chunk", () => {
  const { records, samples } = serve([at(0, 16, 3), at(500, 48, 1)], {
    limits: { kvBlocks: 4, maxModelLen: 64, maxNumBatchedTokens: 17 },
    periodUs: 3500,
  });
  // The first holds two blocks until 3000 µs; then 16 and 1 tokens of the other's chunk take two.
  assert.equal(records[1]!.scheduledUs, 3000);
  assert.equal(samples[0]!.usedBlocks, 2);
});

Deno.test("ReferenceEngine loses no fraction of a µs in a span and begins a new one before 2^52 ps", () => {
  const { lasts } = serve([at(0, 8, 4)], { costs: { stepPs: 1_000_600_000 } });
  // 1000.6, then 1000 + 3 × 1000.6.
  assert.deepEqual(lasts, [4001]);
  const stepPs = 2 ** 51 - 100;
  const long = serve([at(0, 8, 5)], { costs: { stepPs }, periodUs: 1e10 });
  const us = (ps: number) => Math.floor(ps / 1e6);
  assert.deepEqual(long.lasts, [us(stepPs) + 2 * us(2 * stepPs)]);
});

Deno.test("ReferenceEngine fails everyone in a crash and has forgotten every prefix", () => {
  const { records, cached } = serve([
    at(0, 40, 50, shared([1], [40])),
    at(9000, 40, 1, shared([1], [40])),
  ], { breaks: [{ atUs: 5000, how: "crash" }] });
  assert.deepEqual([records[0]!.outcome, records[0]!.generatedTokens], ["failed", 5]);
  assert.deepEqual([records[1]!.outcome, cached[1]], ["completed", 0]);
});

Deno.test("ReferenceEngine rejects a prompt as long as the model's length, and an adapter it cannot load", () => {
  const { records } = serve([at(0, 64, 1), at(0, 63, 9), at(0, 8, 1, { adapter: "a" })], {
    limits: { maxModelLen: 64 },
  });
  const outcomes = records.map(({ outcome, generatedTokens }) => [outcome, generatedTokens]);
  assert.deepEqual(outcomes, [["rejected", 0], ["completed", 1], ["rejected", 0]]);
});

Deno.test("ReferenceEngine plans a step with whom it saw when the one before began, or at once at rest", () => {
  const limits = { asyncScheduling: true };
  const { batches, engine: { happenings } } = serve([at(0, 4, 5), at(500, 10, 1), at(2000, 3, 1)], {
    limits,
  });
  assert.deepEqual(batches, [
    "0 prefill 4",
    "0 decode 1",
    "0 decode 1, 1 prefill 10",
    "0 decode 1, 2 prefill 3",
    "0 decode 1",
  ]);
  assert.deepEqual([happenings.get("seen too late"), happenings.get("seen at rest")], [
    2,
    undefined,
  ]);
  const resting = serve([at(0, 4, 1), at(500, 10, 1)], { limits });
  assert.deepEqual(resting.lasts, [1000, 2000]);
  assert.equal(resting.engine.happenings.get("seen at rest"), 1);
});

Deno.test("ReferenceEngine sees a prompt when it is tokenised, and after those that came before", () => {
  const costs = { admissionUs: 100, admissionTokenUs: 2.5 };
  const { lasts, engine } = serve([at(0, 400, 1), at(200, 5, 1), at(5000, 1, 1)], { costs });
  assert.deepEqual(lasts, [2100, 2100, 6103]);
  assert.equal(engine.happenings.get("tokenised out of turn"), 1);
});
