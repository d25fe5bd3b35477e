// The two runs that were recorded request by request: as Hopper's vector has them, and as their own.

import { errorsOf } from "../../src/calibration/fit.ts";
import type { ErrorRow } from "../../src/calibration/fit_result.ts";
import { coefficientsOf } from "../../src/serving/coefficients.ts";
import { recordedRuns } from "./recorded.ts";

const FIGURES = ["mean", "p50", "p90", "p99"] as const;

export function recordedTable(folder: string): string[][] {
  const hopper = coefficientsOf({ name: "H100-SXM" });
  return [
    ["RUN AND METRIC (MS)", ...FIGURES.flatMap((name) => [name.toUpperCase(), "UNSEEN", "FITTED"])],
    ...recordedRuns(folder).flatMap((run) => {
      const unseen = errorsOf([run], hopper).rows;
      const fitted = errorsOf([run]).rows;
      return (["ttft", "tpot", "e2e"] as const).map((metric) => [
        `${run.id} ${metric.toUpperCase()}`,
        ...FIGURES.flatMap((statistic) => {
          const [before, after] = [unseen, fitted].map((rows) => find(rows, metric, statistic)!);
          return [before!.measured.toFixed(1), signed(before!), signed(after!)];
        }),
      ]);
    }),
  ];
}

function find(rows: readonly ErrorRow[], metric: string, statistic: string) {
  return rows.find((row) => row.metric === metric && row.statistic === statistic);
}

/** `+2.4%` */
function signed({ measured, simulated }: ErrorRow): string {
  const percent = (simulated / measured - 1) * 100;
  return `${percent < 0 ? "" : "+"}${percent.toFixed(1)}%`;
}
