import assert from "node:assert/strict";
import { EngineGroup } from "../../../src/serving/data_parallel.ts";
import { Engine } from "../../../src/serving/engine.ts";
import { engineWindows } from "../../../src/serving/limits.ts";
import { type RequestId, RequestTable } from "../../../src/serving/requests.ts";
import { Clock } from "../../../src/sim/clock.ts";
import fc from "../../fast_check.ts";
import { evenSteps, ROOMY } from "./engine_rig.ts";

function group(ranks: number, limits = ROOMY) {
  const clock = new Clock();
  const table = new RequestTable();
  const windows = engineWindows();
  const engines = Array.from(
    { length: ranks },
    () => new Engine(clock, table, evenSteps(), limits, windows),
  );
  const all = new EngineGroup(engines);
  const submit = (prompt: number, output: number): RequestId => {
    const id = table.add(clock.nowUs, prompt, output, 0);
    all.submit(id);
    return id;
  };
  return { clock, table, engines, all, submit };
}

Deno.test("EngineGroup.submit() gives a request to the rank with least waiting · 4 + running", () => {
  const { clock, engines, all, submit } = group(3);
  submit(10, 100);
  clock.runUntil(1500);
  // One runs on the first rank; a waiting one weighs as much as four that run.
  submit(10, 100);
  submit(10, 100);
  assert.deepEqual(engines.map(({ running, inFlight }) => [running, inFlight - running]), [
    [1, 0],
    [0, 1],
    [0, 1],
  ]);
  submit(10, 100);
  assert.deepEqual(engines.map(({ inFlight, running }) => inFlight - running), [1, 1, 1]);
  assert.deepEqual([all.running, all.inFlight, all.kvBlocks], [1, 4, 300]);
});

Deno.test("EngineGroup.submit() takes the first of ranks that are equally loaded", () => {
  const { clock, engines, submit } = group(2);
  for (let turn = 0; turn < 3; turn++) {
    submit(10, 2);
    assert.deepEqual(engines.map(({ inFlight }) => inFlight), [1, 0]);
    clock.runUntil(clock.nowUs + 10_000);
  }
});

Deno.test("EngineGroup.abort() reaches the rank that has the request, and no other", () => {
  const { clock, engines, all, submit } = group(2);
  const ended: [RequestId, string][] = [];
  all.onEnd = (id, end) => ended.push([id, end]);
  submit(10, 100);
  const second = submit(10, 100);
  clock.runUntil(1500);
  all.abort(second);
  clock.runUntil(3500);
  assert.deepEqual(ended, [[second, "failed"]]);
  assert.deepEqual(engines.map(({ running }) => running), [1, 0]);
  all.abort(second);
  clock.runUntil(5500);
  assert.equal(ended.length, 1);
});

Deno.test("EngineGroup.onIdle() is called once the last of all ranks is idle", () => {
  const { clock, all, submit } = group(2);
  let idle = 0;
  all.onIdle = () => void idle++;
  submit(10, 5);
  submit(10, 50);
  clock.runUntil(20_000);
  assert.deepEqual([idle, all.idle], [0, false]);
  clock.runUntil(100_000);
  assert.deepEqual([idle, all.idle], [1, true]);
});

Deno.test("EngineGroup.crash() fails what all ranks hold", () => {
  const { clock, all, submit } = group(2);
  const ends: string[] = [];
  all.onEnd = (_id, end) => ends.push(end);
  for (let index = 0; index < 5; index++) submit(10, 50);
  clock.runUntil(1500);
  assert.ok(all.usedBlocks > 0);
  all.crash();
  assert.deepEqual(ends, Array.from({ length: 5 }, () => "failed"));
  assert.deepEqual([all.idle, all.usedBlocks], [true, 0]);
});

Deno.test("EngineGroup.takeCounts() adds up to every token that was asked for", () => {
  const request = fc.record({ gapUs: fc.nat(5000), output: fc.integer({ min: 1, max: 40 }) });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.array(request), (ranks, requests) => {
      const { clock, all, submit } = group(ranks);
      for (const { gapUs, output } of requests) {
        clock.runUntil(clock.nowUs + gapUs);
        submit(10, output);
      }
      clock.runUntil(clock.nowUs + 1e7);
      assert.ok(all.idle);
      const { outputTokens, promptTokens } = all.takeCounts();
      assert.equal(outputTokens, requests.reduce((sum, { output }) => sum + output, 0));
      assert.equal(promptTokens, 10 * requests.length);
    }),
  );
});

Deno.test("EngineGroup.cachedTokens() is that of the rank which has most of the prompt", () => {
  const { clock, table, all } = group(2);
  const submit = (prompt: number, ends: readonly number[]) => {
    const content = { ids: ends.map((_, index) => index), ends };
    all.submit(table.add(clock.nowUs, prompt, 1, 0, {}, content));
  };
  submit(40, [40]);
  submit(100, [40, 100]);
  clock.runUntil(5000);
  assert.equal(all.cachedTokens(200, { ids: [0, 1], ends: [40, 100] }), 96);
  assert.equal(all.cachedTokens(200, { ids: [0, 9], ends: [40, 100] }), 32);
});

Deno.test("EngineGroup.takeCounts() says how long its ranks were busy on average", () => {
  const { clock, all, submit } = group(2);
  submit(10, 4);
  clock.runUntil(10_000);
  const { busyUs, prefillUs } = all.takeCounts();
  assert.deepEqual([busyUs, prefillUs], [2000, 500]);
});
