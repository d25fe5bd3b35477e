// The engine against the plain reference, and what must hold whatever arrives and whatever breaks.
import assert from "node:assert/strict";
import { ended, inFlight } from "../../../src/metrics/totals.ts";
import type { EngineLimits } from "../../../src/serving/limits.ts";
import fc from "../../fast_check.ts";
import { evenSteps, Rig } from "./engine_rig.ts";
import { assertEqual, compare } from "./reference_comparison.ts";
import type { Happening } from "./reference_task.ts";
import { type Workload, workloads } from "./reference_workloads.ts";
import { sessionWorkloads } from "./session_workloads.ts";

type LeastRuns = Readonly<Partial<Record<Happening, number>>>;

/** In how many of 300 workloads each must happen: about a third of what is to be expected. */
const LEAST_RUNS: Readonly<Record<Happening, number>> = {
  "aborted decoding": 10,
  "aborted in the inbox": 25,
  "aborted prefilling": 5,
  "aborted waiting": 15,
  "adapter skipped": 25,
  "answer found": 4,
  "answer found in progress": 2,
  "arrived within a span": 70,
  "block evicted": 55,
  "chunked": 60,
  "content twice": 13,
  "crashed running": 10,
  "free block again": 8,
  "hit own blocks": 17,
  "last block again": 20,
  "overtook": 40,
  "preempted": 28,
  "prefix hit": 55,
  "rejected": 30,
  "seen at rest": 4,
  "seen too late": 43,
  "several tokens a step": 25,
  "tokenised out of turn": 27,
  "watermark held back": 17,
};

/** The same of 200 sessions. */
const LEAST_SESSIONS: LeastRuns = {
  "aborted decoding": 25,
  "answer found": 20,
  "answer found in progress": 6,
  "content twice": 35,
  "free block again": 45,
  "preempted": 9,
  "seen too late": 28,
};

function assertAgreement(workloads: fc.Arbitrary<Workload>, numRuns: number, least: LeastRuns) {
  const runs = new Map<string, number>();
  fc.assert(
    fc.property(workloads, (workload) => {
      const comparison = compare(workload);
      for (const happening of comparison.happenings.keys()) {
        runs.set(happening, (runs.get(happening) ?? 0) + 1);
      }
      assertEqual(comparison);
    }),
    { numRuns },
  );
  for (const [happening, count] of Object.entries(least)) {
    const happened = runs.get(happening) ?? 0;
    assert.ok(happened >= count, `"${happening}" happened in ${happened} of ${numRuns} runs`);
  }
}

Deno.test("Engine agrees with the plain reference on every request and window, whatever the load", () => {
  assertAgreement(workloads, 300, LEAST_RUNS);
});

Deno.test("Engine agrees with the plain reference on sessions whose turns get in each other's way", () => {
  assertAgreement(sessionWorkloads, 200, LEAST_SESSIONS);
});

interface Job {
  readonly atUs: number;
  readonly prompt: number;
  readonly output: number;
}

const MAX_MODEL_LEN = 80;
const HORIZON_US = 100_000_000;

/** Blocks for the longest request and few more, so that requests get in each other's way. */
const limits: fc.Arbitrary<EngineLimits> = fc.record({
  kvBlocks: fc.integer({ min: MAX_MODEL_LEN / 16, max: MAX_MODEL_LEN / 16 + 6 }),
  maxNumSeqs: fc.integer({ min: 1, max: 8 }),
  maxNumBatchedTokens: fc.integer({ min: 8, max: 100 }),
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

function submitAll(rig: Rig, jobs: readonly Job[]): void {
  for (const [index, job] of jobs.entries()) {
    rig.submitAt(job.atUs, String(index), job.prompt, job.output);
  }
}

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
        assert.equal(inFlight(requests), engine.inFlight);
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
