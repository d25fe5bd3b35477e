// Steps that are planned while the one before them runs, and prompts that take time to tokenise, by
// examples worked out by hand. A step takes 1000 µs.
import assert from "node:assert/strict";
import type { EngineLimits } from "../../../src/serving/limits.ts";
import { PRIORITY } from "../../../src/sim/clock.ts";
import { evenSteps, Rig } from "./engine_rig.ts";

type Asked = readonly [name: string, atUs: number, output: number];

/** When each got its first token; prompts are of 5 tokens. */
function firstTokens(asked: readonly Asked[], limits: Partial<EngineLimits> = {}) {
  const rig = new Rig({ asyncScheduling: true, ...limits });
  for (const [name, atUs, output] of asked) rig.submitAt(atUs, name, 5, output);
  rig.clock.runUntil(100_000);
  const outcomes = Object.entries(rig.outcomes);
  const firsts = Object.fromEntries(
    outcomes.map(([name, { firstTokenUs }]) => [name, firstTokenUs]),
  );
  return { firsts, batches: rig.batches };
}

Deno.test("Engine admits who came in a step with prompts two steps later when it schedules ahead", () => {
  const asked = [["early", 0, 5], ["late", 500, 1]] as const;
  const { firsts, batches } = firstTokens(asked);
  assert.deepEqual(firsts, { early: 1000, late: 3000 });
  const split = batches.map(({ decodeTokens, prefillTokens }) => [decodeTokens, prefillTokens]);
  assert.deepEqual(split, [[0, 5], [1, 0], [1, 5], [1, 0]]);
  assert.deepEqual(firstTokens(asked, { asyncScheduling: false }).firsts, {
    early: 1000,
    late: 2000,
  });
});

Deno.test("Engine admits who came in the midst of decode steps two steps later when it schedules ahead", () => {
  const lateAt = (us: number) => firstTokens([["early", 0, 20], ["late", us, 1]]);
  // Steps begin at every whole ms: at 4 the one is planned that begins at 5.
  assert.deepEqual(
    [3001, 3999, 4000, 4001, 5000].map((us) => lateAt(us).firsts["late"]),
    [6000, 6000, 6000, 7000, 7000],
  );
  // A prompt, decode steps, one with the other prompt, decode steps: none but these are asked for.
  assert.equal(lateAt(4500).batches.length, 4);
});

Deno.test("Engine that schedules ahead sees who comes with the end of a step before it plans the next", () => {
  const rig = new Rig({ asyncScheduling: true });
  rig.submitAt(0, "early", 5, 20);
  rig.clock.at(4000, () => {
    // All that ends now is told already.
    rig.engine.settle();
    const id = rig.table.add(4000, 5, 1, 0);
    rig.table.names.set(id, "late");
    rig.engine.submit(id);
  }, PRIORITY.engine + 1);
  rig.clock.runUntil(100_000);
  assert.equal(rig.outcomes["late"]!.firstTokenUs, 6000);
});

Deno.test("Engine admits two who came in two steps one after the other when it schedules ahead", () => {
  const { firsts } = firstTokens([["early", 0, 20], ["b", 4500, 1], ["c", 5200, 1], [
    "d",
    5900,
    1,
  ]]);
  assert.deepEqual(firsts, { early: 1000, b: 7000, c: 8000, d: 8000 });
});

Deno.test("Engine that schedules ahead takes who is there as soon as it has nothing to do", () => {
  // Each of the later two comes in the last step of the one before it.
  const { firsts } = firstTokens([["a", 300, 1], ["b", 700, 1], ["c", 2200, 1], ["d", 9000, 1]]);
  assert.deepEqual(firsts, { a: 1300, b: 2300, c: 3300, d: 10_000 });
});

Deno.test("Engine that schedules ahead gives the place of an answer that is whole to who waits for it", () => {
  const limits = { maxNumSeqs: 2 };
  const full = [["a", 0, 5], ["b", 0, 20]] as const;
  // The answer of `a` is whole at 5000: with the next step for one seen by then, else as always.
  assert.equal(firstTokens([...full, ["waits", 2500, 1]], limits).firsts["waits"], 6000);
  assert.equal(firstTokens([...full, ["waits", 4500, 1]], limits).firsts["waits"], 7000);
});

Deno.test("Engine.abort() of a request that was not seen yet changes nothing for others when it schedules ahead", () => {
  const rig = new Rig({ asyncScheduling: true });
  rig.submitAt(0, "stays", 5, 10);
  rig.submitAt(4500, "goes", 5, 10);
  rig.submitAt(4600, "comes", 5, 1);
  rig.clock.runUntil(5500);
  assert.deepEqual([rig.engine.running, rig.engine.waiting], [1, 2]);
  rig.engine.abort([...rig.table.names].find(([, name]) => name === "goes")![0]);
  rig.clock.runUntil(100_000);
  assert.deepEqual(rig.outcomes, {
    stays: { tokens: 10, firstTokenUs: 1000, lastTokenUs: 10_000 },
    goes: { tokens: 0 },
    comes: { tokens: 1, firstTokenUs: 7000, lastTokenUs: 7000 },
  });
});

const TOKENISING = { admissionUs: 100, admissionTokenUs: 2.5 };

Deno.test("Engine.submit() lets a prompt be seen when it is tokenised, and none before those that came first", () => {
  const rig = new Rig({}, evenSteps(TOKENISING));
  // 100 + 2.5 × 400; 200 + 100 + 12.5 would be before that; 5000 + 100 + 2.5, rounded.
  rig.submitAt(0, "long", 400, 1);
  rig.submitAt(200, "short", 5, 1);
  rig.submitAt(5000, "tiny", 1, 1);
  rig.clock.runUntil(1050);
  assert.deepEqual([rig.engine.waiting, rig.engine.inFlight], [0, 2]);
  rig.clock.runUntil(100_000);
  const firsts = Object.values(rig.outcomes).map(({ firstTokenUs }) => firstTokenUs);
  assert.deepEqual(firsts, [2100, 2100, 6103]);
  const { ttft, queue } = rig.totals().latencyUs;
  assert.deepEqual([ttft.sum, queue.sum], [2100 + 1900 + 1103, 0]);
});

Deno.test("Engine.crash() makes nobody wait for prompts that were lost in tokenising", () => {
  const rig = new Rig({}, evenSteps(TOKENISING));
  rig.submitAt(0, "lost", 400, 1);
  rig.clock.at(500, () => rig.engine.crash());
  rig.submitAt(600, "new", 4, 1);
  rig.clock.runUntil(100_000);
  assert.equal(rig.outcomes["new"]!.firstTokenUs, 1710);
});
