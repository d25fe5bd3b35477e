// What an engine's metrics say, by examples; a step takes 1000 µs.
import assert from "node:assert/strict";
import { EngineGroup } from "../../../src/serving/data_parallel.ts";
import { Rig } from "./engine_rig.ts";

/** Running and waiting, as its metrics have them and as they are, in the middle of each step. */
function story(rig: Rig, steps: number): [number, number, number, number][] {
  return Array.from({ length: steps }, (_, step) => {
    rig.clock.runUntil(step * 1000 + 500);
    const { engine, engine: { gauges } } = rig;
    return [gauges.running, gauges.waiting, engine.running, engine.waiting];
  });
}

Deno.test("Engine.gauges show who was admitted with a step only when that step is over", () => {
  const rig = new Rig({ maxNumSeqs: 2 });
  rig.submitAt(0, "a", 1, 5);
  rig.submitAt(1200, "b", 1, 2);
  assert.deepEqual(story(rig, 7), [
    [0, 0, 1, 0],
    [1, 0, 1, 1],
    [1, 0, 2, 0],
    [2, 0, 2, 0],
    [1, 0, 1, 0],
    [0, 0, 0, 0],
    [0, 0, 0, 0],
  ]);
});

Deno.test("Engine.gauges show who waits when a step is over that could not take him", () => {
  const rig = new Rig({ maxNumSeqs: 1 });
  rig.submitAt(0, "a", 1, 4);
  rig.submitAt(1200, "b", 1, 2);
  assert.deepEqual(story(rig, 5), [
    [0, 0, 1, 0],
    [1, 0, 1, 1],
    [1, 0, 1, 1],
    [1, 1, 1, 1],
    [0, 1, 1, 0],
  ]);
});

Deno.test("Engine.gauges show the blocks of steps that nobody asked for", () => {
  const rig = new Rig();
  rig.submitAt(0, "a", 16, 100);
  rig.clock.runUntil(500);
  assert.equal(rig.engine.gauges.usedBlocks, 0);
  rig.clock.runUntil(40_500);
  assert.equal(rig.engine.gauges.usedBlocks, rig.engine.usedBlocks);
  assert.ok(rig.engine.usedBlocks > 2);
});

Deno.test("Engine.gauges of steps planned ahead show who is in the step that begins", () => {
  const rig = new Rig({ maxNumSeqs: 2, asyncScheduling: true });
  rig.submitAt(0, "a", 1, 6);
  rig.submitAt(1200, "b", 1, 3);
  const [first, second, third, fourth] = story(rig, 4);
  assert.deepEqual([first![0], second![0], third![0]], [0, 1, 1]);
  // Planned at 2000, when the one before began; told at 3000, and computed from then on.
  assert.deepEqual([third![2], fourth!], [1, [2, 0, 2, 0]]);
});

Deno.test("Engine.gauges are 0 after a crash", () => {
  const rig = new Rig();
  rig.submitAt(0, "a", 1, 9);
  rig.clock.runUntil(3500);
  assert.equal(rig.engine.gauges.running, 1);
  rig.engine.crash();
  assert.deepEqual(rig.engine.gauges, { running: 0, waiting: 0, usedBlocks: 0 });
});

Deno.test("EngineGroup.gauges add up its ranks'", () => {
  const rigs = [new Rig(), new Rig()];
  for (const [index, rig] of rigs.entries()) {
    for (let i = 0; i <= index; i++) rig.submitAt(0, `${i}`, 1, 9);
    rig.clock.runUntil(3500);
  }
  const group = new EngineGroup(rigs.map(({ engine }) => engine));
  assert.deepEqual(group.gauges, { running: 3, waiting: 0, usedBlocks: 3 });
});
