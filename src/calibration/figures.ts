// What a simulated run shows, as a measured one does, and how far the two are apart.

import type { ErrorRow, ErrorTable } from "./fit_result.ts";
import { latencyStatistics } from "./formats/statistics.ts";
import { medianErrors } from "./leave_one_out.ts";
import type { MeasuredFigures, MeasuredRun } from "./measured_run.ts";
import type { RequestSample, SimulatedRun } from "./simulate_run.ts";

const US_PER_MS = 1000;
const LATENCIES = ["ttft", "tpot", "itl", "e2e"] as const;
const STATISTICS = ["mean", "p50", "p90", "p95", "p99"] as const;
const PPM = 1e6;

/** ITL has a mean only: a sample knows its tokens together, not one by one. */
export function figuresOf({ samples, seconds }: SimulatedRun): MeasuredFigures {
  const ms = (of: (sample: RequestSample) => number, all = samples) =>
    latencyStatistics(all.map((sample) => of(sample) / US_PER_MS));
  const several = samples.filter(({ outputTokens }) => outputTokens > 1);
  const decodeUs = ({ ttftUs, e2eUs }: RequestSample) => e2eUs - ttftUs;
  const gaps = several.reduce((sum, { outputTokens }) => sum + outputTokens - 1, 0);
  const decoding = several.reduce((sum, sample) => sum + decodeUs(sample), 0);
  const tokens = samples.reduce((sum, { outputTokens }) => sum + outputTokens, 0);
  return {
    ttftMs: ms(({ ttftUs }) => ttftUs),
    tpotMs: ms((sample) => decodeUs(sample) / (sample.outputTokens - 1), several),
    ...(gaps > 0 ? { itlMs: { mean: decoding / gaps / US_PER_MS } } : {}),
    e2eMs: ms(({ e2eUs }) => e2eUs),
    ...(seconds > 0 ? { outputTokensPerSecond: tokens / seconds } : {}),
  };
}

/** Every figure that was measured and is simulated. */
export function errorRows({ id, measured }: MeasuredRun, simulated: MeasuredFigures): ErrorRow[] {
  const rows: ErrorRow[] = [];
  const add = (metric: string, statistic: string, was?: number, is?: number) => {
    if (was === undefined || is === undefined || !(was > 0)) return;
    const errorPpm = Math.round(Math.abs(is - was) / was * PPM);
    rows.push({ id, metric, statistic, measured: was, simulated: is, errorPpm });
  };
  for (const metric of LATENCIES) {
    for (const statistic of STATISTICS) {
      const name = `${metric}Ms` as const;
      add(metric, statistic, measured[name]?.[statistic], simulated[name]?.[statistic]);
    }
  }
  const rate = "outputTokensPerSecond";
  add(rate, "mean", measured[rate], simulated[rate]);
  return rows;
}

export function errorTable(rows: readonly ErrorRow[]): ErrorTable {
  return { rows, medianPpm: medianErrors(rows) };
}
