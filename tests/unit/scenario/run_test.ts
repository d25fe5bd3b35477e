import assert from "node:assert/strict";
import { canaryFailure } from "../../../scenarios/canary-failure.ts";
import { Simulation } from "../../../src/scenario/run.ts";
import fc from "../../fast_check.ts";
import { llm } from "../fleet/small_fleet.ts";
import { planned, type Run, run, smallScenario } from "./small_run.ts";

const whole = run(canaryFailure);

function verdicts({ state }: Run): boolean[] {
  return state.verdicts.map(({ passed }) => passed);
}

Deno.test("Simulation() of canary-failure keeps every expectation", () => {
  assert.deepEqual(verdicts(whole), [true, true, true]);
  assert.ok(whole.state.verdicts.every(({ marginPpm = 1e6 }) => marginPpm >= 200_000));
});

Deno.test("Simulation() of canary-failure breaks an expectation without the fault", () => {
  const calm = run({ ...canaryFailure, faults: [] });
  assert.deepEqual(verdicts(calm), [false, false, true]);
  assert.equal(calm.state.rollouts["rollouts[0]"]!.phase, "Healthy");
});

Deno.test("Simulation() of canary-failure breaks an expectation without the analysis", () => {
  const [canary] = canaryFailure.rollouts ?? [];
  assert.ok(canary?.kind === "canary");
  const { analysis: _, ...blind } = canary;
  const result = run({ ...canaryFailure, rollouts: [blind] });
  assert.equal(verdicts(result)[0], false);
  assert.equal(result.state.faults["xid79"]!.targets.length, 1, "the fault came all the same");
});

Deno.test("Simulation() gives the same log for the same seed, another for another", () => {
  assert.equal(run(canaryFailure).simulation.hash, whole.simulation.hash);
  const other = run(canaryFailure, { seed: 43 });
  assert.notEqual(other.simulation.hash, whole.simulation.hash);
  assert.equal(other.simulation.seed, 43);
});

const BUSY = smallScenario({
  faults: [{
    kind: "node-loss",
    on: { kind: "nodes", service: "chat", mode: "random" },
    when: "2m",
    for: "1m",
  }],
});

Deno.test("Simulation.advance() gives the same log in whatever pieces it runs", () => {
  const { simulation: { hash } } = run(BUSY);
  const pieces = fc.array(fc.tuple(fc.nat(90_000_000), fc.nat(5)), { maxLength: 20 });
  fc.assert(
    fc.property(pieces, fc.infiniteStream(fc.boolean()), (steps, coins) => {
      const simulation = new Simulation(planned(BUSY), { data: BUSY });
      const pause = () => coins.next().value!;
      for (const [aheadUs] of steps) simulation.advance(simulation.nowUs + aheadUs, pause);
      while (!simulation.advance(simulation.durationUs, pause));
      simulation.finish();
      assert.equal(simulation.hash, hash);
    }),
    { numRuns: 20, seed: 1 },
  );
});

Deno.test("Simulation.advance() stands still where it was paused, and stops at the end", () => {
  const simulation = new Simulation(planned(BUSY), { data: BUSY });
  assert.equal(simulation.advance(300_000_000, () => true), false);
  assert.ok(simulation.nowUs < 300_000_000);
  while (!simulation.advance(300_000_000, () => true));
  assert.equal(simulation.nowUs, 300_000_000);
  assert.equal(simulation.advance(9_000_000_000), true);
  assert.equal(simulation.nowUs, simulation.durationUs);
});

function arrivals({ of }: Run, untilUs: number): string[] {
  const counts = new Map<number, number>();
  for (const { at, measured, warmup } of of("window")) {
    if (at > untilUs) continue;
    const arrived = (measured?.requests.arrived ?? 0) + (warmup?.requests.arrived ?? 0);
    counts.set(at, (counts.get(at) ?? 0) + arrived);
  }
  return [...counts].filter(([, count]) => count > 0).map(([at, count]) => `${at} ${count}`);
}

Deno.test("Simulation() leaves the arrivals as they were when a fault is added", () => {
  const second = {
    kind: "gpu-xid",
    name: "second",
    xid: 79,
    on: { kind: "pods", of: "stable", mode: "random", count: 2 },
    when: "20m",
  };
  const both = run({ ...canaryFailure, faults: [...canaryFailure.faults!, second] });
  assert.equal(both.state.faults["second"]!.targets.length, 2);
  assert.deepEqual(arrivals(both, Infinity), arrivals(whole, Infinity));
  const before = (lines: readonly string[]) =>
    lines.slice(1).filter((line) => JSON.parse(line).at < 1_200_000_000);
  assert.deepEqual(before(both.lines), before(whole.lines), "nothing differs before the fault");
  assert.notEqual(both.lines.length, whole.lines.length);
});

Deno.test("Simulation() counts a request to the second in which it arrived", () => {
  const load = {
    ...{ kind: "constant", name: "even", to: "chat", rps: 4 },
    ...{ prompt: { kind: "fixed", tokens: 9 }, output: { kind: "fixed", tokens: 2 } },
  };
  const { of } = run(smallScenario({ duration: "10s", warmup: "5s", load: [load] }));
  const classes = of("window").map(({ measured, warmup }) => [
    measured?.requests.arrived ?? 0,
    warmup?.requests.arrived ?? 0,
  ]);
  // Requests come at 0 s, 0.25 s and so on; the one at 5 s is the first that is measured.
  assert.deepEqual(classes, [
    ...[[0, 5], [0, 4], [0, 4], [0, 4], [1, 3]],
    ...[[4, 0], [4, 0], [4, 0], [4, 0], [3, 0]],
  ]);
});

Deno.test("Simulation.finish() tells the verdicts, then what is still in flight", () => {
  const answer = { output: { kind: "fixed", tokens: 5000 }, rps: 20 };
  const [load] = smallScenario().load;
  const waiting = {
    ...{ kind: "metric", metric: "waiting", comparison: "above", threshold: 0 },
  };
  const { events, state, of } = run(smallScenario({
    duration: "90s",
    services: [llm("chat", { args: ["--max-num-seqs=8"] })],
    load: [{ ...load, ...answer }],
    expect: [waiting],
  }));
  assert.deepEqual(events.slice(-2).map(({ kind }) => kind), ["verdict", "run.ended"]);
  const { arrived, completed } = state.services["chat"]!.revisions["stable"]!.measured.requests;
  assert.deepEqual(state.ended!.inFlight, { chat: arrived - completed });
  // Those that wait at the end are told by the last window, and counted once.
  const last = of("window").at(-1)!;
  assert.equal(last.pods.running[0], 8);
  assert.equal(state.verdicts[0]!.got, String(arrived - completed - 8));
});
