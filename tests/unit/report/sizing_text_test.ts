import assert from "node:assert/strict";
import {
  type Candidate,
  isStarved,
  ranked,
  type Sizing,
  sizingJson,
  type Trial,
} from "../../../src/report/sizing.ts";
import { sizingText } from "../../../src/report/sizing_text.ts";

function trial(replicas: number, ttftMs: number | null, fields: Partial<Trial> = {}): Trial {
  return {
    value: replicas,
    replicas,
    rps: 40,
    holds: ttftMs !== null && ttftMs <= 1000,
    limits: [{ label: "ttft p95", limitMs: 1000, worstMs: ttftMs }],
    errorRate: ttftMs === null ? null : 0.002,
    lateShare: 0,
    gpus: 4 * (replicas + (fields.prefill ?? 0)),
    costUsdPerHour: 16.4 * replicas,
    costPerMillionOutputTokensUsd: replicas,
    ...fields,
  };
}

const CANDIDATE: Candidate = {
  gpu: "H100-SXM",
  tensorParallel: 4,
  calibration: "uncalibrated",
  trials: [trial(4, 400), trial(2, 800), trial(1, null), trial(3, 500)],
  best: trial(2, 800),
};

const SIZING: Sizing = {
  service: "chat",
  of: "replicas",
  seeds: 3,
  maxErrors: 0.01,
  candidates: [CANDIDATE],
};

Deno.test("sizingText() shows what was tried in order, the answer with its margin and price, and what is assumed", () => {
  assert.equal(
    sizingText(SIZING, {}),
    [
      "chat: the fewest GPUs for ttft p95 ≤ 1s, errors ≤ 1%",
      "  under each of the seeds 1 to 3; shown is the worst of them",
      "",
      "  replicas   gpus   an hour   errors   ttft p95   holds",
      "         1      4    $16.40      - ✗        - ✗   no",
      "         2      8    $32.80   0.2% ✓    800ms ✓   yes",
      "         3     12    $49.20   0.2% ✓    500ms ✓   yes",
      "         4     16    $65.60   0.2% ✓    400ms ✓   yes",
      "",
      "2 replicas, 8 GPUs, $32.80 an hour; nearest is ttft p95, 800ms of 1s, 20% away",
      "  1 replica would not do: ttft p95 - of 1s, errors - of 1%",
      "  assumed: what holds with some replicas holds with more (one more was tried)",
      "  the figures are uncalibrated",
      "",
    ].join("\n"),
  );
});

Deno.test("sizingText() ranks shapes, says why others cannot be, and names what is cheaper", () => {
  const dear = { ...CANDIDATE, gpu: "H200-SXM", best: trial(1, 700, { costUsdPerHour: 90 }) };
  const none = { ...CANDIDATE, tensorParallel: 2, best: null };
  const cannot = {
    ...{ gpu: "L4", tensorParallel: 1, calibration: null, best: null, trials: [] },
    cannot: "torch.OutOfMemoryError: CUDA out of memory. GPU 0 has a total capacity of 24 GiB",
  };
  const candidates = ranked([cannot, none, CANDIDATE, dear], "replicas");
  assert.deepEqual(candidates.map(({ gpu }) => gpu), ["H200-SXM", "H100-SXM", "L4", "H100-SXM"]);
  const text = sizingText({ ...SIZING, candidates }, {});
  const [, table] = text.split("\n\n");
  assert.equal(
    table,
    [
      "  gpus   replicas   tp   gpu        rps held   an hour   per 1M tokens   nearest limit",
      "     4          1    4   H200-SXM         40    $90.00           $1.00   ttft p95, 30% away   uncalibrated",
      "     8          2    4   H100-SXM         40    $32.80           $2.00   ttft p95, 20% away   uncalibrated",
      "  none          -    2   H100-SXM          -         -               -   -                    uncalibrated",
      "  tp 1 on L4: torch.OutOfMemoryError: CUDA out of memory",
    ].join("\n"),
  );
  assert.match(text, /\ntp 4 on H200-SXM, all that was tried:\n/);
  assert.match(text, /\n {2}cheaper an hour: 2 replicas, tp 4 on H100-SXM, \$32\.80\n/);
});

Deno.test("sizingText() on a narrow terminal keeps what was asked for and which sizes hold", () => {
  const other = { ...CANDIDATE, gpu: "H200-SXM", best: trial(3, 500) };
  const tablesOf = (sizing: Sizing, width: number) =>
    sizingText(sizing, { width }).split("\n\n").filter((each) => each.startsWith("  "));
  const [shapes, trials] = tablesOf({ ...SIZING, candidates: [CANDIDATE, other] }, 40);
  assert.equal(
    shapes,
    [
      "  gpus   replicas   tp   gpu",
      "     8          2    4   H100-SXM",
      "    12          3    4   H200-SXM",
    ].join("\n"),
  );
  assert.match(trials!, /^ {2}replicas {3}gpus {3}ttft p95 {3}holds\n {9}1 {6}4 {8}- ✗ {3}no\n/);
  const rps = { ...SIZING, of: "rps" as const, candidates: [CANDIDATE, other] };
  assert.match(tablesOf(rps, 40)[0]!, /^ {2}replicas {3}tp {3}gpu {8}rps held\n/);
  const [least] = tablesOf(SIZING, 20);
  assert.match(least!, /^ {2}replicas {3}holds\n {9}1 {3}no\n/);
});

Deno.test("sizingText() tells of requests that no percentile knows of, where so many are late that none holds", () => {
  const starved = trial(1, 800, { lateShare: 0.4, holds: false });
  const trials = [starved, trial(2, 800, { lateShare: 0.01 })];
  const text = sizingText({ ...SIZING, candidates: [{ ...CANDIDATE, trials }] }, {});
  assert.match(
    text,
    / ttft p95 {3}unanswered {3}holds\n.* 800ms ✓ {8}40% ✗ {3}no\n.* 1% ✓ {3}yes\n/,
  );
  assert.match(
    text,
    /\n {2}1 replica would not do: 40% late and still without an answer at the end\n/,
  );
  assert.ok(!isStarved(trials[1]!));
});

Deno.test("sizingText() tells both roles, which of them lacks what, and where more is worse", () => {
  const best = trial(2, 800, { prefill: 3 });
  const trials = [
    best,
    trial(1, 2000, { prefill: 3 }),
    trial(2, 3000, { prefill: 2 }),
    trial(3, 1500, { prefill: 3 }),
    trial(2, 700, { prefill: 4 }),
  ];
  const text = sizingText({ ...SIZING, candidates: [{ ...CANDIDATE, trials, best }] }, {});
  assert.match(text, /\n {9}2 {9}2 {5}16 .* 3s ✗ {3}no\n {9}1 {9}3 /);
  assert.match(text, /\n2 replicas and 3 of prefill, 20 GPUs, /);
  assert.match(text, /\n {2}1 replica and 3 of prefill would not do: ttft p95 2s of 1s\n/);
  assert.match(text, /\n {2}2 replicas and 2 of prefill would not do: ttft p95 3s of 1s\n/);
  assert.match(text, /but more is worse here: 3 replicas and 3 of prefill: ttft p95 1\.5s of 1s\n/);
  assert.match(text, /replicas of each role holds with more\n/);
});

Deno.test("sizingText() says which replicas are not sized", () => {
  const best = trial(2, 800, { prefill: 4 });
  const candidates = [{ ...CANDIDATE, trials: [best, trial(1, 1500, { prefill: 4 })], best }];
  const text = sizingText({ ...SIZING, candidates }, {});
  assert.match(text, /\n {2}not sized: its 4 replicas of prefill\n/);
});

Deno.test("sizingText() says that not even the largest holds", () => {
  const none = (fields: Partial<Candidate> = {}): Sizing => ({
    ...SIZING,
    candidates: [{
      ...CANDIDATE,
      best: null,
      trials: [trial(1, null), trial(2, 1500)],
      ...fields,
    }],
  });
  assert.match(sizingText(none(), {}), /\nnot even 2 replicas hold\n/);
  assert.match(sizingText(none({ bound: 8 }), {}), /hold, of 8 GPUs in the cluster\n/);
  assert.match(sizingText({ ...none(), of: "rps" }, {}), /\nnot even 1 rps hold\n/);
});

Deno.test("sizingText() draws the limit that is broken first over the rate", () => {
  const rates = [10, 20, 30].map((rps) => trial(2, 40 * rps, { rps, value: rps }));
  const best = rates[1]!;
  const sizing = { ...SIZING, candidates: [{ ...CANDIDATE, best, trials: rates, rates }] };
  const text = sizingText(sizing, { width: 60 });
  assert.match(text, /\nttft p95 of 2 replicas over the rate, its limit the dashed line/);
  assert.match(text, /\n {5}1s ┤┄/);
  assert.equal(text.match(/[●✗](?=.*\n)/g)!.length >= 3, true);
  assert.match(text, / 15 rps +30 rps\n/);
});

Deno.test("sizingJson() has the best on top and every candidate with all that was tried", () => {
  const { answer, best, nearest, margin, trials, candidates, calibration } = JSON.parse(
    sizingJson(SIZING),
  );
  assert.deepEqual([answer, nearest, calibration], [2, "ttft p95", "uncalibrated"]);
  assert.deepEqual([best.gpu, best.tensorParallel, best.gpus], ["H100-SXM", 4, 8]);
  assert.ok(Math.abs(margin - 0.2) < 1e-9);
  assert.deepEqual([trials.length, candidates.length], [4, 1]);
  assert.deepEqual(candidates[0].trials, trials);
});
