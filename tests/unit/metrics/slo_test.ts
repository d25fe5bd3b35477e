// Objectives at their very limits.
import assert from "node:assert/strict";
import { burnRateMilli, errorBudget, meetsSlo } from "../../../src/metrics/slo.ts";

Deno.test("meetsSlo() says yes at the limit and no 1 µs above it, for each objective alone", () => {
  assert.equal(meetsSlo({ ttftUs: 100 }, 100, 1e9, 1e9), true);
  assert.equal(meetsSlo({ ttftUs: 100 }, 101, 0, 0), false);
  assert.equal(meetsSlo({ itlUs: 100 }, 1e9, 100, 1e9), true);
  assert.equal(meetsSlo({ itlUs: 100 }, 0, 101, 0), false);
  assert.equal(meetsSlo({ e2eUs: 100 }, 1e9, 1e9, 100), true);
  assert.equal(meetsSlo({ e2eUs: 100 }, 0, 0, 101), false);
});

Deno.test("meetsSlo() says yes to anything when no objective is set", () => {
  assert.equal(meetsSlo({}, 1e15, 1e15, 1e15), true);
});

Deno.test("meetsSlo() takes an objective of 0 seriously", () => {
  assert.equal(meetsSlo({ ttftUs: 0 }, 1, 0, 0), false);
  assert.equal(meetsSlo({ ttftUs: 0 }, 0, 0, 0), true);
});

Deno.test("burnRateMilli() is the share of bad requests by the share that may be", () => {
  const objective = { goodputPpm: 990_000 };
  assert.equal(burnRateMilli(1_000_000, objective), 0);
  assert.equal(burnRateMilli(990_000, objective), 1000);
  assert.equal(burnRateMilli(856_000, objective), 14_400);
  assert.equal(burnRateMilli(0, { goodputPpm: 999_000 }), 1_000_000);
});

Deno.test("errorBudget() spends what a burn rate of 1 would spend in its window", () => {
  const objective = { goodputPpm: 990_000 };
  const hour = 3_600_000_000;
  const half = errorBudget(objective, {
    good: 1990,
    judged: 2000,
    elapsedUs: hour,
    burnMilli: 500,
  });
  // 10 of 20 bad ones; at half the pace the other half is never spent, at twice it in a quarter of an hour.
  assert.deepEqual(half, { spentPpm: 500_000 });
  const fast = errorBudget(objective, {
    good: 1990,
    judged: 2000,
    elapsedUs: hour,
    burnMilli: 2000,
  });
  assert.deepEqual(fast, { spentPpm: 500_000, exhaustedInUs: hour / 4 });
  const day = { ...objective, windowUs: 24 * hour };
  const early = errorBudget(day, { good: 1990, judged: 2000, elapsedUs: hour, burnMilli: 500 });
  assert.equal(early!.spentPpm, Math.round(500_000 / 24));
  const over = errorBudget(objective, { good: 1900, judged: 2000, elapsedUs: hour, burnMilli: 9 });
  assert.deepEqual(over, { spentPpm: 5_000_000, exhaustedInUs: 0 });
  const calm = errorBudget(objective, { good: 9, judged: 10, elapsedUs: hour, burnMilli: 0 });
  assert.deepEqual(calm, { spentPpm: 10_000_000 });
  const none = { good: 0, judged: 0, elapsedUs: hour, burnMilli: undefined };
  assert.equal(errorBudget(objective, none), undefined);
});
