// How far simulated runs on Hopper are from measured ones: each by a vector that did not see its model.

import { errorsOf } from "../../src/calibration/fit.ts";
import type { ErrorRow } from "../../src/calibration/fit_result.ts";
import { median, quantile } from "../../src/calibration/formats/statistics.ts";
import type { MeasuredRun } from "../../src/calibration/measured_run.ts";
import { coefficientsOf } from "../../src/serving/coefficients.ts";
import folds from "./folds.json" with { type: "json" };
import { apartBecause, foldOf, hopperRuns } from "./split.ts";

export interface JudgedRun {
  readonly run: MeasuredRun;
  readonly fold: string;
  /** Absent: it counts. */
  readonly apart?: string;
  readonly rows: readonly ErrorRow[];
}

/** Errors out of sample of every run; a fold whose vector is missing throws. */
export function judgedRuns(folder: string): JudgedRun[] {
  const hopper = coefficientsOf({ name: "H100-SXM" });
  return hopperRuns(folder).flatMap((run) => {
    const fold = foldOf(run);
    const apart = apartBecause(run);
    if (apart === NOT_RUN) return [{ run, fold, apart, rows: [] }];
    const saved = folds.find(({ heldOut }) => heldOut === fold);
    if (!saved) {
      throw new Error(`Cannot judge ${run.id}: no fold holds out ${fold}; calibrate again`);
    }
    const vector = { ...hopper, coefficients: saved.coefficients };
    return [{ run, fold, ...(apart && { apart }), rows: errorsOf([run], vector).rows }];
  });
}

const NOT_RUN = "its concurrency is not recorded";

/** Errors of one figure, in percent, over the runs that count. */
export function percents(
  runs: readonly JudgedRun[],
  metric: string,
  statistic = "mean",
): number[] {
  return runs.flatMap(({ rows }) =>
    rows.filter((row) => row.metric === metric && row.statistic === statistic)
      .map(({ errorPpm }) => errorPpm / 1e4)
  );
}

export const METRICS = ["e2e", "ttft", "tpot"] as const;

/** `median / p90`, in percent. */
function spread(values: readonly number[]): string {
  if (values.length === 0) return "-";
  const sorted = Float64Array.from(values).sort();
  return `${quantile(sorted, 0.5).toFixed(1)} / ${quantile(sorted, 0.9).toFixed(1)}`;
}

function line(name: string, runs: readonly JudgedRun[]): string[] {
  return [name, `${runs.length}`, ...METRICS.map((metric) => spread(percents(runs, metric)))];
}

/** By model that was held out, all together, and those that stand apart. */
export function foldTable(judged: readonly JudgedRun[]): string[][] {
  const counted = judged.filter(({ apart }) => apart === undefined);
  const apart = Map.groupBy(judged.filter(({ apart }) => apart !== undefined), (run) => run.apart!);
  return [
    ["MODEL HELD OUT", "RUNS", "E2E %", "TTFT %", "TPOT %"],
    ...[...Map.groupBy(counted, ({ fold }) => fold)].map(([fold, runs]) => line(fold, runs)),
    line("all", counted),
    ...[...apart].map(([why, runs]) => line(`apart: ${why}`, runs)),
  ];
}

/** Percentiles of the runs that have them: the open-loop stages. */
export function percentileTable(judged: readonly JudgedRun[]): string[][] {
  const counted = judged.filter(({ apart }) => apart === undefined);
  const of = (metric: string, statistic: string) => {
    const middle = median(percents(counted, metric, statistic));
    return middle === undefined ? "-" : middle.toFixed(1);
  };
  const open = counted.filter(({ run }) => run.workload.concurrency === undefined);
  return [
    ["STAGES, MEDIAN ERROR %", "RUNS", "P50", "P90", "P99"],
    ...["e2e", "ttft"].map((metric) => [
      metric.toUpperCase(),
      `${open.length}`,
      ...["p50", "p90", "p99"].map((statistic) => of(metric, statistic)),
    ]),
  ];
}

/** Qwen3-32B at 4096/1024 on two H100: where the KV cache is full, TTFT leaps and TPOT does not. */
export function kneeTable(judged: readonly JudgedRun[]): string[][] {
  const ladder = judged.filter(({ run }) => /Qwen3-32B .* tp2 4096\/1024 c\d/.test(run.id));
  const cell = (rows: readonly ErrorRow[], metric: string) => {
    const row = rows.find((each) => each.metric === metric);
    return row ? [row.measured.toFixed(1), row.simulated.toFixed(1)] : ["-", "-"];
  };
  return [
    ["CONCURRENCY", "TTFT MS", "SIMULATED", "TPOT MS", "SIMULATED"],
    ...ladder.map(({ run, rows }) => [
      `${run.workload.concurrency}`,
      ...cell(rows, "ttft"),
      ...cell(rows, "tpot"),
    ]),
  ];
}

/** Every run and figure. */
export function runTable(judged: readonly JudgedRun[]): string[][] {
  return [
    ["RUN", "FIGURE", "MEASURED", "SIMULATED", "ERROR %", "APART"],
    ...judged.flatMap(({ rows, apart = "" }) =>
      rows.map(({ id, metric, statistic, measured, simulated, errorPpm }) => [
        id,
        `${metric} ${statistic}`,
        measured.toFixed(1),
        simulated.toFixed(1),
        (errorPpm / 1e4).toFixed(1),
        apart,
      ])
    ),
  ];
}
