import assert from "node:assert/strict";
import {
  againstSlo,
  highIsBad,
  LASTING_SECONDS,
  lowIsBad,
  waitingLevel,
} from "../../../src/view/thresholds.ts";

const UTILISATION = { warn: 0.7, critical: 0.9 };
const ERRORS = { warn: 0.01, critical: 0.05 };
const SLO = { warn: 0.8, critical: 1 };

Deno.test("highIsBad() marks from its limits on", () => {
  const levels = [0, 0.69, 0.7, 0.89, 0.9, 1].map((value) => highIsBad(value, UTILISATION));
  assert.deepEqual(levels, ["ok", "ok", "warn", "warn", "critical", "critical"]);
});

Deno.test("lowIsBad() marks what is missing to 1, exactly at its limits", () => {
  const levels = [1, 0.9901, 0.99, 0.951, 0.95, 0].map((value) => lowIsBad(value, ERRORS));
  assert.deepEqual(levels, ["ok", "ok", "warn", "warn", "critical", "critical"]);
});

Deno.test("againstSlo() finds an objective met when it is just reached", () => {
  const levels = [799, 800, 1000, 1001].map((us) => againstSlo(us, 1000, SLO));
  assert.deepEqual(levels, ["ok", "warn", "warn", "critical"]);
});

Deno.test("waitingLevel() warns of a queue that stays, and at once of one larger than the batch", () => {
  const threshold = { warn: 0, critical: 1 };
  const levels = [[0, 10, 60], [1, 10, LASTING_SECONDS - 1], [1, 10, LASTING_SECONDS], [11, 10, 1]]
    .map(([waiting, running, seconds]) => waitingLevel(waiting, running, seconds!, threshold));
  assert.deepEqual(levels, ["ok", "ok", "warn", "critical"]);
  assert.equal(waitingLevel(1, 0, 1, threshold), "critical");
});

Deno.test("levels of what is unknown are none", () => {
  assert.equal(highIsBad(undefined, UTILISATION), "none");
  assert.equal(lowIsBad(undefined, ERRORS), "none");
  assert.equal(againstSlo(undefined, 1000, SLO), "none");
  assert.equal(againstSlo(1000, undefined, SLO), "none");
  assert.equal(waitingLevel(undefined, 1, 60, ERRORS), "none");
});
