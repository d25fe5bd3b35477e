import assert from "node:assert/strict";
import { randomExponential } from "d3-random";
import { Streams } from "../../../src/sim/streams.ts";
import fc from "../../fast_check.ts";

function draws(seed: number, name: string, count = 5): number[] {
  const stream = new Streams(seed).stream(name);
  return Array.from({ length: count }, () => stream.uniform());
}

Deno.test("Streams.stream() returns the same object for the same name", () => {
  const streams = new Streams(1);
  assert.equal(streams.stream("load/chat/arrivals"), streams.stream("load/chat/arrivals"));
  assert.notEqual(streams.stream("load/chat/arrivals"), streams.stream("load/chat/prompt"));
});

Deno.test("Stream.uniform() depends on seed and name alone", () => {
  const streams = new Streams(7);
  streams.stream("fault/xid79").uniform();
  const mixed = Array.from({ length: 5 }, () => {
    streams.stream("load/chat/prompt").integer(0, 9);
    return streams.stream("load/chat/arrivals").uniform();
  });
  assert.deepEqual(mixed, draws(7, "load/chat/arrivals"));
  assert.notDeepEqual(mixed, draws(8, "load/chat/arrivals"));
  assert.notDeepEqual(mixed, draws(7, "load/code/arrivals"));
});

Deno.test("Stream.integer() draws what a reference in Python draws", () => {
  const stream = new Streams(42).stream("load/chat/arrivals");
  assert.deepEqual(Array.from({ length: 4 }, () => stream.integer(0, 999_999)), [
    803288,
    998944,
    556972,
    801061,
  ]);
});

Deno.test("Stream.uniform() is even over [0, 1)", () => {
  const tenths = Array.from({ length: 10 }, () => 0);
  for (const value of draws(3, "x", 100_000)) tenths[Math.floor(value * 10)]! += 1;
  for (const count of tenths) assert.ok(Math.abs(count - 10_000) < 500, `${tenths}`);
});

Deno.test("Stream.integer() stays within its bounds", () => {
  const bound = fc.maxSafeInteger();
  fc.assert(fc.property(fc.maxSafeInteger(), bound, bound, (seed, a, b) => {
    const [low, high] = a < b ? [a, b] : [b, a];
    fc.pre(high - low < 2 ** 53);
    const value = new Streams(seed).stream("x").integer(low, high);
    assert.ok(Number.isSafeInteger(value) && value >= low && value <= high);
  }));
});

Deno.test("Stream.integer() draws each value equally often", () => {
  const stream = new Streams(5).stream("die");
  const counts = Array.from({ length: 6 }, () => 0);
  for (let i = 0; i < 60_000; i++) counts[stream.integer(1, 6) - 1]! += 1;
  for (const count of counts) assert.ok(Math.abs(count - 10_000) < 500, `${counts}`);
  assert.equal(stream.integer(4, 4), 4);
});

Deno.test("Stream.integer() throws a RangeError when the bounds make no range", () => {
  const stream = new Streams(5).stream("x");
  const bad = [[2, 1], [0.5, 1], [0, NaN], [-(2 ** 53) + 1, 2 ** 53 - 1]] as const;
  for (const [low, high] of bad) assert.throws(() => stream.integer(low, high), RangeError);
  assert.throws(() => new Streams(1.5), RangeError);
});

Deno.test("Stream.uniform() is a source for d3-random", () => {
  const stream = new Streams(5).stream("x");
  const draw = randomExponential.source(() => stream.uniform())(1 / 250);
  let sum = 0;
  for (let i = 0; i < 50_000; i++) sum += draw();
  assert.ok(Math.abs(sum / 50_000 - 250) < 5);
});
