// Keys and values from elsewhere by examples small enough to work out by hand; a step takes 1000 µs.
import assert from "node:assert/strict";
import type { EngineLimits } from "../../../src/serving/limits.ts";
import type { RequestId, SharedContent } from "../../../src/serving/requests.ts";
import type { EventHandle } from "../../../src/sim/event_queue.ts";
import fc from "../../fast_check.ts";
import { evenSteps, Rig } from "./engine_rig.ts";

interface External {
  readonly prompt: number;
  readonly output: number;
  readonly external: number;
  readonly content?: SharedContent;
}

/** A rig whose loads take a set time, and some of which fail. */
class LoadingRig extends Rig {
  readonly ids = new Map<string, RequestId>();
  /** `[time, name, blocks]` of each fetch. */
  readonly fetches: [number, string, number][] = [];
  readonly ends: Record<string, [string, number]> = {};
  readonly #pending = new Map<RequestId, EventHandle>();

  constructor(loadUs: number, limits: Partial<EngineLimits> = {}, brings = (_: string) => true) {
    super(limits, evenSteps());
    const { engine, clock, table } = this;
    engine.onEnd = (id, end) => {
      this.ends[table.names.get(id)!] = [end, clock.nowUs];
      const pending = this.#pending.get(id);
      if (pending !== undefined) clock.cancel(pending);
      this.#pending.delete(id);
    };
    engine.source = {
      fetch: (id, blocks) => {
        const name = table.names.get(id)!;
        this.fetches.push([clock.nowUs, name, blocks]);
        if (blocks === 0) return;
        const over = clock.after(loadUs, () => {
          this.#pending.delete(id);
          if (brings(name)) engine.loaded(id);
          else engine.loadFailed(id);
        });
        this.#pending.set(id, over);
      },
    };
  }

  loadAt(atUs: number, name: string, { prompt, output, external, content }: External): void {
    this.clock.at(atUs, () => {
      const id = this.table.add(atUs, prompt, output, 0, {}, content);
      this.table.columns.externalTokens[id] = external;
      this.table.names.set(id, name);
      this.ids.set(name, id);
      this.engine.submit(id);
    });
  }

  get gauges(): number[] {
    const { running, inFlight, usedBlocks } = this.engine;
    return [running, inFlight - running, usedBlocks];
  }
}

Deno.test("Engine loads a prompt from elsewhere, holds its blocks, and computes its last token", () => {
  const rig = new LoadingRig(2500);
  rig.loadAt(0, "a", { prompt: 40, output: 3, external: 40 });
  rig.clock.runUntil(2000);
  assert.deepEqual(rig.gauges, [0, 1, 3]);
  rig.clock.runUntil(100_000);
  assert.deepEqual(rig.fetches, [[0, "a", 3]]);
  assert.deepEqual(rig.outcomes, { a: { tokens: 3, firstTokenUs: 3500, lastTokenUs: 5500 } });
  // One token after 39: 1·(2·39 + 1).
  const [first] = rig.batches;
  assert.deepEqual([first?.prefillTokens, first?.prefillAttention], [1, 79]);
  assert.equal(rig.totals().latencyUs.queue.sum, 2500);
});

Deno.test("Engine computes what is left when a part of the prompt comes from elsewhere", () => {
  const rig = new LoadingRig(2500);
  rig.loadAt(0, "a", { prompt: 40, output: 1, external: 24 });
  rig.clock.runUntil(100_000);
  assert.deepEqual(rig.fetches, [[0, "a", 2]]);
  assert.deepEqual(rig.batches.map(({ prefillTokens }) => prefillTokens), [16]);
});

Deno.test("Engine.loaded() ends a decode span with the step in progress", () => {
  const rig = new LoadingRig(2500);
  rig.submitAt(0, "answering", 16, 10);
  rig.loadAt(0, "loading", { prompt: 32, output: 2, external: 32 });
  rig.clock.runUntil(2999);
  assert.deepEqual(rig.gauges, [1, 1, 4]);
  rig.clock.runUntil(100_000);
  assert.deepEqual(rig.outcomes, {
    answering: { tokens: 10, firstTokenUs: 1000, lastTokenUs: 10_000 },
    loading: { tokens: 2, firstTokenUs: 4000, lastTokenUs: 5000 },
  });
});

Deno.test("Engine.loadFailed() has the prompt computed here", () => {
  const rig = new LoadingRig(2500, {}, () => false);
  rig.loadAt(0, "a", { prompt: 40, output: 1, external: 40 });
  rig.clock.runUntil(100_000);
  assert.deepEqual(rig.batches.map(({ prefillTokens }) => prefillTokens), [40]);
  assert.deepEqual(rig.outcomes["a"], { tokens: 1, firstTokenUs: 3500, lastTokenUs: 3500 });
});

Deno.test("Engine asks only for the blocks that its prefix cache lacks, and for none if it lacks none", () => {
  const content = { ids: [7], ends: [32] };
  const rig = new LoadingRig(2500);
  rig.loadAt(0, "first", { prompt: 48, output: 1, external: 48, content });
  rig.loadAt(10_000, "second", { prompt: 48, output: 1, external: 48, content });
  rig.loadAt(20_000, "third", { prompt: 32, output: 1, external: 32, content });
  rig.clock.runUntil(100_000);
  // What was loaded is found by others: two blocks of the shared segment.
  assert.deepEqual(rig.fetches, [[0, "first", 3], [10_000, "second", 1], [20_000, "third", 0]]);
  const { prefixQueries, prefixHits } = rig.engine.takeCounts();
  // Of the third the last block is computed again: 16 of its 32 count as found.
  assert.deepEqual([prefixQueries, prefixHits], [128, 48]);
});

Deno.test("Engine admits the loaded before those that wait for blocks", () => {
  const rig = new LoadingRig(1500, { kvBlocks: 7, maxModelLen: 96 });
  rig.submitAt(0, "running", 16, 4);
  rig.loadAt(0, "loading", { prompt: 64, output: 1, external: 64 });
  // Six blocks are taken: three more are not there before the loaded one is done.
  rig.submitAt(100, "waiting", 48, 1);
  rig.clock.runUntil(100_000);
  assert.equal(rig.outcomes["loading"]?.firstTokenUs, 3000);
  assert.equal(rig.outcomes["waiting"]?.firstTokenUs, 4000);
});

Deno.test("Engine.abort() frees the blocks of a request that loads, at once when nothing runs", () => {
  const rig = new LoadingRig(2500);
  rig.loadAt(0, "a", { prompt: 40, output: 3, external: 40 });
  rig.clock.at(1200, () => rig.engine.abort(rig.ids.get("a")!));
  rig.clock.runUntil(1200);
  assert.deepEqual(rig.gauges, [0, 0, 0]);
  assert.deepEqual(rig.ends, { a: ["failed", 1200] });
  assert.equal(rig.table.open, 0);
});

Deno.test("Engine begins no load while the batch is full", () => {
  const rig = new LoadingRig(2500, { maxNumSeqs: 1 });
  rig.submitAt(0, "running", 16, 5);
  rig.loadAt(1500, "loading", { prompt: 40, output: 1, external: 40 });
  rig.clock.runUntil(4500);
  assert.deepEqual([rig.fetches, rig.gauges], [[], [1, 1, 2]]);
  rig.clock.runUntil(100_000);
  assert.deepEqual(rig.fetches, [[5000, "loading", 3]]);
});

Deno.test("Engine.crash() fails those that load and those whose load is over", () => {
  const rig = new LoadingRig(2500);
  rig.loadAt(0, "first", { prompt: 40, output: 3, external: 40 });
  rig.loadAt(2000, "second", { prompt: 40, output: 3, external: 40 });
  rig.clock.at(2500, () => rig.engine.crash());
  rig.clock.runUntil(2500);
  assert.deepEqual(rig.ends, { first: ["failed", 2500], second: ["failed", 2500] });
  assert.deepEqual([...rig.gauges, rig.table.open], [0, 0, 0, 0]);
});

Deno.test("Engine of role prefill answers nothing and keeps the blocks until they are handed over", () => {
  const rig = new Rig({ role: "prefill", kvBlocks: 5, maxModelLen: 64 });
  const prefilled: [number, string][] = [];
  rig.engine.onPrefilled = (id) => {
    prefilled.push([rig.clock.nowUs, rig.table.names.get(id)!]);
    rig.clock.after(5500, () => rig.engine.handedOver(id));
  };
  rig.submitAt(0, "a", 40, 9);
  rig.submitAt(0, "b", 48, 9);
  rig.clock.runUntil(2000);
  assert.deepEqual([rig.engine.running, rig.engine.waiting, rig.engine.usedBlocks], [0, 1, 3]);
  rig.clock.runUntil(7000);
  assert.deepEqual([rig.engine.running, rig.engine.waiting, rig.engine.usedBlocks], [1, 0, 3]);
  rig.clock.runUntil(100_000);
  // The second needs three of five blocks: not before 1000 + 5500.
  assert.deepEqual(prefilled, [[1000, "a"], [7500, "b"]]);
  assert.deepEqual([rig.engine.usedBlocks, rig.table.open], [0, 0]);
  const counts = rig.engine.takeCounts();
  assert.deepEqual([counts.promptTokens, counts.outputTokens], [88, 0]);
  const { requests, outputTokens, latencyUs } = rig.totals();
  assert.deepEqual([requests.completed, requests.failed, outputTokens], [0, 0, 0]);
  assert.deepEqual([latencyUs.ttft.count, latencyUs.e2e.count, latencyUs.queue.count], [0, 0, 2]);
});

Deno.test("Engine.crash() says which prompts are lost that nobody fetched", () => {
  const rig = new Rig({ role: "prefill" });
  const lost: string[] = [];
  rig.engine.onLost = (id) => lost.push(rig.table.names.get(id)!);
  rig.submitAt(0, "a", 40, 9);
  rig.submitAt(1500, "b", 40, 9);
  rig.clock.at(2000, () => rig.engine.crash());
  rig.clock.runUntil(2000);
  assert.deepEqual(lost, ["a"]);
  assert.deepEqual([rig.totals().requests.failed, rig.engine.usedBlocks, rig.table.open], [
    1,
    0,
    0,
  ]);
});

const MAX_MODEL_LEN = 80;

/** One of two contents that share nothing, of 33 tokens or as many as the prompt has. */
function contentOf(prompt: number, shared: number | undefined): Pick<External, "content"> {
  if (shared === undefined) return {};
  const end = Math.min(prompt, 33);
  return { content: { ids: [2 * end + shared], ends: [end] } };
}

Deno.test("Engine accounts for every request and block, whatever loads, fails, is given up or crashes", () => {
  const jobs = fc.array(
    fc.record({
      atUs: fc.nat(30_000),
      prompt: fc.integer({ min: 1, max: MAX_MODEL_LEN - 1 }),
      output: fc.integer({ min: 1, max: 40 }),
      share: fc.constantFrom(0, 0, 0.3, 1, 1),
      shared: fc.constantFrom(undefined, 0, 1),
      brings: fc.boolean(),
      abortUs: fc.option(fc.nat(30_000), { nil: undefined }),
    }),
    { minLength: 1, maxLength: 14 },
  );
  const limits = fc.record({
    kvBlocks: fc.integer({ min: MAX_MODEL_LEN / 16, max: MAX_MODEL_LEN / 16 + 8 }),
    maxNumSeqs: fc.integer({ min: 1, max: 6 }),
    maxNumBatchedTokens: fc.integer({ min: 8, max: 100 }),
    maxModelLen: fc.constant(MAX_MODEL_LEN),
    policy: fc.constantFrom("fcfs" as const, "priority" as const),
  });
  const crash = fc.option(fc.nat(60_000), { nil: undefined });
  let loads = 0;
  let loadsLocal = 0;
  fc.assert(fc.property(jobs, limits, fc.nat(9000), crash, (jobs, limits, loadUs, crashUs) => {
    const rig = new LoadingRig(loadUs + 1, limits, (name) => jobs[Number(name)]!.brings);
    for (const [index, { atUs, prompt, output, share, shared, abortUs }] of jobs.entries()) {
      const name = String(index);
      const external = Math.ceil(prompt * share);
      rig.loadAt(atUs, name, { prompt, output, external, ...contentOf(prompt, shared) });
      if (abortUs === undefined) continue;
      rig.clock.at(atUs + abortUs, () => {
        if (!(name in rig.ends)) rig.engine.abort(rig.ids.get(name)!);
      });
    }
    if (crashUs !== undefined) rig.clock.at(crashUs, () => rig.engine.crash());
    for (let atUs = 250; atUs < 60_000; atUs += 500) {
      rig.clock.runUntil(atUs);
      const { engine, table } = rig;
      assert.equal(table.open, engine.inFlight);
      assert.ok(engine.usedBlocks >= 0 && engine.usedBlocks <= limits.kvBlocks);
      assert.ok(engine.running <= limits.maxNumSeqs);
    }
    rig.clock.runUntil(100_000_000);
    assert.deepEqual([...rig.gauges, rig.table.open], [0, 0, 0, 0]);
    assert.equal(Object.keys(rig.ends).length, jobs.length);
    for (const [index, { prompt, output, abortUs }] of jobs.entries()) {
      const [end] = rig.ends[index]!;
      const { tokens } = rig.outcomes[index]!;
      if (end === "completed") assert.equal(tokens, Math.min(output, MAX_MODEL_LEN - prompt));
      else assert.deepEqual([end, abortUs ?? crashUs], ["failed", (abortUs ?? crashUs)!]);
    }
    loads += rig.fetches.length;
    loadsLocal += rig.fetches.filter(([, , blocks]) => blocks === 0).length;
  }));
  assert.ok(loads > 100 && loadsLocal > 0, `${loads} loads, ${loadsLocal} of nothing`);
});

Deno.test("Engine has the answer to a prompt from elsewhere when the next turn comes", () => {
  const rig = new LoadingRig(1000);
  const first = { prompt: 32, output: 40, content: { ids: [7, 8], ends: [32, 72] } };
  const second = { prompt: 80, output: 1, content: { ids: [7, 8, 9], ends: [32, 72, 80] } };
  rig.loadAt(0, "first", { ...first, external: 32 });
  rig.loadAt(100_000, "second", { ...second, external: 80 });
  rig.clock.runUntil(200_000);
  // Of five blocks the first four are here: two that were fetched, and two that were answered.
  assert.deepEqual(rig.fetches, [[0, "first", 2], [100_000, "second", 1]]);
});
