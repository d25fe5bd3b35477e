// A calibration of Qwen3-32B on two H100, and a fit that is none: it says what it was asked.
import type { ErrorTable, FitOptions, FitRuns } from "../../../src/calibration/fit_result.ts";
import { medianErrors } from "../../../src/calibration/leave_one_out.ts";
import type { MeasuredRun } from "../../../src/calibration/measured_run.ts";
import {
  type SavedCalibration,
  savedCalibration,
} from "../../../src/calibration/saved_calibration.ts";
import {
  type CalibrationError,
  type Coefficients,
  coefficientsOf,
} from "../../../src/serving/coefficients.ts";

export function calibration(
  coefficients?: Partial<Coefficients>,
  error?: CalibrationError,
): SavedCalibration {
  const vector = coefficientsOf({ name: "H100-SXM" });
  return savedCalibration({
    ...{ model: "qwen/qwen3-32b", gpu: "H100-SXM", tensorParallel: 2, tool: "mtop 0.1.0" },
    files: [{ name: "a.json", sha256: "00", runs: 3 }],
    vector: {
      ...vector,
      gpus: ["H100-SXM"],
      calibration: "calibrated",
      ...(error ? { error } : {}),
      coefficients: { ...vector.coefficients, ...coefficients },
    },
  });
}

export interface AskedFit {
  readonly runs: readonly string[];
  readonly holdOut: readonly string[];
}

/** Says 10 ms a step more, and that every figure comes out 2 % too high, 5 % where it is held out. */
export function fakeFit(asked: AskedFit[] = []): FitRuns {
  return (runs: readonly MeasuredRun[], options: FitOptions = {}) => {
    const { holdOut = [], onProgress } = options;
    asked.push({ runs: runs.map(({ id }) => id), holdOut: holdOut.map(({ id }) => id) });
    onProgress?.({ evaluations: 1 });
    const vector = coefficientsOf({ name: runs[0]!.server.gpu });
    const { coefficients } = vector;
    return {
      vector: {
        ...vector,
        coefficients: { ...coefficients, stepUs: coefficients.stepUs + 10_000 },
      },
      before: tableOf(runs, 0.8),
      inSample: tableOf(runs, 1.02),
      ...(holdOut.length > 0 ? { outOfSample: tableOf(holdOut, 1.05) } : {}),
      evaluations: 7,
    };
  };
}

function tableOf(runs: readonly MeasuredRun[], factor: number): ErrorTable {
  const rows = runs.flatMap(({ id, measured }) =>
    ([["ttft", measured.ttftMs?.mean], ["e2e", measured.e2eMs?.mean]] as const)
      .flatMap(([metric, value]) =>
        value === undefined ? [] : [{
          ...{ id, metric, statistic: "mean", measured: value, simulated: value * factor },
          errorPpm: Math.round(Math.abs(factor - 1) * 1e6),
        }]
      )
  );
  return { rows, medianPpm: medianErrors(rows) };
}
