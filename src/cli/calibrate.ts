// `mtop calibrate`: reads measurements, fits coefficients to them, says how far these are from what was
// measured, and saves them. Knows no format and no formula.

import type { ErrorTable, FitProgress, FitResult, FitRuns } from "../calibration/fit_result.ts";
import { leaveOneOut } from "../calibration/leave_one_out.ts";
import type { MeasuredRun, MeasuredServer } from "../calibration/measured_run.ts";
import { type SavedCalibration, savedCalibration } from "../calibration/saved_calibration.ts";
import type { CalibrationError, CoefficientVector } from "../serving/coefficients.ts";
import { findModel } from "../serving/models.ts";
import { type Measurements, readMeasurements } from "./calibrate_files.ts";
import { measuredServer, type ServerOptions } from "./calibrate_server.ts";
import { calibrationJson, calibrationText } from "./calibrate_text.ts";
import { calibrationPath, saveCalibration } from "./calibration_file.ts";
import { type Console, ProgressLine, widthOf } from "./console.ts";
import type { CliContext } from "./context.ts";
import { CliError, EXIT } from "./exit.ts";
import { MTOP_VERSION } from "./version.ts";

export interface CalibrateOptions extends ServerOptions {
  readonly holdOut?: readonly string[];
  readonly save?: string;
  readonly dryRun?: true;
  readonly output: "text" | "json";
}

export interface CalibrateContext extends Pick<CliContext, "console" | "settings" | "store"> {
  readonly fit: FitRuns;
}

/** What came out, for whoever prints it. */
export interface Calibrated {
  readonly saved: SavedCalibration;
  /** Undefined with `--dry-run`. */
  readonly path: string | undefined;
  readonly fit: FitResult;
  /** Of runs that were held out, or of each against a fit to the others. */
  readonly outOfSample: ErrorTable | undefined;
  readonly heldOut: boolean;
}

/** Fits, prints and saves; returns the exit code. Throws what `explain` knows to put into words. */
export async function calibrate(
  paths: readonly string[],
  options: CalibrateOptions,
  context: CalibrateContext,
): Promise<number> {
  const { console } = context;
  const { holdOut = [] } = options;
  const twice = [...paths, ...holdOut].find((path, index, all) => all.indexOf(path) !== index);
  if (twice !== undefined) throw new CliError(`Cannot take "${twice}" twice`);
  const server = await measuredServer(options, context);
  const files = await Promise.all(paths.map(readMeasurements));
  const heldOut = await Promise.all(holdOut.map(readMeasurements));
  tellNotes([...files, ...heldOut], server, console);
  const runs = served(files, server);
  const found = fitted(runs, served(heldOut, server), context);
  const saved = savedCalibration({
    model: server.model,
    gpu: server.gpu,
    tensorParallel: server.tensorParallel,
    tool: `mtop ${MTOP_VERSION}`,
    files: [
      ...files.map((file) => provenance(file)),
      ...heldOut.map((file) => ({ ...provenance(file), heldOut: true as const })),
    ],
    vector: vectorOf(found, runs.length, server),
  });
  const path = options.dryRun ? undefined : options.save ?? calibrationPath(saved);
  if (path === undefined && !options.dryRun) {
    throw new CliError("Cannot save the calibration: there is no home directory; add --save FILE");
  }
  if (path !== undefined) saveCalibration(path, saved);
  const calibrated = { saved, path, ...found };
  console.out(
    options.output === "json"
      ? calibrationJson(calibrated)
      : calibrationText(calibrated, widthOf(console)),
  );
  return EXIT.passed;
}

function provenance({ path, sha256, runs }: Measurements) {
  return { name: path.split(/[\\/]/).at(-1)!, sha256, runs: runs.length };
}

/** What was assumed, on standard error: a table on standard output stays one. */
function tellNotes(files: readonly Measurements[], server: MeasuredServer, console: Console): void {
  const own = findModel([server.model]);
  for (const { id, model, notes } of files.flatMap(({ runs }) => runs)) {
    for (const note of notes) console.err(`note: ${id}: ${note}\n`);
    const named = model === undefined ? undefined : findModel([model]);
    if (named && named !== own) {
      console.err(`warning: ${id}: its model is called "${model}", not "${server.model}"\n`);
    }
  }
}

/** Runs of files of the same name are told apart. */
function served(files: readonly Measurements[], server: MeasuredServer): MeasuredRun[] {
  const seen = new Map<string, number>();
  return files.flatMap(({ runs }) => runs).map(({ id, source, workload, measured }) => {
    const times = (seen.get(id) ?? 0) + 1;
    seen.set(id, times);
    return { id: times === 1 ? id : `${id} (${times})`, source, server, workload, measured };
  });
}

function fitted(
  runs: readonly MeasuredRun[],
  holdOut: readonly MeasuredRun[],
  { console, fit }: CalibrateContext,
): Pick<Calibrated, "fit" | "outOfSample" | "heldOut"> {
  const progress = new ProgressLine(console);
  const show = (what: string) => ({ evaluations }: FitProgress) =>
    progress.show(`${what}: ${evaluations} evaluations`);
  try {
    const all = fit(runs, {
      ...(holdOut.length > 0 ? { holdOut } : {}),
      onProgress: show(`fitting to ${runs.length} runs`),
    });
    const isHeldOut = holdOut.length > 0;
    const outOfSample = isHeldOut ? all.outOfSample : leaveOneOut(
      runs,
      fit,
      (fold, at) => show(`holding against run ${fold + 1} of ${runs.length}`)(at),
    );
    return { fit: all, outOfSample, heldOut: isHeldOut };
  } finally {
    progress.clear();
  }
}

function vectorOf(
  { fit, outOfSample }: Pick<Calibrated, "fit" | "outOfSample">,
  runs: number,
  { model, gpu, tensorParallel }: MeasuredServer,
): CoefficientVector {
  const { error: _, ...vector } = fit.vector;
  const gpus = tensorParallel === 1 ? gpu : `${tensorParallel} ${gpu}`;
  return {
    ...vector,
    gpus: [gpu],
    calibration: "calibrated",
    recorded: new Date().toISOString().slice(0, 10),
    fittedOn: `${runs} ${runs === 1 ? "run" : "runs"} of ${model} on ${gpus}`,
    source: `mtop calibrate (mtop ${MTOP_VERSION})`,
    ...(outOfSample ? { error: errorOf(outOfSample) } : {}),
  };
}

function errorOf({ rows, medianPpm }: ErrorTable): CalibrationError {
  const { ttft, tpot, e2e } = medianPpm;
  return {
    ...(ttft === undefined ? {} : { ttftPpm: Math.round(ttft) }),
    ...(tpot === undefined ? {} : { tpotPpm: Math.round(tpot) }),
    ...(e2e === undefined ? {} : { e2ePpm: Math.round(e2e) }),
    runs: Math.max(1, new Set(rows.map(({ id }) => id)).size),
  };
}
