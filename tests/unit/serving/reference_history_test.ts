// What two engines told, compared: nothing may slip through, and the earliest difference comes first.
import assert from "node:assert/strict";
import { WindowAccumulator } from "../../../src/metrics/window.ts";
import { firstDifference, type History, type Sample } from "./reference_history.ts";
import type { RequestRecord } from "./reference_task.ts";

const RECORD: RequestRecord = {
  arrivedUs: 0,
  scheduledUs: 10,
  firstTokenUs: 20,
  lastTokenUs: 90,
  endedUs: 90,
  outcome: "completed",
  generatedTokens: 5,
  cachedTokens: 16,
  preemptions: 1,
};

function sample(changes: Partial<Sample> = {}): Sample {
  const window = new WindowAccumulator();
  window.firstToken(20, 40);
  return {
    atUs: 100,
    measured: window.take(),
    warmup: undefined,
    running: 1,
    waiting: 2,
    usedBlocks: 3,
    outputTokens: 4,
    preemptions: 0,
    busyUs: 90,
    prefillUs: 20,
    cachedTokens: "16",
    ...changes,
  };
}

const history = (record: Partial<RequestRecord> = {}, changes: Partial<Sample> = {}): History => ({
  records: [{ ...RECORD, ...record }],
  samples: [sample(changes)],
});

Deno.test("firstDifference() finds none between equals", () => {
  assert.equal(firstDifference(history(), history()), undefined);
});

Deno.test("firstDifference() finds whatever a request or a window has told differently", () => {
  const other = new WindowAccumulator();
  other.firstToken(21, 40);
  const cases: readonly (readonly [History, string])[] = [
    [history({ scheduledUs: 11 }), "request 0 admitted"],
    [history({ cachedTokens: 0 }), "request 0 admitted"],
    [history({ firstTokenUs: 21 }), "request 0 first token"],
    [history({ generatedTokens: 4 }), "request 0 last token"],
    [history({ outcome: "failed" }), "request 0 ended"],
    [history({ preemptions: 0 }), "request 0 ended"],
    [history({}, { running: 0 }), "running at 100 µs"],
    [history({}, { waiting: 0 }), "waiting at 100 µs"],
    [history({}, { usedBlocks: 0 }), "usedBlocks at 100 µs"],
    [history({}, { outputTokens: 0 }), "outputTokens at 100 µs"],
    [history({}, { preemptions: 9 }), "preemptions at 100 µs"],
    [history({}, { measured: other.take() }), "measured ttft until 100 µs"],
    [history({}, { warmup: sample().measured }), "warmup requests until 100 µs"],
    [history({}, { measured: undefined }), "measured requests until 100 µs"],
  ];
  for (const [actual, what] of cases) {
    assert.equal(firstDifference(history(), actual)?.what, what);
    assert.equal(firstDifference(actual, history())?.what, what);
  }
});

Deno.test("firstDifference() tells the earliest with what was expected", () => {
  const late = history({ lastTokenUs: 95, firstTokenUs: 21 }, { running: 0 });
  assert.deepEqual(firstDifference(history(), late), {
    atUs: 20,
    what: "request 0 first token",
    expected: "at 20 µs",
    actual: "at 21 µs",
  });
  const { scheduledUs: _, ...never } = RECORD;
  const unscheduled: History = { records: [never], samples: [] };
  assert.equal(firstDifference(history(), unscheduled)?.actual, "nothing");
});
