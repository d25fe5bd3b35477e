// Keys and values offloaded to the host, by hand; a step of 16 tokens takes 1000 µs, a block 100 µs.
import assert from "node:assert/strict";
import type { EngineLimits } from "../../../src/serving/limits.ts";
import {
  REQUEST_STATE,
  type RequestId,
  type SharedContent,
} from "../../../src/serving/requests.ts";
import { SharedLink } from "../../../src/serving/shared_link.ts";
import fc from "../../fast_check.ts";
import { evenSteps, Rig } from "./engine_rig.ts";

interface Job {
  readonly prompt: number;
  readonly output: number;
  readonly content?: SharedContent | undefined;
}

/** 100,000 bytes a block over 1 GB/s and 10 µs. */
const LINK = { name: "test", gigabytesPerSecond: 1, latencyUs: 10, source: "" };
const BYTES_PER_BLOCK = 100_000;

/** Notes the blocks of each transfer. */
class NotingLink extends SharedLink {
  readonly blocks: number[] = [];

  override start(bytes: number, done: () => void) {
    this.blocks.push(bytes / BYTES_PER_BLOCK);
    return super.start(bytes, done);
  }
}

/** Six blocks, and requests of five at most, unless it says otherwise. */
const SMALL = { kvBlocks: 6, maxModelLen: 80, maxNumBatchedTokens: 16 };

class OffloadingRig extends Rig {
  readonly link: NotingLink;
  readonly ids = new Map<string, RequestId>();
  readonly ends: Record<string, [string, number]> = {};

  constructor(limits: Partial<EngineLimits>, latencyUs = LINK.latencyUs) {
    let link: NotingLink | undefined;
    super({ ...SMALL, ...limits }, evenSteps(), (clock) => {
      link = new NotingLink(clock, { ...LINK, latencyUs });
      return { link, bytesPerBlock: BYTES_PER_BLOCK };
    });
    this.link = link!;
    this.engine.onEnd = (id, end) => {
      this.ends[this.table.names.get(id)!] = [end, this.clock.nowUs];
    };
  }

  jobAt(atUs: number, name: string, { prompt, output, content }: Job): void {
    this.clock.at(atUs, () => {
      const id = this.table.add(atUs, prompt, output, 0, {}, content);
      this.table.names.set(id, name);
      this.ids.set(name, id);
      this.engine.submit(id);
    });
  }

  /** Requests that are fetched now after they were preempted. */
  get preemptedLoading(): number {
    const { state, preemptions } = this.table.columns;
    return [...this.ids].filter(([name, id]) =>
      !(name in this.ends) && state[id] === REQUEST_STATE.loading && preemptions[id]! > 0
    ).length;
  }

  get gauges(): number[] {
    const { engine, table } = this;
    return [engine.running, engine.waiting, engine.usedBlocks, table.open, this.link.sharing];
  }
}

/** Four blocks that others have too, and six tokens of its own: five steps. */
function prompt(segment: number): Job {
  return { prompt: 70, output: 1, content: { ids: [segment], ends: [64] } };
}

/** Five blocks that nobody else has: of the four shared ones before it, one stays on the GPU. */
const FILLER: Job = { prompt: 79, output: 1 };

function evicted(limits: Partial<EngineLimits>): OffloadingRig {
  const rig = new OffloadingRig(limits);
  rig.jobAt(0, "first", prompt(7));
  rig.jobAt(10_000, "filler", FILLER);
  rig.jobAt(20_000, "again", prompt(7));
  return rig;
}

Deno.test("Engine fetches from the host what its GPU evicted, in the time of the transfer", () => {
  const rig = evicted({ offloadBlocks: 4 });
  rig.clock.runUntil(20_100);
  assert.deepEqual(rig.gauges, [0, 1, 5, 1, 1]);
  rig.clock.runUntil(100_000);
  // Three blocks take 10 + 300 µs, then six tokens are left.
  assert.deepEqual(rig.link.blocks, [3]);
  assert.equal(rig.outcomes["first"]?.firstTokenUs, 5000);
  assert.equal(rig.outcomes["again"]?.firstTokenUs, 21_310);
  const { prefixQueries, prefixHits } = rig.engine.takeCounts();
  assert.deepEqual([prefixQueries, prefixHits], [70 + 79 + 70, 64]);
  assert.equal(rig.totals().latencyUs.queue.sum, 310);
});

Deno.test("Engine computes what its GPU evicted when nothing is offloaded", () => {
  for (const limits of [{}, { offloadBlocks: 0 }]) {
    const rig = evicted(limits);
    rig.clock.runUntil(100_000);
    assert.deepEqual(rig.link.blocks, []);
    // One block was left: 54 tokens are four steps.
    assert.equal(rig.outcomes["again"]?.firstTokenUs, 24_000);
    assert.equal(rig.engine.takeCounts().prefixHits, 16);
  }
});

Deno.test("Engine evicts from the host what was used least recently, a prompt's end first", () => {
  const rig = new OffloadingRig({ offloadBlocks: 6 });
  rig.jobAt(0, "first", prompt(7));
  rig.jobAt(10_000, "other", prompt(8));
  rig.jobAt(20_000, "again", prompt(7));
  rig.clock.runUntil(100_000);
  // The GPU has one block of it, the host two: 110 µs, then 38 tokens are three steps.
  assert.deepEqual(rig.link.blocks, [1]);
  assert.equal(rig.outcomes["again"]?.firstTokenUs, 23_110);
});

Deno.test("Engine keeps what is used in the host's memory rather than what was stored later", () => {
  const limits = { offloadBlocks: 8 };
  const rig = new OffloadingRig(limits);
  rig.jobAt(0, "a", prompt(7));
  rig.jobAt(10_000, "b", prompt(8));
  rig.jobAt(20_000, "a again", prompt(7));
  rig.jobAt(30_000, "c", prompt(9));
  rig.jobAt(40_000, "a once more", prompt(7));
  rig.clock.runUntil(100_000);
  // Each time three blocks are fetched; the four of "c" took the place of those of "b".
  assert.deepEqual(rig.link.blocks, [3, 3]);
  rig.jobAt(110_000, "b again", prompt(8));
  rig.clock.runUntil(200_000);
  assert.deepEqual(rig.link.blocks, [3, 3]);
});

Deno.test("Engine fetches a whole prompt but computes its last token", () => {
  const rig = new OffloadingRig({ offloadBlocks: 4 });
  const whole: Job = { prompt: 64, output: 1, content: { ids: [7], ends: [64] } };
  rig.jobAt(0, "first", whole);
  rig.jobAt(10_000, "filler", FILLER);
  rig.jobAt(15_000, "second filler", FILLER);
  rig.jobAt(30_000, "again", whole);
  rig.clock.runUntil(100_000);
  assert.deepEqual(rig.link.blocks, [4]);
  assert.equal(rig.outcomes["again"]?.firstTokenUs, 31_410);
  assert.equal(rig.batches.at(-1)?.prefillTokens, 1);
  assert.equal(rig.engine.takeCounts().prefixHits, 63);
});

Deno.test("Engine keeps apart in the host's memory what adapters computed", () => {
  const rig = new OffloadingRig({ offloadBlocks: 8, maxLoras: 1 });
  rig.jobAt(0, "first", prompt(7));
  rig.jobAt(10_000, "filler", FILLER);
  rig.clock.at(20_000, () => {
    const id = rig.table.add(20_000, 70, 1, 0, { adapter: "tone" }, prompt(7).content);
    rig.table.names.set(id, "adapted");
    rig.engine.submit(id);
  });
  rig.clock.runUntil(100_000);
  assert.deepEqual([rig.link.blocks, rig.outcomes["adapted"]?.firstTokenUs], [[], 25_000]);
});

Deno.test("Engine.abort() gives a fetch from the host up and frees what it held", () => {
  const rig = evicted({ offloadBlocks: 4 });
  rig.clock.at(20_100, () => rig.engine.abort(rig.ids.get("again")!));
  rig.clock.runUntil(20_100);
  assert.deepEqual(rig.gauges, [0, 0, 0, 0, 0]);
  assert.deepEqual(rig.ends["again"], ["failed", 20_100]);
  // Nothing on the host is held any more: another prompt takes all of it.
  rig.jobAt(30_000, "other", prompt(8));
  rig.jobAt(40_000, "filler again", FILLER);
  rig.jobAt(50_000, "other again", prompt(8));
  rig.clock.runUntil(100_000);
  assert.deepEqual(rig.link.blocks, [3, 3]);
});

Deno.test("Engine.crash() loses what is on the host, and fails what was on its way", () => {
  const rig = evicted({ offloadBlocks: 4 });
  rig.clock.at(20_100, () => rig.engine.crash());
  rig.clock.runUntil(20_100);
  assert.deepEqual(rig.gauges, [0, 0, 0, 0, 0]);
  assert.deepEqual(rig.ends["again"], ["failed", 20_100]);
  rig.jobAt(30_000, "once more", prompt(7));
  rig.clock.runUntil(100_000);
  assert.equal(rig.outcomes["once more"]?.firstTokenUs, 35_000);
});

const MAX_MODEL_LEN = 80;

function jobsOf(contents: fc.Arbitrary<number | undefined>) {
  return fc.array(
    fc.record({
      atUs: fc.nat(40_000),
      prompt: fc.integer({ min: 1, max: MAX_MODEL_LEN - 1 }),
      output: fc.integer({ min: 1, max: 40 }),
      shared: contents,
      abortUs: fc.option(fc.nat(30_000), { nil: undefined, freq: 3 }),
    }),
    { minLength: 8, maxLength: 24 },
  );
}

/** One of a few contents of two segments, or as much of it as the prompt has. */
function contentOf(prompt: number, shared: number | undefined): SharedContent | undefined {
  if (shared === undefined) return undefined;
  const ends = [Math.min(prompt, 33), Math.min(prompt, 70)];
  const ids = ends.map((end, segment) => 1000 * shared + 200 * segment + end);
  return ends[0] === ends[1] ? { ids: [ids[0]!], ends: [ends[0]!] } : { ids, ends };
}

interface RandomJob extends Omit<Job, "content"> {
  readonly atUs: number;
  readonly shared: number | undefined;
  readonly abortUs: number | undefined;
}

/** Each under its place as name; given up so long after it came, unless it is over. */
function submitAll(rig: OffloadingRig, jobs: readonly RandomJob[]): void {
  for (const [index, { atUs, prompt, output, shared, abortUs }] of jobs.entries()) {
    const name = String(index);
    rig.jobAt(atUs, name, { prompt, output, content: contentOf(prompt, shared) });
    if (abortUs === undefined) continue;
    rig.clock.at(atUs + abortUs, () => {
      if (!(name in rig.ends)) rig.engine.abort(rig.ids.get(name)!);
    });
  }
}

/** A whole answer for everyone who was not given up, unless the engine crashed. */
function checkEnds(rig: OffloadingRig, jobs: readonly RandomJob[], crashUs?: number): void {
  assert.equal(Object.keys(rig.ends).length, jobs.length);
  for (const [index, { prompt, output, abortUs }] of jobs.entries()) {
    const [end] = rig.ends[index]!;
    const { tokens } = rig.outcomes[index]!;
    if (end === "completed") assert.equal(tokens, Math.min(output, MAX_MODEL_LEN - prompt));
    else assert.deepEqual([end, abortUs ?? crashUs], ["failed", (abortUs ?? crashUs)!]);
  }
}

Deno.test("Engine accounts for every request and block, whatever is fetched from the host", () => {
  const shared = fc.constantFrom(undefined, 1, 1, 2, 3);
  const limits = fc.record({
    kvBlocks: fc.integer({ min: MAX_MODEL_LEN / 16, max: MAX_MODEL_LEN / 16 + 6 }),
    maxNumSeqs: fc.integer({ min: 1, max: 6 }),
    maxNumBatchedTokens: fc.integer({ min: 8, max: 100 }),
    offloadBlocks: fc.constantFrom(0, 2, 5, 8, 12, 16),
    policy: fc.constantFrom("fcfs" as const, "priority" as const),
  });
  const crash = fc.option(fc.nat(90_000), { nil: undefined });
  let fetches = 0;
  let preempted = 0;
  fc.assert(
    fc.property(
      jobsOf(shared),
      limits,
      fc.integer({ min: 10, max: 5000 }),
      crash,
      (jobs, limits, latencyUs, crashUs) => {
        const rig = new OffloadingRig(limits, latencyUs);
        submitAll(rig, jobs);
        if (crashUs !== undefined) rig.clock.at(crashUs, () => rig.engine.crash());
        for (let atUs = 250; atUs < 100_000; atUs += 500) {
          rig.clock.runUntil(atUs);
          const { engine, table } = rig;
          assert.equal(table.open, engine.inFlight);
          assert.ok(engine.usedBlocks >= 0 && engine.usedBlocks <= limits.kvBlocks);
          preempted += rig.preemptedLoading;
        }
        rig.clock.runUntil(100_000_000);
        assert.deepEqual(rig.gauges, [0, 0, 0, 0, 0]);
        checkEnds(rig, jobs, crashUs);
        const counts = rig.engine.takeCounts();
        assert.ok(counts.prefixHits <= counts.prefixQueries);
        fetches += rig.link.blocks.length;
      },
    ),
    { numRuns: 200 },
  );
  assert.ok(fetches > 25 && preempted > 0, `${fetches} fetches, ${preempted} seen of preempted`);
});

Deno.test("Engine does the same with the host's memory as without, where its GPU evicts nothing", () => {
  const once = jobsOf(fc.constant(1));
  fc.assert(fc.property(once, (jobs) => {
    const [plain, offloading] = [undefined, 50].map((offloadBlocks) => {
      const rig = new OffloadingRig({
        kvBlocks: 200,
        ...(offloadBlocks !== undefined && { offloadBlocks }),
      });
      for (const [index, { atUs, prompt, output }] of jobs.entries()) {
        // Contents that no other request has.
        const content = contentOf(prompt, index);
        rig.jobAt(atUs, String(index), { prompt, output, content });
      }
      rig.clock.runUntil(100_000_000);
      return rig;
    });
    assert.deepEqual(offloading!.batches, plain!.batches);
    assert.deepEqual(offloading!.outcomes, plain!.outcomes);
    assert.deepEqual(offloading!.totals(), plain!.totals());
    assert.deepEqual(offloading!.engine.takeCounts(), plain!.engine.takeCounts());
    assert.deepEqual(offloading!.link.blocks, []);
  }));
});

/** A question of two blocks, and an answer of two and a bit. */
const ANSWERED: Job = { prompt: 32, output: 40, content: { ids: [7, 8], ends: [32, 72] } };

Deno.test("Engine fetches an answer that the host has for the next turn", () => {
  const rig = new OffloadingRig({ offloadBlocks: 100 });
  rig.jobAt(0, "first", ANSWERED);
  rig.jobAt(100_000, "filler", FILLER);
  rig.jobAt(200_000, "second", {
    prompt: 76,
    output: 1,
    content: { ids: [7, 8, 9], ends: [32, 72, 76] },
  });
  rig.clock.runUntil(300_000);
  // Of the four full blocks one stayed on the GPU.
  assert.deepEqual(rig.link.blocks, [3]);
  assert.deepEqual(rig.ends["second"]?.[0], "completed");
});

Deno.test("Engine fetches for a second attempt no more than its prompt", () => {
  const rig = new OffloadingRig({ offloadBlocks: 100 });
  rig.jobAt(0, "first", ANSWERED);
  rig.jobAt(100_000, "filler", FILLER);
  rig.jobAt(110_000, "another", FILLER);
  rig.jobAt(200_000, "again", ANSWERED);
  rig.clock.runUntil(300_000);
  assert.deepEqual(rig.link.blocks, [2]);
  assert.deepEqual(rig.outcomes["again"]?.tokens, 40);
});
