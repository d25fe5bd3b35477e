// What a simulated run shows, worked out by hand, and how far it is from a measured one.
import assert from "node:assert/strict";
import { errorRows, errorTable, figuresOf } from "../../../src/calibration/figures.ts";
import type { MeasuredFigures, MeasuredRun } from "../../../src/calibration/measured_run.ts";

const RUN: MeasuredRun = {
  id: "a",
  source: "test",
  server: { model: "qwen/qwen3-32b", gpu: "H100-SXM", tensorParallel: 2 },
  workload: { requests: [{ atUs: 0, promptTokens: 1, outputTokens: 1 }] },
  measured: {},
};

/** As far as floats go. */
function near(actual: number | undefined, expected: number) {
  assert.ok(Math.abs(actual! - expected) < 1e-9, `${actual}, by hand ${expected}`);
}

Deno.test("figuresOf() is the means and percentiles worked out by hand", () => {
  const samples = [
    { ttftUs: 1000, e2eUs: 5000, outputTokens: 5 },
    { ttftUs: 3000, e2eUs: 3000, outputTokens: 1 },
    { ttftUs: 2000, e2eUs: 22_000, outputTokens: 11 },
  ];
  const { ttftMs, tpotMs, itlMs, e2eMs, outputTokensPerSecond } = figuresOf({
    samples,
    seconds: 0.02,
  });
  near(ttftMs?.mean, 2);
  near(ttftMs?.p50, 2);
  near(ttftMs?.p90, 2.8);
  near(ttftMs?.p99, 2.98);
  // 4 ms over four gaps, 20 ms over ten; an answer of one token has none.
  near(tpotMs?.mean, 1.5);
  near(tpotMs?.p95, 1.95);
  assert.deepEqual(Object.keys(itlMs!), ["mean"]);
  near(itlMs?.mean, 24 / 14);
  near(e2eMs?.mean, 10);
  near(outputTokensPerSecond, 850);
});

Deno.test("figuresOf() has no gaps of answers of one token, and no rate of no time", () => {
  const { tpotMs, itlMs, ...rest } = figuresOf({
    samples: [{ ttftUs: 1000, e2eUs: 1000, outputTokens: 1 }],
    seconds: 0,
  });
  assert.deepEqual([tpotMs, itlMs], [{}, undefined]);
  assert.deepEqual(Object.keys(rest), ["ttftMs", "e2eMs"]);
});

Deno.test("errorRows() compares what was measured and is simulated, and nothing else", () => {
  const measured: MeasuredFigures = {
    ttftMs: { mean: 100, p99: 200 },
    tpotMs: { mean: 0 },
    e2eMs: { p50: 1000 },
    outputTokensPerSecond: 50,
  };
  const simulated: MeasuredFigures = {
    ttftMs: { mean: 110, p50: 90, p99: 150 },
    tpotMs: { mean: 3 },
    e2eMs: { mean: 900 },
    outputTokensPerSecond: 49,
  };
  const row = (metric: string, statistic: string, measured: number, simulated: number) => ({
    ...{ id: "a", metric, statistic, measured, simulated },
  });
  assert.deepEqual(errorRows({ ...RUN, measured }, simulated), [
    { ...row("ttft", "mean", 100, 110), errorPpm: 100_000 },
    { ...row("ttft", "p99", 200, 150), errorPpm: 250_000 },
    { ...row("outputTokensPerSecond", "mean", 50, 49), errorPpm: 20_000 },
  ]);
});

Deno.test("errorTable() has the median over runs of the error of the mean", () => {
  const runs = [110, 130, 170].map((ms, i) =>
    errorRows({ ...RUN, id: `${i}`, measured: { ttftMs: { mean: 100, p99: 100 } } }, {
      ttftMs: { mean: ms, p99: 1000 },
    })
  );
  const { rows, medianPpm } = errorTable(runs.flat());
  assert.equal(rows.length, 6);
  assert.deepEqual(medianPpm, { ttft: 300_000 });
});
