// The engine against the plain reference, and what must hold whatever arrives and whatever breaks.
import assert from "node:assert/strict";
import { ended, inFlight } from "../../../src/metrics/totals.ts";
import type { EngineLimits } from "../../../src/serving/engine.ts";
import fc from "../../fast_check.ts";
import { type Job, type ReferenceCost, serve } from "./engine_reference.ts";
import { evenSteps, Rig } from "./engine_rig.ts";

const MAX_MODEL_LEN = 80;
const HORIZON_US = 100_000_000;

/** Blocks for the longest request and few more, so that requests get in each other's way. */
const limits: fc.Arbitrary<EngineLimits> = fc.record({
  kvBlocks: fc.integer({ min: MAX_MODEL_LEN / 16, max: MAX_MODEL_LEN / 16 + 6 }),
  maxNumSeqs: fc.integer({ min: 1, max: 8 }),
  maxNumBatchedTokens: fc.integer({ min: 1, max: 100 }),
  maxModelLen: fc.constant(MAX_MODEL_LEN),
});

const jobs: fc.Arbitrary<Job[]> = fc.array(
  fc.record({
    atUs: fc.nat(40_000),
    prompt: fc.integer({ min: 1, max: MAX_MODEL_LEN + 3 }),
    output: fc.integer({ min: 1, max: 60 }),
  }),
  { minLength: 1, maxLength: 16 },
).map((all) => all.toSorted((a, b) => a.atUs - b.atUs));

const small = fc.bigInt({ min: 0n, max: 3_000_000n });
const cost: fc.Arbitrary<ReferenceCost> = fc.record({
  stepPs: fc.bigInt({ min: 1_000_000n, max: 2_000_000_000n }),
  // Above 0: a batch of one more or one fewer never takes the same time.
  requestPs: fc.bigInt({ min: 1n, max: 9_000_000n }),
  prefillTokenPs: small,
  attentionPs: small,
  decodeTokenPs: small,
  contextPs: small,
  admissionUs: fc.nat(3000),
});

function stepTimeOf(cost: ReferenceCost) {
  return evenSteps({
    contextPs: Number(cost.contextPs),
    admissionUs: cost.admissionUs,
    fixedPs: ({ prefillTokens, prefillAttention, decodeTokens, requests }) =>
      Number(cost.stepPs) + Number(cost.requestPs) * requests +
      Number(cost.prefillTokenPs) * prefillTokens +
      Number(cost.attentionPs) * prefillAttention + Number(cost.decodeTokenPs) * decodeTokens,
  });
}

function submitAll(rig: Rig, jobs: readonly Job[]): void {
  for (const [index, job] of jobs.entries()) {
    rig.submitAt(job.atUs, String(index), job.prompt, job.output);
  }
}

Deno.test("Engine agrees with the plain reference on every token's time, whatever the load", () => {
  let preempted = 0;
  fc.assert(
    fc.property(jobs, limits, cost, (jobs, limits, cost) => {
      const rig = new Rig(limits, stepTimeOf(cost));
      submitAll(rig, jobs);
      rig.clock.runUntil(HORIZON_US);
      const reference = serve(jobs, limits, cost);
      preempted += reference.preemptions;
      assert.deepEqual(jobs.map((_, index) => rig.outcomes[index]), reference.served);
      assert.equal(rig.engine.takeCounts().preemptions, reference.preemptions);
    }),
    { numRuns: 400 },
  );
  assert.ok(preempted > 100, `the workloads preempted only ${preempted} times`);
});

Deno.test("Engine accounts for every request, token and block, through crashes and freezes", () => {
  const breaks = fc.array(
    fc.record({ atUs: fc.nat(60_000), how: fc.constantFrom("crash", "freeze") }),
    { maxLength: 4 },
  );
  fc.assert(
    fc.property(jobs, limits, breaks, (jobs, limits, breaks) => {
      const rig = new Rig(limits, evenSteps({ admissionUs: 700 }));
      submitAll(rig, jobs);
      for (const { atUs, how } of breaks) {
        rig.clock.at(atUs, () => how === "crash" ? rig.engine.crash() : rig.engine.freeze());
      }
      for (let atUs = 250; atUs < 100_000; atUs += 500) {
        rig.clock.runUntil(atUs);
        const { engine, table } = rig;
        const { requests } = rig.totals();
        assert.equal(requests.arrived, ended(requests) + table.open);
        assert.equal(inFlight(requests), engine.running + engine.waiting);
        assert.ok(engine.usedBlocks >= 0 && engine.usedBlocks <= limits.kvBlocks);
        assert.ok(engine.running <= limits.maxNumSeqs);
        assert.ok(engine.running > 0 || engine.usedBlocks === 0);
      }
      // A frozen engine holds what it has until it is declared dead.
      if (breaks.some(({ how }) => how === "freeze")) rig.engine.crash();
      rig.clock.runUntil(HORIZON_US);
      const { requests, outputTokens } = rig.totals();
      assert.equal(requests.arrived, jobs.length);
      assert.equal(ended(requests), jobs.length);
      assert.deepEqual([rig.engine.idle, rig.engine.usedBlocks, rig.table.open], [true, 0, 0]);
      const told = Object.values(rig.outcomes).reduce((sum, { tokens }) => sum + tokens, 0);
      assert.equal(outputTokens, told);
      assert.equal(rig.engine.takeCounts().outputTokens, told);
    }),
  );
});

Deno.test("Engine gives every completed request the tokens it asked for, and no other request any", () => {
  fc.assert(
    fc.property(jobs, limits, (jobs, limits) => {
      const rig = new Rig(limits);
      submitAll(rig, jobs);
      rig.clock.runUntil(HORIZON_US);
      const rooms = jobs.map(({ prompt, output }) => Math.min(output, MAX_MODEL_LEN - prompt));
      const asked = rooms.map((room) => Math.max(0, room));
      assert.deepEqual(jobs.map((_, index) => rig.outcomes[index]!.tokens), asked);
      const { requests, promptTokens, outputTokens, latencyUs } = rig.totals();
      const served = jobs.filter(({ prompt }) => prompt < MAX_MODEL_LEN);
      assert.equal(requests.completed, served.length);
      assert.equal(requests.rejected, jobs.length - served.length);
      assert.equal(outputTokens, asked.reduce((sum, tokens) => sum + tokens, 0));
      assert.equal(promptTokens, served.reduce((sum, { prompt }) => sum + prompt, 0));
      assert.equal(latencyUs.itl.count, outputTokens - served.length);
      assert.equal(latencyUs.queue.count, served.length);
    }),
  );
});
