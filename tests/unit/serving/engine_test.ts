// vLLM V1's scheduling by examples small enough to work out by hand; a step takes 1000 µs.
import assert from "node:assert/strict";
import { mean, percentile } from "../../../src/metrics/histogram.ts";
import { evenSteps, Rig } from "./engine_rig.ts";

Deno.test("Engine serves a prompt in chunks when it is longer than the token budget", () => {
  const rig = new Rig({ maxNumBatchedTokens: 8 });
  rig.submitAt(0, "a", 20, 3);
  rig.clock.runUntil(100_000);
  assert.deepEqual(rig.outcomes, { a: { tokens: 3, firstTokenUs: 3000, lastTokenUs: 5000 } });
  // Chunk t after s tokens counts t·(2s + t): 8·8, 8·(16 + 8), 4·(32 + 4).
  assert.deepEqual(rig.batches, [
    { prefillTokens: 8, prefillAttention: 64, decodeTokens: 0, requests: 1, adapters: 0 },
    { prefillTokens: 8, prefillAttention: 192, decodeTokens: 0, requests: 1, adapters: 0 },
    { prefillTokens: 4, prefillAttention: 144, decodeTokens: 0, requests: 1, adapters: 0 },
    // Two steps, the same batch: asked for once.
    { prefillTokens: 0, prefillAttention: 0, decodeTokens: 1, requests: 1, adapters: 0 },
  ]);
  const { requests, promptTokens, outputTokens, latencyUs } = rig.totals();
  assert.deepEqual(requests, { arrived: 1, completed: 1, failed: 0, rejected: 0, good: 0 });
  assert.deepEqual([promptTokens, outputTokens], [20, 3]);
  assert.equal(latencyUs.ttft.sum, 3000);
  assert.deepEqual([latencyUs.itl.count, latencyUs.itl.sum], [2, 2000]);
  assert.equal(latencyUs.tpot.sum, 1000);
  assert.equal(latencyUs.e2e.sum, 5000);
});

Deno.test("Engine decodes before it prefills when both share one token budget", () => {
  const rig = new Rig({ maxNumBatchedTokens: 4 });
  rig.submitAt(0, "answering", 4, 5);
  rig.submitAt(500, "prompting", 10, 1);
  rig.clock.runUntil(100_000);
  const split = rig.batches.map(({ decodeTokens, prefillTokens }) => [decodeTokens, prefillTokens]);
  assert.deepEqual(split, [[0, 4], [1, 3], [1, 3], [1, 3], [1, 1]]);
  assert.deepEqual(rig.outcomes, {
    answering: { tokens: 5, firstTokenUs: 1000, lastTokenUs: 5000 },
    prompting: { tokens: 1, firstTokenUs: 5000, lastTokenUs: 5000 },
  });
});

Deno.test("Engine admits first come, first served, even when a later prompt would fit", () => {
  const rig = new Rig({ kvBlocks: 6, maxModelLen: 96 });
  rig.submitAt(0, "first", 48, 4);
  rig.submitAt(100, "big", 64, 1);
  rig.submitAt(200, "small", 16, 1);
  rig.clock.runUntil(1500);
  // 48 tokens and the next one take 4 of 6 blocks: 4 more do not fit, 1 more would.
  assert.deepEqual([rig.engine.running, rig.engine.waiting, rig.engine.usedBlocks], [1, 2, 4]);
  rig.clock.runUntil(100_000);
  assert.deepEqual(rig.outcomes, {
    first: { tokens: 4, firstTokenUs: 1000, lastTokenUs: 4000 },
    big: { tokens: 1, firstTokenUs: 5000, lastTokenUs: 5000 },
    small: { tokens: 1, firstTokenUs: 5000, lastTokenUs: 5000 },
  });
});

Deno.test("Engine runs at most max-num-seqs requests at once", () => {
  const rig = new Rig({ maxNumSeqs: 2 });
  for (const [name, output] of [["a", 2], ["b", 3], ["c", 1]] as const) {
    rig.submitAt(0, name, 1, output);
  }
  rig.clock.runUntil(1500);
  assert.deepEqual([rig.engine.running, rig.engine.waiting], [2, 1]);
  rig.clock.runUntil(100_000);
  assert.deepEqual(rig.outcomes["c"], { tokens: 1, firstTokenUs: 3000, lastTokenUs: 3000 });
  assert.equal(Math.max(...rig.batches.map(({ requests }) => requests)), 2);
  // The third waited for two steps, the others not at all.
  const { queue } = rig.totals().latencyUs;
  assert.deepEqual([queue.count, queue.sum, percentile(queue, 50)], [3, 2000, 0]);
});

Deno.test("Engine preempts the latest when blocks run out, and computes it again later", () => {
  const rig = new Rig({ kvBlocks: 4, maxModelLen: 64 });
  rig.submitAt(0, "early", 16, 20);
  rig.submitAt(0, "late", 16, 20);
  // Both hold 2 blocks, full after 17 tokens; the next one of the first takes what the other had.
  rig.clock.runUntil(17_500);
  assert.deepEqual([rig.engine.running, rig.engine.waiting, rig.engine.usedBlocks], [1, 1, 3]);
  rig.clock.runUntil(100_000);
  assert.deepEqual(rig.outcomes, {
    early: { tokens: 20, firstTokenUs: 1000, lastTokenUs: 20_000 },
    late: { tokens: 20, firstTokenUs: 1000, lastTokenUs: 23_000 },
  });
  // Of its 16 prompt and 17 answered tokens the first block is still there: 17 are computed again.
  assert.deepEqual(rig.batches.map(({ prefillTokens }) => prefillTokens), [32, 0, 0, 0, 17, 0]);
  const none = { outputTokens: 0, promptTokens: 0, prefixQueries: 0, prefixHits: 0 };
  const counts = { outputTokens: 40, promptTokens: 32, prefixQueries: 32, prefixHits: 0 };
  // 23 steps, in two of which prompts were computed.
  const spent = { busyUs: 23_000, prefillUs: 2000 };
  assert.deepEqual(rig.engine.takeCounts(), { ...counts, preemptions: 1, ...spent });
  assert.deepEqual(rig.engine.takeCounts(), { ...none, preemptions: 0, busyUs: 0, prefillUs: 0 });
  const { requests, promptTokens, outputTokens, latencyUs } = rig.totals();
  assert.equal(requests.completed, 2);
  assert.deepEqual([promptTokens, outputTokens], [32, 40]);
  assert.deepEqual([latencyUs.ttft.count, latencyUs.queue.count], [2, 2]);
  assert.deepEqual([latencyUs.itl.count, latencyUs.itl.sum], [38, 37 * 1000 + 4000]);
});

Deno.test("Engine.takeCounts() counts the part of a step that is past, and none of a frozen one", () => {
  const rig = new Rig();
  rig.submitAt(500, "one", 16, 4);
  const spentAt = (us: number) => {
    rig.clock.runUntil(us);
    const { busyUs, prefillUs } = rig.engine.takeCounts();
    return [busyUs, prefillUs];
  };
  assert.deepEqual([400, 800, 1700, 2600].map(spentAt), [[0, 0], [300, 300], [900, 700], [900, 0]]);
  rig.clock.at(2900, () => rig.engine.freeze());
  assert.deepEqual([4000, 5000].map(spentAt), [[300, 0], [0, 0]]);
});

Deno.test("Engine admits nobody in the step in which it preempted", () => {
  const rig = new Rig({ kvBlocks: 4, maxModelLen: 64 });
  rig.submitAt(0, "early", 16, 20);
  rig.submitAt(0, "late", 16, 20);
  rig.submitAt(16_500, "tiny", 1, 1);
  rig.clock.runUntil(17_500);
  // One block is free, enough for the newcomer, but the step has preempted.
  assert.deepEqual([rig.engine.running, rig.engine.waiting, rig.engine.usedBlocks], [1, 2, 3]);
  // And from then on the preempted one stands before it.
  rig.clock.runUntil(19_500);
  assert.deepEqual([rig.engine.running, rig.engine.waiting], [1, 2]);
  rig.clock.runUntil(100_000);
  assert.equal(rig.outcomes["tiny"]!.firstTokenUs, 21_000);
});

Deno.test("Engine.submit() rejects a prompt that leaves no room for an answer", () => {
  const rig = new Rig({ maxModelLen: 64 });
  rig.submitAt(0, "full", 64, 1);
  rig.submitAt(0, "over", 1000, 1);
  rig.submitAt(0, "fits", 63, 1);
  rig.clock.runUntil(0);
  assert.deepEqual([rig.engine.running, rig.engine.waiting, rig.table.open], [1, 0, 1]);
  rig.clock.runUntil(100_000);
  const { requests, outputTokens } = rig.totals();
  assert.deepEqual(requests, { arrived: 3, completed: 1, failed: 0, rejected: 2, good: 0 });
  assert.equal(outputTokens, 1);
});

Deno.test("Engine.submit() cuts an answer that would pass the model's length", () => {
  const rig = new Rig({ maxModelLen: 64 });
  rig.submitAt(0, "cut", 60, 50);
  rig.submitAt(0, "whole", 60, 4);
  rig.clock.runUntil(100_000);
  assert.deepEqual(rig.outcomes["cut"], { tokens: 4, firstTokenUs: 1000, lastTokenUs: 4000 });
  assert.deepEqual(rig.outcomes["whole"], rig.outcomes["cut"]);
});

Deno.test("Engine.crash() fails running, waiting and unseen requests and frees their memory", () => {
  const rig = new Rig({ maxNumSeqs: 1 }, evenSteps({ admissionUs: 300 }));
  rig.submitAt(0, "running", 20, 50);
  rig.submitAt(0, "waiting", 20, 50);
  rig.submitAt(2200, "unseen", 20, 50);
  rig.clock.runUntil(2400);
  // The third is still in the API server, where vLLM does not count it either.
  const { running, waiting, inFlight, usedBlocks } = rig.engine;
  assert.deepEqual([running, waiting, inFlight, usedBlocks], [1, 1, 3, 2]);
  rig.engine.crash();
  assert.deepEqual([rig.engine.idle, rig.engine.usedBlocks, rig.table.open], [true, 0, 0]);
  assert.equal(rig.totals().requests.failed, 3);
  const steps = rig.batches.length;
  rig.clock.runUntil(50_000);
  assert.equal(rig.batches.length, steps);
  assert.deepEqual(rig.outcomes["running"], { tokens: 2, firstTokenUs: 1300, lastTokenUs: 2300 });
});

Deno.test("Engine serves again after a crash", () => {
  const rig = new Rig();
  rig.submitAt(0, "lost", 5, 50);
  rig.clock.runUntil(3500);
  rig.engine.crash();
  rig.submitAt(10_000, "new", 5, 2);
  rig.clock.runUntil(50_000);
  assert.deepEqual(rig.outcomes["new"], { tokens: 2, firstTokenUs: 11_000, lastTokenUs: 12_000 });
});

Deno.test("Engine.abort() fails a request at once on a host that does not answer", () => {
  const rig = new Rig();
  rig.submitAt(0, "caught", 5, 50);
  rig.clock.runUntil(3500);
  rig.engine.freeze();
  rig.clock.runUntil(10_000);
  rig.engine.abort([...rig.table.names.keys()][0]!);
  assert.deepEqual(rig.outcomes["caught"]!.tokens, 3);
  assert.deepEqual([rig.engine.inFlight, rig.engine.usedBlocks, rig.table.open], [0, 0, 0]);
  rig.engine.crash();
  assert.equal(rig.totals().requests.failed, 1);
});

Deno.test("Engine.freeze() stops all, lets requests hang, and crash() ends them", () => {
  const rig = new Rig();
  rig.submitAt(0, "caught", 5, 50);
  rig.clock.runUntil(3500);
  rig.engine.freeze();
  rig.submitAt(4000, "hanging", 5, 1);
  rig.clock.runUntil(60_000);
  assert.deepEqual(rig.outcomes, {});
  assert.deepEqual([rig.engine.running, rig.engine.inFlight], [1, 2]);
  rig.engine.crash();
  assert.deepEqual([rig.outcomes["caught"]!.tokens, rig.outcomes["hanging"]!.tokens], [3, 0]);
  assert.deepEqual([rig.totals().requests.failed, rig.table.open], [2, 0]);
  rig.submitAt(70_000, "new", 5, 1);
  rig.clock.runUntil(80_000);
  assert.equal(rig.outcomes["new"]!.firstTokenUs, 71_000);
});

Deno.test("Engine.onIdle is called when the last request left, each time, and not before", () => {
  const rig = new Rig({}, evenSteps({ admissionUs: 100 }));
  const idleUs: number[] = [];
  rig.engine.onIdle = () => {
    assert.ok(rig.engine.idle);
    idleUs.push(rig.clock.nowUs);
  };
  rig.submitAt(0, "a", 1, 2);
  // Still in the API server when the first one ends, so the engine is not idle then.
  rig.submitAt(2050, "b", 1, 1);
  rig.submitAt(9000, "c", 1, 1);
  rig.clock.runUntil(50_000);
  assert.deepEqual(idleUs, [3150, 10_100]);
});

Deno.test("Engine counts the API server's time in TTFT and E2E but not in the queue's", () => {
  const rig = new Rig({}, evenSteps({ admissionUs: 300, completionUs: 70, tokenUs: 9 }));
  rig.submitAt(0, "a", 5, 3);
  rig.clock.runUntil(50_000);
  const { ttft, itl, tpot, e2e, queue } = rig.totals().latencyUs;
  assert.equal(ttft.sum, 300 + 1000 + 9);
  assert.deepEqual([itl.count, itl.sum], [2, 2 * 1009]);
  assert.equal(tpot.sum, 1009);
  assert.equal(e2e.sum, 300 + 3 * 1009 + 70);
  assert.equal(mean(queue), 0);
});

Deno.test("Engine tells no TPOT for an answer of one token", () => {
  const rig = new Rig();
  rig.submitAt(0, "a", 5, 1);
  rig.clock.runUntil(50_000);
  const { tpot, itl, e2e } = rig.totals().latencyUs;
  assert.deepEqual([tpot.count, itl.count, e2e.count], [0, 0, 1]);
});

Deno.test("Engine counts requests of the warm-up apart, also within one batch", () => {
  const rig = new Rig({ maxModelLen: 40 });
  rig.submitAt(0, "warm", 5, 3, true);
  rig.submitAt(0, "measured", 7, 4);
  rig.submitAt(0, "refused", 50, 4, true);
  rig.clock.runUntil(50_000);
  const [measured, warm] = [rig.totals(0), rig.totals(1)];
  assert.deepEqual([measured.promptTokens, measured.outputTokens], [7, 4]);
  assert.deepEqual([warm.promptTokens, warm.outputTokens], [5, 3]);
  assert.deepEqual([measured.latencyUs.itl.count, warm.latencyUs.itl.count], [3, 2]);
  assert.deepEqual([measured.requests.rejected, warm.requests.rejected], [0, 1]);
});

Deno.test("Engine loses no fraction of a µs while the batch stays the same", () => {
  const fixedPs = 1_000_400_000;
  const contextPs = 70_000;
  const rig = new Rig(
    { maxNumBatchedTokens: 2000 },
    evenSteps({ contextPs, fixedPs: () => fixedPs }),
  );
  rig.submitAt(0, "a", 100, 501);
  rig.clock.runUntil(10_000_000);
  // The prompt's step ends at 1000 µs; 500 decode steps follow, of 101, 102 … tokens of context.
  const k = 500;
  const decodePs = k * fixedPs + contextPs * (k * 100 + k * (k + 1) / 2);
  assert.equal(rig.outcomes["a"]!.firstTokenUs, 1000);
  assert.equal(rig.outcomes["a"]!.lastTokenUs, 1000 + Math.floor(decodePs / 1e6));
});

Deno.test("Engine counts whole µs anew after a prompt and after a completion", () => {
  const rig = new Rig({}, evenSteps({ fixedPs: () => 1_000_600_000 }));
  rig.submitAt(0, "short", 5, 2);
  rig.submitAt(0, "long", 5, 3);
  rig.clock.runUntil(50_000);
  // 1000.6, then 1000 + 1000.6, then 2000 + 1000.6: each rounded down where the batch changes.
  assert.deepEqual(rig.outcomes, {
    short: { tokens: 2, firstTokenUs: 1000, lastTokenUs: 2000 },
    long: { tokens: 3, firstTokenUs: 1000, lastTokenUs: 3000 },
  });
});
