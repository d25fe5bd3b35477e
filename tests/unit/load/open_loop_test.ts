// Open-loop loads: the rate asked for, from the start to just before the end.
import assert from "node:assert/strict";
import fc from "../../fast_check.ts";
import { type Arrival, arrivalsOf, complaintsAbout, S } from "./load_rig.ts";

const lengths = {
  prompt: { kind: "uniform", min: 10, max: 5000 },
  output: { kind: "lognormal", mean: 200, p99: 900 },
};
const poisson = (rps: number, name = "chat") => ({
  kind: "poisson",
  name,
  to: "m",
  rps,
  ...lengths,
});
const constant = (rps: number) => ({ kind: "constant", name: "chat", to: "m", rps, ...lengths });

const timesOf = (arrivals: readonly Arrival[]) => arrivals.map(({ atUs }) => atUs);

Deno.test("A poisson load has the rate asked for and gaps as varied as they are long", () => {
  const times = timesOf(arrivalsOf([poisson(100)], { endUs: 1000 * S }));
  assert.ok(Math.abs(times.length / 100_000 - 1) < 0.01, `${times.length} arrivals`);
  const gaps = times.map((atUs, n) => atUs - (times[n - 1] ?? 0));
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
  assert.ok(Math.abs(mean / 10_000 - 1) < 0.01, `mean gap ${mean} µs`);
  assert.ok(Math.abs(Math.sqrt(variance) / mean - 1) < 0.02, `CV ${Math.sqrt(variance) / mean}`);
  // Exponential, not merely of that spread: a share of 1/e is longer than the mean.
  const longer = gaps.filter((gap) => gap > mean).length / gaps.length;
  assert.ok(Math.abs(longer - Math.exp(-1)) < 0.01, `${longer} are longer than the mean`);
});

Deno.test("A gamma load has the rate asked for, and gaps that vary as its burstiness says", () => {
  for (const burstiness of [0.25, 1, 4]) {
    const load = { ...poisson(100), kind: "gamma", burstiness };
    const times = timesOf(arrivalsOf([load], { endUs: 2000 * S }));
    assert.ok(Math.abs(times.length / 200_000 - 1) < 0.02, `${times.length} arrivals`);
    const gaps = times.map((atUs, n) => atUs - (times[n - 1] ?? 0));
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
    // A gamma distribution of shape k has a coefficient of variation of 1/√k.
    const expected = 1 / Math.sqrt(burstiness);
    const found = Math.sqrt(variance) / mean;
    assert.ok(Math.abs(found / expected - 1) < 0.03, `CV ${found}, not ${expected}`);
  }
});

Deno.test("loadSchema says where when a burstiness is none", () => {
  const pathsOf = (burstiness: unknown) =>
    complaintsAbout({ ...poisson(1), kind: "gamma", burstiness }).map(({ path }) => path);
  assert.deepEqual(pathsOf(0.5), []);
  for (const value of [0, -1, NaN, undefined, "1", Infinity]) {
    assert.deepEqual(pathsOf(value), ["burstiness"], String(value));
  }
});

Deno.test("loadSchema wants lengths or requests, and not both", () => {
  const { prompt: _prompt, output: _output, ...bare } = poisson(1);
  const requests = {
    ...{ kind: "sharedPrefix", groups: 1, usersPerGroup: 1, systemTokens: 9 },
    ...{ questionTokens: { kind: "fixed", tokens: 1 }, outputTokens: { kind: "fixed", tokens: 1 } },
  };
  const pathsOf = (fields: object) => complaintsAbout(fields).map(({ path }) => path);
  assert.deepEqual(pathsOf({ ...bare, requests }), []);
  assert.deepEqual(
    complaintsAbout({ ...bare, rps: 0 }).map(({ path, message }) => [path, message]),
    [
      ["rps", "Too small: expected number to be >0"],
      ["prompt", "say how long prompts are, as in fixed(500)"],
      ["output", "say how long answers are, as in fixed(200)"],
    ],
  );
  assert.deepEqual(pathsOf({ ...poisson(1), requests }), ["requests"]);
});

Deno.test("An open-loop load sends nothing before its start, and nothing at its end or later", () => {
  const load = fc.constantFrom(poisson, constant);
  const rps = fc.constantFrom(0.7, 3, 1000, 333.3);
  fc.assert(
    fc.property(
      load,
      rps,
      fc.nat(5 * S),
      fc.nat(2 * S),
      fc.nat(),
      (load, rps, startUs, span, seed) => {
        const endUs = startUs + span;
        const times = timesOf(arrivalsOf([load(rps)], { seed, startUs, endUs }));
        assert.ok(times.every((atUs) => Number.isInteger(atUs) && atUs >= startUs && atUs < endUs));
        assert.deepEqual(times, times.toSorted((a, b) => a - b));
        // A rate so high fills half a second for certain.
        if (rps === 1000 && span > S / 2) assert.ok(times.length > 300);
      },
    ),
  );
});

Deno.test("A poisson load that starts later is the same load, later", () => {
  const now = arrivalsOf([poisson(50)], { endUs: 20 * S });
  const later = arrivalsOf([poisson(50)], { startUs: 300 * S, endUs: 320 * S });
  assert.deepEqual(later.map((one) => ({ ...one, atUs: one.atUs - 300 * S })), now);
  assert.ok(now.length > 800);
});

Deno.test("A constant load sends exactly its rate times its time, the first at its start", () => {
  const count = (rps: number, seconds: number) =>
    arrivalsOf([constant(rps)], { startUs: 5 * S, endUs: (5 + seconds) * S }).length;
  assert.equal(count(10, 10), 100);
  assert.equal(count(1, 1), 1);
  assert.equal(count(7, 60), 420);
  assert.equal(count(0.5, 60), 30);
  assert.equal(count(1_000_000, 0.01), 10_000);
  assert.deepEqual(timesOf(arrivalsOf([constant(3)], { startUs: 5 * S, endUs: 7 * S })), [
    5_000_000,
    5_333_333,
    5_666_667,
    6_000_000,
    6_333_333,
    6_666_667,
  ]);
});

Deno.test("A constant load never drifts from its pace", () => {
  const rps = fc.double({ min: 0.5, max: 5000, noNaN: true });
  fc.assert(fc.property(rps, (rps) => {
    const times = timesOf(arrivalsOf([constant(rps)], { endUs: S }));
    for (const [n, atUs] of times.entries()) assert.equal(atUs, Math.round(n * S / rps));
    // The next one would be at the end or later.
    assert.ok(Math.round(times.length * S / rps) >= S);
  }));
});

Deno.test("A load is the same for one seed and another for another", () => {
  const of = (seed: number) => arrivalsOf([poisson(20)], { seed, endUs: 30 * S });
  assert.deepEqual(of(3), of(3));
  assert.notDeepEqual(of(3), of(4));
});

Deno.test("A load's arrivals stay as they were when a second load is added", () => {
  const [chat, batch] = [poisson(20, "chat"), poisson(35, "batch")];
  const alone = arrivalsOf([chat], { endUs: 30 * S });
  assert.ok(alone.length > 400);
  for (const loads of [[chat, batch], [batch, chat]]) {
    const both = arrivalsOf(loads, { endUs: 30 * S });
    assert.deepEqual(both.filter(({ load }) => load === "chat"), alone);
    assert.ok(both.length > 2 * alone.length);
  }
});

Deno.test("A load's arrival times stay as they were when its lengths change", () => {
  const load = poisson(20);
  const longer = { ...load, prompt: { kind: "fixed", tokens: 9 }, output: load.prompt };
  const [before, after] = [load, longer].map((one) => arrivalsOf([one], { endUs: 30 * S }));
  assert.deepEqual(timesOf(after!), timesOf(before!));
  assert.notDeepEqual(after, before);
});

Deno.test("A load's answers stay as long as they were when its prompts change", () => {
  const load = poisson(20);
  const shorter = { ...load, prompt: { kind: "fixed", tokens: 9 } };
  const outputs = (one: unknown) =>
    arrivalsOf([one], { endUs: 30 * S }).map(({ output }) => output);
  assert.deepEqual(outputs(shorter), outputs(load));
});

Deno.test("loadSchema says where when an open-loop load is wrong", () => {
  const pathsOf = (load: unknown) => complaintsAbout(load).map(({ path }) => path);
  assert.deepEqual(pathsOf(poisson(1)), []);
  assert.deepEqual(pathsOf(poisson(0)), ["rps"]);
  assert.deepEqual(pathsOf(constant(1_000_001)), ["rps"]);
  assert.deepEqual(pathsOf(poisson(1, "Chat!")), ["name"]);
  assert.deepEqual(pathsOf({ ...poisson(1), kind: "weibull" }), ["kind"]);
  assert.deepEqual(pathsOf({ ...poisson(1), start: "soon" }), ["start"]);
  const wrong = { kind: "lognormal", mean: 9, p99: 3 };
  assert.deepEqual(pathsOf({ ...poisson(1), output: wrong }), ["output.p99"]);
});

Deno.test("loadSchema refuses rates and lengths that are no positive numbers", () => {
  const pathsOf = (load: unknown) => complaintsAbout(load).map(({ path }) => path);
  for (const value of [0, -1, NaN, Infinity, "7", null]) {
    assert.deepEqual(pathsOf({ ...poisson(1), rps: value }), ["rps"], String(value));
    for (const field of ["prompt", "output"]) {
      const length = (of: object) => pathsOf({ ...poisson(1), [field]: of });
      assert.deepEqual(length({ kind: "fixed", tokens: value }), [`${field}.tokens`]);
      assert.deepEqual(length({ kind: "uniform", min: value, max: 9 }), [`${field}.min`]);
      assert.deepEqual(length({ kind: "lognormal", mean: value, p99: 9 }), [`${field}.mean`]);
      assert.deepEqual(length({ kind: "lognormal", mean: 3, p99: value }), [`${field}.p99`]);
    }
  }
});

Deno.test("loadSchema takes how requests are served, and says where that is wrong", () => {
  const pathsOf = (fields: object) =>
    complaintsAbout({ ...poisson(1), ...fields }).map(({ path }) => path);
  assert.deepEqual(pathsOf({ priority: -3, adapter: "sql", timeout: "30s" }), []);
  for (const priority of [1.5, NaN, "1", 2 ** 31]) {
    assert.deepEqual(pathsOf({ priority }), ["priority"], String(priority));
  }
  assert.deepEqual(
    pathsOf({ objective: -1, fairness: "tenant", slo: { itl: { p50: "9ms" } } }),
    [],
  );
  assert.deepEqual(pathsOf({ objective: 0.5, fairness: "" }), ["objective", "fairness"]);
  assert.deepEqual(pathsOf({ slo: { e2e: "9s" } }), ["slo.e2e"]);
  assert.deepEqual(pathsOf({ adapter: "" }), ["adapter"]);
  for (const timeout of ["0s", "-1s", "soon", 30]) {
    assert.deepEqual(pathsOf({ timeout }), ["timeout"], String(timeout));
  }
});
