import assert from "node:assert/strict";
import { virtualTimestampMicro } from "../../../src/sim/timestamp.ts";
import { ageOf, humanDuration, timestampUs } from "../../../src/view/age.ts";
import fc from "../../fast_check.ts";

const [SECOND, MINUTE, HOUR, DAY] = [1, 60, 3600, 86_400];

// apimachinery's own table, pkg/util/duration/duration_test.go, and the edges between its units.
const AGES: readonly [number, string][] = [
  [-2, "<invalid>"],
  [-1, "0s"],
  [0, "0s"],
  [70 * SECOND, "70s"],
  [119 * SECOND, "119s"],
  [120 * SECOND, "2m"],
  [190 * SECOND, "3m10s"],
  [599 * SECOND, "9m59s"],
  [10 * MINUTE, "10m"],
  [179 * MINUTE, "179m"],
  [3 * HOUR, "3h"],
  [3 * HOUR + 15 * MINUTE, "3h15m"],
  [8 * HOUR, "8h"],
  [47 * HOUR, "47h"],
  [48 * HOUR, "2d"],
  [49 * HOUR, "2d1h"],
  [8 * DAY, "8d"],
  [729 * DAY, "729d"],
  [730 * DAY, "2y"],
  [(2 * 365 + 25) * DAY, "2y25d"],
  [8 * 365 * DAY, "8y"],
  [50 * 365 * DAY, "50y"],
];

Deno.test("humanDuration() writes what apimachinery's HumanDuration writes", () => {
  for (const [seconds, text] of AGES) assert.equal(humanDuration(seconds * 1_000_000), text);
});

Deno.test("timestampUs() reads every timestamp that virtual time is written as", () => {
  const years = 80 * 365 * DAY * 1_000_000;
  fc.assert(fc.property(fc.integer({ min: -years, max: years }), (us) => {
    assert.equal(timestampUs(virtualTimestampMicro(us)), us);
  }));
});

Deno.test("timestampUs() knows seconds without a fraction, and says nothing of what is no time", () => {
  assert.equal(timestampUs("2026-01-01T00:00:10Z"), 10_000_000);
  assert.equal(timestampUs("2025-12-31T23:59:59Z"), -1_000_000);
  assert.equal(timestampUs("yesterday"), undefined);
  assert.equal(timestampUs(undefined), undefined);
});

Deno.test("ageOf() is unknown where there is no timestamp", () => {
  assert.equal(ageOf("2026-01-01T00:00:10Z", 50_000_000), "40s");
  assert.equal(ageOf(undefined, 50_000_000), "<unknown>");
});
