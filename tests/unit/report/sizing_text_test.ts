import assert from "node:assert/strict";
import { type Sizing, sizingText, type Trial } from "../../../src/report/sizing_text.ts";

function trial(value: number, ttftMs: number | null, holds: boolean): Trial {
  return {
    value,
    holds,
    limits: [{ label: "ttft p95", limitMs: 1000, worstMs: ttftMs }],
    errorRate: ttftMs === null ? null : 0.002,
    gpus: 4 * value,
    costUsdPerHour: 16.4 * value,
  };
}

const SIZING: Sizing = {
  service: "chat",
  of: "replicas",
  seeds: 3,
  maxErrors: 0.01,
  calibration: "uncalibrated",
  trials: [trial(4, 400, true), trial(2, 800, true), trial(1, null, false)],
  answer: 2,
};

Deno.test("sizingText() shows what was tried in order, the answer with its margin and price, and what is assumed", () => {
  assert.equal(
    sizingText(SIZING, {}),
    [
      "chat: the fewest replicas for ttft p95 ≤ 1s, errors ≤ 1%",
      "  under each of the seeds 1 to 3; shown is the worst of them",
      "",
      "  replicas   gpus   an hour   errors   ttft p95   holds",
      "         1      4    $16.40      - ✗        - ✗   no",
      "         2      8    $32.80   0.2% ✓    800ms ✓   yes",
      "         4     16    $65.60   0.2% ✓    400ms ✓   yes",
      "",
      "2 replicas, 8 GPUs, $32.80 an hour; nearest is ttft p95, 800ms of 1s, 20% away",
      "  1 replica would not do",
      "  assumed: what holds with some replicas holds with more",
      "  the figures are uncalibrated",
      "",
    ].join("\n"),
  );
});

Deno.test("sizingText() says which replicas are not sized", () => {
  const text = sizingText({ ...SIZING, beside: { prefill: 4 } }, {});
  assert.match(text, /\n {2}not sized: its 4 replicas of prefill\n/);
});

Deno.test("sizingText() says that not even the largest holds", () => {
  const none = { ...SIZING, answer: null, trials: [trial(1, null, false), trial(2, 1500, false)] };
  assert.match(sizingText(none, {}), /\nnot even 2 replicas hold\n/);
  assert.match(sizingText({ ...none, of: "rps" }, {}), /\nnot even 1 rps hold\n/);
});
