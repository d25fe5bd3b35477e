// What comes out of a fit, as data: the coefficients, and how far runs are from what they give.

import type { CoefficientVector } from "../serving/coefficients.ts";
import type { MeasuredRun } from "./measured_run.ts";

/** One figure of one run. */
export interface ErrorRow {
  /** Of the run. */
  readonly id: string;
  /** `ttft`, `tpot`, `itl`, `e2e` in ms, or `outputTokensPerSecond`. */
  readonly metric: string;
  /** `mean`, `p50`, `p90`, `p95`, `p99`. */
  readonly statistic: string;
  readonly measured: number;
  readonly simulated: number;
  /** |simulated − measured| / measured, in parts per million. */
  readonly errorPpm: number;
}

export interface ErrorTable {
  readonly rows: readonly ErrorRow[];
  /** By metric: the median over runs of the error of the mean. */
  readonly medianPpm: Readonly<Record<string, number>>;
}

export interface FitResult {
  readonly vector: CoefficientVector;
  /** Of the runs fitted to, with the coefficients as they were before. */
  readonly before: ErrorTable;
  readonly inSample: ErrorTable;
  /** Of the runs that were held out. */
  readonly outOfSample?: ErrorTable;
  /** Of the model, each a simulation of all runs. */
  readonly evaluations: number;
}

export interface FitOptions {
  /** Runs that the fit does not see. */
  readonly holdOut?: readonly MeasuredRun[];
  readonly onProgress?: (progress: FitProgress) => void;
}

export interface FitProgress {
  readonly evaluations: number;
}

/** Fits the coefficients of the runs' GPU, which is one; throws a RangeError without runs. */
export type FitRuns = (runs: readonly MeasuredRun[], options?: FitOptions) => FitResult;
