import assert from "node:assert/strict";
import { leaveOneOut, medianErrors } from "../../../src/calibration/leave_one_out.ts";
import type { MeasuredRun } from "../../../src/calibration/measured_run.ts";
import { type AskedFit, fakeFit } from "./calibration_rig.ts";

const run = (id: string): MeasuredRun => ({
  id,
  source: "test",
  server: { model: "qwen/qwen3-32b", gpu: "H100-SXM", tensorParallel: 2 },
  workload: { requests: [{ atUs: 0, promptTokens: 1, outputTokens: 1 }] },
  measured: { ttftMs: { mean: 100 } },
});

Deno.test("leaveOneOut() fits to all runs but the one that it is held against, each in turn", () => {
  const asked: AskedFit[] = [];
  const folds: number[] = [];
  const table = leaveOneOut(["a", "b", "c"].map(run), fakeFit(asked), (fold) => folds.push(fold));
  assert.deepEqual(asked, [
    { runs: ["b", "c"], holdOut: ["a"] },
    { runs: ["a", "c"], holdOut: ["b"] },
    { runs: ["a", "b"], holdOut: ["c"] },
  ]);
  assert.deepEqual(folds, [0, 1, 2]);
  assert.deepEqual(table!.rows.map(({ id }) => id), ["a", "b", "c"]);
  assert.deepEqual(table!.medianPpm, { ttft: 50_000 });
});

Deno.test("leaveOneOut() says nothing of two runs", () => {
  assert.equal(leaveOneOut(["a", "b"].map(run), fakeFit()), undefined);
});

Deno.test("medianErrors() is over runs, of the mean where there is one", () => {
  const row = (id: string, metric: string, statistic: string, errorPpm: number) => ({
    ...{ id, metric, statistic, errorPpm, measured: 1, simulated: 1 },
  });
  assert.deepEqual(
    medianErrors([
      row("a", "ttft", "mean", 10),
      row("a", "ttft", "p99", 900),
      row("b", "ttft", "mean", 30),
      row("c", "ttft", "p50", 80),
      row("a", "tpot", "p99", 5),
    ]),
    { ttft: 30 },
  );
});
