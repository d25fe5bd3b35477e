// Loads whose rate changes: at every time the rate that was asked for, and no request outside of it.
import assert from "node:assert/strict";
import fc from "../../fast_check.ts";
import { type Arrival, arrivalsOf, complaintsAbout, S } from "./load_rig.ts";

const common = {
  name: "chat",
  to: "m",
  prompt: { kind: "fixed", tokens: 10 },
  output: { kind: "uniform", min: 1, max: 9 },
};
const stages = (list: readonly object[], fields: object = {}) => ({
  kind: "stages",
  ...common,
  stages: list,
  ...fields,
});
const spike = (fields: object = {}) => ({
  ...{ kind: "spike", ...common, rps: 10, peak: 100, at: "100s", for: "50s" },
  ...fields,
});
const diurnal = (fields: object = {}) => ({
  ...{ kind: "diurnal", ...common, low: 10, high: 50, period: "100s" },
  ...fields,
});

const pathsOf = (load: unknown) => complaintsAbout(load).map(({ path }) => path);
const timesOf = (arrivals: readonly Arrival[]) => arrivals.map(({ atUs }) => atUs);

/** How many of `times` lie from one second on and before the other. */
function between(times: readonly number[], fromS: number, toS: number): number {
  return times.filter((atUs) => atUs >= fromS * S && atUs < toS * S).length;
}

/** A Poisson count lies within 5 standard deviations of its mean, but once in a million. */
function isAbout(count: number, mean: number): void {
  assert.ok(Math.abs(count - mean) < 5 * Math.sqrt(mean), `${count} arrivals, not ${mean}`);
}

Deno.test("Stages send at the rate of each, and on the straight line between two", () => {
  const load = stages([
    { rps: 100, for: "100s" },
    { rampTo: 300, for: "100s" },
    { rps: 300, for: "100s" },
    { rampTo: 0, for: "100s" },
    { rps: 50, for: "100s" },
  ]);
  const times = timesOf(arrivalsOf([load], { endUs: 1000 * S }));
  isAbout(between(times, 0, 100), 10_000);
  // 100 to 300 rps in 100 s: 100 t + t² / 2 · 2 requests in t seconds.
  isAbout(between(times, 100, 150), 7_500);
  isAbout(between(times, 150, 200), 12_500);
  isAbout(between(times, 200, 300), 30_000);
  isAbout(between(times, 300, 350), 11_250);
  isAbout(between(times, 350, 400), 3_750);
  isAbout(between(times, 400, 500), 5_000);
  // The load is over with its last stage.
  assert.equal(between(times, 500, 1000), 0);
});

Deno.test("Stages rise from nothing when the first is a ramp", () => {
  const load = stages([{ rampTo: 200, for: "100s" }]);
  const times = timesOf(arrivalsOf([load], { startUs: 50 * S, endUs: 1000 * S }));
  isAbout(between(times, 50, 100), 2_500);
  isAbout(between(times, 100, 150), 7_500);
});

Deno.test("Stages at a constant pace send what is due, to the request", () => {
  const list = [{ rps: 10, for: "10s" }, { rampTo: 30, for: "10s" }, { rps: 0, for: "5s" }];
  const load = stages([...list, { rps: 10, for: "2s" }], { arrivals: "constant" });
  const times = timesOf(arrivalsOf([load], { endUs: 1000 * S }));
  assert.deepEqual(
    [[0, 10], [10, 20], [20, 25], [25, 27]].map(([from, to]) => between(times, from!, to!)),
    [100, 200, 0, 20],
  );
  // Half of the ramp's requests come after √(…): 10 t + t² = 100 at t = 6.18 s.
  assert.ok(Math.abs(times[200]! / S - 16.18) < 0.01, `${times[200]}`);
});

Deno.test("A stage's constant pace is even", () => {
  const load = stages([{ rps: 8, for: "10s" }], { arrivals: "constant" });
  const times = timesOf(arrivalsOf([load], { endUs: 1000 * S }));
  assert.equal(times.length, 80);
  for (const [n, atUs] of times.entries()) assert.ok(Math.abs(atUs - n * 125_000) <= 1, `${atUs}`);
});

Deno.test("A spike is over its base only while it lasts", () => {
  const times = timesOf(arrivalsOf([spike()], { endUs: 300 * S }));
  isAbout(between(times, 0, 100), 1_000);
  isAbout(between(times, 100, 150), 5_000);
  isAbout(between(times, 150, 300), 1_500);
});

Deno.test("A spike with a ramp rises within its time and falls after it", () => {
  const load = spike({ ramp: "20s", start: "40s" });
  const times = timesOf(arrivalsOf([load], { startUs: 40 * S, endUs: 300 * S }));
  isAbout(between(times, 40, 100), 600);
  isAbout(between(times, 100, 120), 1_100);
  isAbout(between(times, 120, 150), 3_000);
  isAbout(between(times, 150, 170), 1_100);
  isAbout(between(times, 170, 300), 1_300);
});

Deno.test("A diurnal load swings between its lowest and its highest rate", () => {
  const times = timesOf(arrivalsOf([diurnal()], { endUs: 1000 * S }));
  isAbout(times.length, 30_000);
  // A quarter of a period around the low: mean 30 − 20 · sin(π/4) / (π/4) = 11.99 rps.
  const around = (peakS: number) =>
    Array.from({ length: 9 }, (_, day) => {
      const middle = 100 * day + peakS;
      return between(times, middle - 12.5, middle + 12.5);
    }).reduce((sum, count) => sum + count, 0);
  isAbout(around(100), 9 * 25 * 11.99);
  isAbout(around(50), 9 * 25 * 48.01);
});

Deno.test("A diurnal load is highest when it says so", () => {
  for (const peakAt of ["20s", "120s", "320s"]) {
    const load = diurnal({ peakAt, low: 0 });
    const times = timesOf(arrivalsOf([load], { startUs: 5 * S, endUs: 205 * S }));
    isAbout(between(times, 107.5, 132.5), 25 * (25 + 25 * Math.SQRT1_2 / (Math.PI / 4)));
    isAbout(between(times, 57.5, 82.5), 25 * (25 - 25 * Math.SQRT1_2 / (Math.PI / 4)));
  }
});

const anyLoad = fc.record({
  load: fc.constantFrom(
    (fields: object) => stages([{ rampTo: 200, for: "1s" }, { rps: 0, for: "500ms" }], fields),
    (fields: object) => spike({ at: "3s", for: "1500ms", ramp: "700ms", ...fields }),
    (fields: object) => diurnal({ period: "1300ms", low: 0, ...fields }),
  ),
  arrivals: fc.constantFrom("poisson", "constant"),
  seed: fc.nat(),
  startUs: fc.nat(2 * S),
  spanUs: fc.nat(4 * S),
});

Deno.test("A load of a changing rate sends nothing outside its time, and in order", () => {
  fc.assert(fc.property(anyLoad, ({ load, arrivals, seed, startUs, spanUs }) => {
    const endUs = startUs + spanUs;
    const start = `${startUs}us`;
    const found = timesOf(arrivalsOf([load({ arrivals, start })], { seed, startUs, endUs }));
    assert.ok(found.every((atUs) => Number.isInteger(atUs) && atUs >= startUs && atUs < endUs));
    assert.deepEqual(found, found.toSorted((a, b) => a - b));
  }));
});

Deno.test("A load of a changing rate is the same for one seed, whatever else is sent", () => {
  fc.assert(
    fc.property(anyLoad, ({ load, seed }) => {
      const alone = arrivalsOf([load({})], { seed, endUs: 4 * S });
      const other = diurnal({ name: "other" });
      const both = arrivalsOf([other, load({})], { seed, endUs: 4 * S });
      assert.deepEqual(both.filter((arrival) => arrival.load === "chat"), alone);
    }),
    { numRuns: 20 },
  );
});

Deno.test("loadSchema says where when stages are wrong", () => {
  assert.deepEqual(pathsOf(stages([{ rps: 1, for: "1m" }, { rampTo: 0, for: "1m" }])), []);
  assert.deepEqual(complaintsAbout(stages([{ rps: 0, for: "1m" }, { rampTo: 0, for: "1s" }])), [
    { path: "stages", message: "no stage sends anything" },
  ]);
  assert.deepEqual(pathsOf(stages([])), ["stages"]);
  for (const rps of [-1, NaN, "1", 1e7]) {
    assert.deepEqual(pathsOf(stages([{ rps, for: "1m" }])), ["stages.0.rps"], String(rps));
    const ramp = stages([{ rps: 1, for: "1s" }, { rampTo: rps, for: "1m" }]);
    assert.deepEqual(pathsOf(ramp), ["stages.1.rampTo"], String(rps));
  }
  assert.deepEqual(pathsOf(stages([{ rps: 1, for: "0s" }])), ["stages.0.for"]);
  assert.deepEqual(complaintsAbout(stages([{ rps: 1, rampTo: 2, for: "1s" }])), [{
    path: "stages.0",
    message: "a stage has either a rate that it holds (rps) or one that it goes to (rampTo)",
  }]);
  assert.deepEqual(pathsOf(stages([{ for: "1s" }])), ["stages.0"]);
  for (const none of [null, 5, "1m", [], undefined]) {
    assert.deepEqual(new Set(pathsOf(stages([none as never]))).has("stages.0"), true);
  }
  assert.deepEqual(pathsOf(stages([{ rps: 1, for: "1s" }], { arrivals: "even" })), ["arrivals"]);
});

Deno.test("loadSchema says where when a spike is wrong", () => {
  assert.deepEqual(pathsOf(spike({ rps: 0, ramp: "50s" })), []);
  assert.deepEqual(pathsOf(spike({ peak: 10 })), ["peak"]);
  assert.deepEqual(pathsOf(spike({ ramp: "51s" })), ["ramp"]);
  assert.deepEqual(pathsOf(spike({ start: "101s" })), ["at"]);
  assert.deepEqual(pathsOf(spike({ for: "0s" })), ["for"]);
  assert.deepEqual(pathsOf(spike({ rps: -1, peak: NaN })), ["rps", "peak"]);
});

Deno.test("loadSchema says where when a diurnal load is wrong", () => {
  assert.deepEqual(pathsOf(diurnal({ low: 0 })), []);
  assert.deepEqual(pathsOf(diurnal({ low: 50 })), ["high"]);
  assert.deepEqual(pathsOf(diurnal({ period: "0s" })), ["period"]);
  assert.deepEqual(pathsOf(diurnal({ high: Infinity })), ["high"]);
});
