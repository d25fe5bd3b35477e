import assert from "node:assert/strict";
import { Pace } from "../../../src/tui/pace.ts";
import { FakeSource } from "./fake_source.ts";

function rig(options: { endUs?: number; slowUs?: number } = {}) {
  const source = new FakeSource(options);
  const wall = { ms: 1000 };
  const pace = new Pace(source, () => wall.ms);
  const after = async (ms: number, speed: number, stepUs = 0) => {
    wall.ms += ms;
    await pace.advance(speed, stepUs);
    return source.nowUs;
  };
  return { source, after };
}

Deno.test("Pace.advance() goes as fast as the speed says", async () => {
  const { after } = rig();
  assert.equal(await after(100, 1), 100_000);
  assert.equal(await after(100, 60), 6_100_000);
  assert.equal(await after(100, 0.25), 6_125_000);
});

Deno.test("Pace.advance() stands still at speed 0, and goes on from there", async () => {
  const { after } = rig();
  await after(100, 1);
  assert.equal(await after(5000, 0), 100_000);
  assert.equal(await after(100, 1), 200_000);
});

Deno.test("Pace.advance() takes steps while it stands still", async () => {
  const { after } = rig();
  assert.equal(await after(100, 0, 1_000_000), 1_000_000);
  assert.equal(await after(100, 0), 1_000_000);
  assert.equal(await after(100, 0, 2_000_000), 3_000_000);
});

Deno.test("Pace.advance() finishes a step that a slow source cannot take at once", async () => {
  const { after } = rig({ slowUs: 400_000 });
  assert.equal(await after(10, 0, 1_000_000), 400_000);
  assert.equal(await after(10, 0), 800_000);
  assert.equal(await after(10, 0), 1_000_000);
  assert.equal(await after(10, 0), 1_000_000);
});

Deno.test("Pace.advance() forgets at a pause what a slow source still owes", async () => {
  const { after } = rig({ slowUs: 1000 });
  await after(500, 60);
  assert.equal(await after(10, 0), 1000);
  assert.equal(await after(10, 0), 1000);
});

Deno.test("Pace.advance() makes up for no more than a second that a source was too slow", async () => {
  const { source, after } = rig({ slowUs: 1000 });
  for (let second = 0; second < 100; second++) await after(1000, 1);
  assert.equal(source.nowUs, 100_000);
  source.slowUs = Infinity;
  assert.equal(await after(0, 1), 1_100_000 - 1000);
});

Deno.test("Pace.advance() at max goes to the end, and asks an ended source no more", async () => {
  const { source, after } = rig({ endUs: 5_000_000 });
  assert.equal(await after(0, Infinity), 5_000_000);
  const { calls } = source;
  await after(1000, Infinity);
  assert.equal(source.calls, calls);
});
