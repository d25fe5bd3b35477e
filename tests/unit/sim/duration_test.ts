import assert from "node:assert/strict";
import {
  type Duration,
  formatDuration,
  parseDuration,
  parseInstant,
} from "../../../src/sim/duration.ts";
import { durationSchema } from "../../../src/sim/duration_schema.ts";
import fc from "../../fast_check.ts";

Deno.test("parseDuration() reads units, combinations and decimals", () => {
  const expected: Record<Duration, number> = {
    "0s": 0,
    "250us": 250,
    "1500ms": 1_500_000,
    "1.5s": 1_500_000,
    "0.1h": 360_000_000,
    "30s": 30_000_000,
    "5m": 300_000_000,
    "2h": 7_200_000_000,
    "1h30m": 5_400_000_000,
    "1h30s": 3_630_000_000,
    "12m30s": 750_000_000,
    "12m30.5s": 750_500_000,
    "1h30m15s": 5_415_000_000,
    "90m": 5_400_000_000,
    "1.000001s": 1_000_001,
    "9007199254740991us": Number.MAX_SAFE_INTEGER,
  };
  for (const [text, us] of Object.entries(expected)) assert.equal(parseDuration(text), us, text);
  assert.equal(parseDuration("1s500ms"), 1_500_000);
});

Deno.test("parseDuration() returns undefined when the text is no exact duration", () => {
  const bad = [
    "",
    "5",
    "5 m",
    "5 minuts",
    "s",
    "-1s",
    "+1s",
    "1e3s",
    ".5s",
    "1.s",
    "30m1h",
    "1h1h",
  ];
  const inexact = ["1.5h30m", "0.5us", "1.0000001s", "9007199254740992us", "9007199254740991s"];
  for (const text of [...bad, ...inexact, " 1s", "1s\n", "1d", "1S"]) {
    assert.equal(parseDuration(text), undefined, text);
  }
});

Deno.test("formatDuration() writes the short form that parseDuration() reads back", () => {
  const us = fc.oneof(
    fc.maxSafeNat(),
    fc.nat(2_000_000),
    fc.nat(100_000).map((seconds) => seconds * 1_000_000),
  );
  fc.assert(fc.property(us, (us) => assert.equal(parseDuration(formatDuration(us)), us)));
  const expected: readonly [number, Duration][] = [
    [0, "0s"],
    [1, "1us"],
    [1_500, "1.5ms"],
    [500_000, "500ms"],
    [1_500_000, "1.5s"],
    [60_000_000, "1m"],
    [750_000_000, "12m30s"],
    [3_600_000_001, "1h0.000001s"],
    [5_415_000_000, "1h30m15s"],
    [360_000_000_000, "100h"],
  ];
  for (const [us, text] of expected) assert.equal(formatDuration(us), text);
  for (const us of [-1, 0.5, NaN, 2 ** 53]) assert.throws(() => formatDuration(us), RangeError);
});

Deno.test("parseInstant() reads durations and times on the clock", () => {
  assert.equal(parseInstant("00:12:30"), 750_000_000);
  assert.equal(parseInstant("12:30"), 750_000_000);
  assert.equal(parseInstant("90:00"), 5_400_000_000);
  assert.equal(parseInstant("25:00:01"), 90_001_000_000);
  assert.equal(parseInstant("12m30s"), 750_000_000);
  for (const text of ["12:60", "1:60:00", "12:3", ":30", "12", "1:2:3", ""]) {
    assert.equal(parseInstant(text), undefined, text);
  }
});

Deno.test("durationSchema gives µs, or says what to write when the text is no duration", () => {
  assert.equal(durationSchema.parse("5m"), 300_000_000);
  const { error } = durationSchema.safeParse("5 minuts");
  assert.deepEqual(error?.issues.map((issue) => issue.message), [
    'Invalid duration "5 minuts": write a number and a unit, such as 30s, 5m or 1h30m',
  ]);
});
