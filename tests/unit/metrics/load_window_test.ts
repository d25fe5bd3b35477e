// What windows tell of single loads: as if each had had windows of its own, and together the whole.
import assert from "node:assert/strict";
import { emptyDense, takeOut } from "../../../src/metrics/histogram.ts";
import type { CountedLoad } from "../../../src/metrics/load_window.ts";
import { LATENCY_NAMES } from "../../../src/metrics/names.ts";
import { emptyCounts } from "../../../src/metrics/request_counts.ts";
import { addLatency, addTotals, addWindow, emptyTotals } from "../../../src/metrics/totals.ts";
import { WindowAccumulator, type WindowMetrics } from "../../../src/metrics/window.ts";
import fc from "../../fast_check.ts";
import { type Observation, observation, tell } from "./observations.ts";

const FIRST: CountedLoad = { name: "first", timed: false };
const CHAT: CountedLoad = { name: "chat", timed: true };
const BATCH: CountedLoad = { name: "batch", timed: true };
const LOADS = [undefined, FIRST, CHAT, BATCH];
const SLO = { ttftUs: 50_000, e2eUs: 1_000_000 };

type Seen = readonly [Observation, CountedLoad | undefined];
const seen: fc.Arbitrary<Seen> = fc.tuple(observation, fc.constantFrom(...LOADS));
const seconds = fc.array(fc.array(seen, { maxLength: 12 }), { maxLength: 5 });

/** The windows of these seconds; of every load, or of none is anything told by itself. */
function windowsOf(seconds: readonly (readonly Seen[])[], apart: boolean): WindowMetrics[] {
  const window = new WindowAccumulator(SLO);
  return seconds.flatMap((second) => {
    for (const [what, load] of second) tell(window, what, apart ? load : undefined);
    return window.take() ?? [];
  });
}

Deno.test("WindowAccumulator tells the same of all requests, whether or not it tells loads apart", () => {
  fc.assert(fc.property(seconds, (seconds) => {
    const apart = windowsOf(seconds, true).map(({ loads: _, ...whole }) => whole);
    assert.deepEqual(apart, windowsOf(seconds, false));
  }));
});

Deno.test("WindowAccumulator tells of a load what it would if nobody else sent anything", () => {
  fc.assert(fc.property(seconds, (seconds) => {
    for (const load of [CHAT, BATCH]) {
      const told = windowsOf(seconds, true).flatMap(({ loads }) => loads?.[load.name] ?? []);
      const own = windowsOf(
        seconds.map((second) => second.filter(([what, its]) => its === load && tells(what))),
        false,
      );
      assert.deepEqual(
        told,
        own.map(({ requests, latencyUs }) =>
          Object.keys(latencyUs).length === 0 ? requests : { ...requests, latencyUs }
        ),
      );
    }
  }));
});

/** Nothing of the prefix cache is told by load. */
function tells({ what }: Observation): boolean {
  return what !== "prefix";
}

Deno.test("WindowAccumulator tells of a load that is not timed its counts alone", () => {
  const window = new WindowAccumulator();
  window.firstToken(1500, 40, FIRST);
  assert.ok(!("loads" in window.take()!));
  window.completed(1500, 10, 1600, 0, undefined, 10, FIRST);
  assert.deepEqual(window.take()!.loads, { first: { ...emptyCounts(), completed: 1 } });
});

Deno.test("addWindow() and addTotals() add up loads, and takeOut() leaves what is of no load", () => {
  fc.assert(fc.property(seconds, seconds, (one, other) => {
    const both = emptyTotals();
    for (const window of [...windowsOf(one, true), ...windowsOf(other, true)]) {
      addWindow(both, window);
    }
    const sums = [one, other].map((seconds) => {
      const totals = emptyTotals();
      for (const window of windowsOf(seconds, true)) addWindow(totals, window);
      return totals;
    });
    const [sum, more] = sums as [typeof both, typeof both];
    addTotals(sum, more);
    assert.deepEqual(sum, both);

    const rest = emptyTotals();
    const others = [...one, ...other].map((second) => second.filter(([, load]) => !load?.timed));
    for (const window of windowsOf(others, false)) addWindow(rest, window);
    for (const name of LATENCY_NAMES) {
      const left = both.latencyUs[name];
      for (const { latencyUs } of Object.values(both.loads ?? {})) {
        if (latencyUs?.[name]) takeOut(left, latencyUs[name]);
      }
      assert.deepEqual([left.count, left.sum], [
        rest.latencyUs[name].count,
        rest.latencyUs[name].sum,
      ]);
      // Where a total begins is by its merges: laid over one range they are the same counts.
      const range = { ...emptyDense(), base: left.base, counts: left.counts.map(() => 0) };
      addLatency(range, rest.latencyUs[name]);
      assert.deepEqual(range.counts, left.counts);
    }
  }));
});
