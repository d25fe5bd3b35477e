import assert from "node:assert/strict";
import type { EventOf } from "../../../src/fleet/events.ts";
import { EngineBeats } from "../../../src/report/engine_stats.ts";
import { SECOND, Story } from "./story.ts";

type Window = EventOf<"window">;

function windowAt(
  second: number,
  pods: Readonly<Record<string, readonly [number, number]>>,
  promptTokens = 0,
): EventOf<"window"> {
  const [event] = new Story().at(second).window(pods, promptTokens).events;
  return event as EventOf<"window">;
}

Deno.test("EngineBeats.take() sums ten seconds and shows the gauges of the last one", () => {
  const beats = new EngineBeats("a", 0);
  for (let second = 1; second <= 10; second++) {
    assert.deepEqual(beats.take(windowAt(second, { a: [second, 20] }, 100)), []);
  }
  assert.deepEqual(beats.until(10 * SECOND), [{
    atUs: 10 * SECOND,
    promptThroughput: 100,
    generationThroughput: 20,
    running: 10,
    waiting: 1,
    kvPpm: 125_000,
    prefixHitPpm: undefined,
  }]);
});

Deno.test("EngineBeats.take() knows each pod's prompt tokens where the log tells them", () => {
  const beats = new EngineBeats("b", 0);
  const columns = { promptTokens: [70, 30] };
  beats.take(new Story().at(1).window({ a: [1, 5], b: [1, 5] }, 100, columns).events[0] as Window);
  const [stats] = beats.until(10 * SECOND);
  assert.equal(stats?.promptThroughput, 3);
  // As vLLM's: 0.0 before the first lookup.
  assert.equal(stats?.prefixHitPpm, 0);
});

Deno.test("EngineBeats has the prefix hit rate of the last thousand requests", () => {
  const beats = new EngineBeats("b", 0);
  const second = (at: number, hits: number, admitted: number) => {
    const columns = { promptTokens: [0, 0], prefixQueries: [3000, 1000], prefixHits: [0, hits] };
    const story = new Story().at(at).window({ a: [1, 5], b: [1, 5] }, 100, columns, admitted);
    return beats.take(story.events[0] as Window);
  };
  // A quarter of the tokens is b's, so a quarter of the requests is taken to be.
  second(1, 0, 2000);
  second(2, 500, 2000);
  assert.equal(beats.until(10 * SECOND)[0]?.prefixHitPpm, 250_000);
  second(11, 1000, 2000);
  assert.equal(beats.until(20 * SECOND)[0]?.prefixHitPpm, 750_000);
});

Deno.test("EngineBeats.take() does not know a pod's prompt tokens beside other pods", () => {
  const beats = new EngineBeats("a", 0);
  beats.take(windowAt(1, { a: [1, 5], b: [9, 90] }, 100));
  beats.take(windowAt(2, { a: [1, 5] }, 100));
  const [stats] = beats.until(10 * SECOND);
  assert.equal(stats?.promptThroughput, undefined);
  assert.equal(stats?.generationThroughput, 1);
});

Deno.test("EngineBeats.until() tells of an idle server once, then nothing", () => {
  const beats = new EngineBeats("a", 0);
  beats.take(windowAt(3, { a: [1, 10] }));
  const told = beats.until(60 * SECOND);
  assert.deepEqual(told.map(({ atUs, generationThroughput }) => [atUs, generationThroughput]), [
    [10 * SECOND, 1],
    [20 * SECOND, 0],
  ]);
  // The window of second 3 says nothing of second 10.
  assert.deepEqual(told.map(({ running }) => running), [0, 0]);
});

Deno.test("EngineBeats.take() counts from the readiness and leaves other pods alone", () => {
  const beats = new EngineBeats("a", 4 * SECOND);
  beats.take(windowAt(5, { b: [1, 10] }));
  beats.take(windowAt(14, { a: [2, 10] }));
  const [stats] = beats.take(windowAt(15, { a: [3, 10] }));
  assert.equal(stats?.atUs, 14 * SECOND);
  assert.equal(stats?.running, 2);
});
