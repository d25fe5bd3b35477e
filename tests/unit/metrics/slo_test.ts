// Objectives at their very limits.
import assert from "node:assert/strict";
import { meetsSlo } from "../../../src/metrics/slo.ts";

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
