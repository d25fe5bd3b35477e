// Errors out of sample without runs to spare: each run is held against a fit to all the others.

import type { ErrorRow, ErrorTable, FitProgress, FitRuns } from "./fit_result.ts";
import { median } from "./formats/statistics.ts";
import type { MeasuredRun } from "./measured_run.ts";

/** With fewer, what is left to fit to is a single run. */
const LEAST_RUNS = 3;

/** A fit for each run; undefined with fewer than `LEAST_RUNS`. `onFold` hears of each fold's fit. */
export function leaveOneOut(
  runs: readonly MeasuredRun[],
  fit: FitRuns,
  onFold: (fold: number, progress: FitProgress) => void = () => {},
): ErrorTable | undefined {
  if (runs.length < LEAST_RUNS) return undefined;
  const rows = runs.flatMap((run, fold) => {
    const others = runs.filter((other) => other !== run);
    const onProgress = (progress: FitProgress) => onFold(fold, progress);
    return fit(others, { holdOut: [run], onProgress }).outOfSample?.rows ?? [];
  });
  return { rows, medianPpm: medianErrors(rows) };
}

/** By metric, over runs, of the error of the mean; where no mean was measured, of the median. */
export function medianErrors(rows: readonly ErrorRow[]): Record<string, number> {
  const metrics = Map.groupBy(rows, ({ metric }) => metric);
  return Object.fromEntries(
    [...metrics].flatMap(([metric, rows]) => {
      const runs = Map.groupBy(rows, ({ id }) => id);
      const errors = [...runs.values()].flatMap((rows) => {
        const central = rows.find(({ statistic }) => statistic === "mean") ??
          rows.find(({ statistic }) => statistic === "p50");
        return central ? [central.errorPpm] : [];
      });
      const middle = median(errors);
      return middle === undefined ? [] : [[metric, Math.round(middle)] as const];
    }),
  );
}
