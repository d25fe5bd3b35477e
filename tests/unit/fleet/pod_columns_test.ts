import assert from "node:assert/strict";
import { fleetEventSchema } from "../../../src/fleet/events.ts";
import { type CountedEngine, podColumns } from "../../../src/fleet/pod_columns.ts";

function engine(usedBlocks: number, prefixQueries = 0): CountedEngine {
  const tokens = { outputTokens: 20, promptTokens: 300, prefixHits: 0, preemptions: 1 };
  const counts = { ...tokens, busyUs: 900_000, prefillUs: 200_000 };
  return {
    ...{ running: 2, waiting: 3, usedBlocks, kvBlocks: 3 },
    takeCounts: () => ({ ...counts, prefixQueries }),
  };
}

const window = { at: 1, seq: 0, kind: "window", service: "chat", revision: "stable" };

Deno.test("podColumns() has a column for each engine", () => {
  const pods = [
    { name: "a", engine: engine(1) },
    { name: "b", engine: undefined },
    { name: "c", engine: engine(2) },
  ];
  const columns = podColumns(pods);
  assert.deepEqual(columns, {
    name: ["a", "c"],
    running: [2, 2],
    waiting: [3, 3],
    kvPpm: [333_333, 666_667],
    promptTokens: [300, 300],
    outputTokens: [20, 20],
    preemptions: [1, 1],
    busyUs: [900_000, 900_000],
    prefillUs: [200_000, 200_000],
  });
  assert.ok(fleetEventSchema.safeParse({ ...window, pods: columns }).success);
});

Deno.test("podColumns() has prefix lookups as soon as one pod looked something up", () => {
  const columns = podColumns([{ name: "a", engine: engine(1) }, {
    name: "b",
    engine: engine(1, 64),
  }]);
  assert.deepEqual([columns.prefixQueries, columns.prefixHits], [[0, 64], [0, 0]]);
});

Deno.test("fleetEventSchema reads the columns of logs from before they told prompt tokens and times", () => {
  const columns = podColumns([{ name: "a", engine: engine(1) }]);
  const { promptTokens: _, busyUs: __, prefillUs: ___, ...pods } = columns;
  assert.ok(fleetEventSchema.safeParse({ ...window, pods }).success);
});
