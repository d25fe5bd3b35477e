// `deno task calibrate`: fits the coefficients to measured runs and writes them with their errors.

import { errorTable } from "../../src/calibration/figures.ts";
import {
  errorsOf,
  type FittedVector,
  fitVector,
  OF_ONE_SERVER,
  PHYSICAL,
} from "../../src/calibration/fit.ts";
import type { ErrorTable } from "../../src/calibration/fit_result.ts";
import type { MeasuredRun } from "../../src/calibration/measured_run.ts";
import type {
  CalibrationError,
  Coefficients,
  CoefficientVector,
  Generation,
} from "../../src/serving/coefficients.ts";
import { dataFolder, presentFolder } from "./measured_data.ts";
import { RECORDED, recordedRuns } from "./recorded.ts";
import { apartBecause, foldOf, hopperRuns } from "./split.ts";
import { BEFORE, NOTES, TRANSFERRED } from "./vectors.ts";

/** Vectors of folds, by the model that was held out; the validation suite reads them. */
export interface Fold {
  readonly heldOut: string;
  readonly coefficients: Coefficients;
}

const VECTORS = new URL("../../src/serving/coefficients.json", import.meta.url);
const FOLDS = new URL("./folds.json", import.meta.url);

const LADDERS = "252 closed-loop runs of vLLM 0.11 to 0.18 (ai-dynamo/aiconfigurator 095f58a)";
const STAGES = "stages of 16 runs of vLLM 0.15.1 (inference-sim/training ed5c1d2)";

const folder = presentFolder();
if (!folder) {
  console.error(`Cannot calibrate: there are no measured runs in ${dataFolder()}; set MTOP_DATA`);
  Deno.exit(1);
}
const today = new Date().toISOString().slice(0, 10);
const runs = hopperRuns(folder).filter((run) => apartBecause(run) === undefined);
const folds = [...Map.groupBy(runs, foldOf)];

const before: CoefficientVector = {
  generation: "hopper",
  gpus: ["H100-SXM", "H200-SXM"],
  calibration: "calibrated",
  recorded: today,
  fittedOn: `${runs.length} runs of ${folds.length} models on H100 and H200`,
  source: `${LADDERS}; ${STAGES}`,
  coefficients: BEFORE,
  notes: NOTES,
};

const heldOutRows: ErrorTable["rows"][number][] = [];
const vectorsOfFolds: Fold[] = [];
for (const [heldOut, of] of folds) {
  const others = runs.filter((run) => foldOf(run) !== heldOut);
  const { vector } = fit(`without ${heldOut}`, others, before, PHYSICAL);
  const errors = errorsOf(of, vector);
  heldOutRows.push(...errors.rows);
  vectorsOfFolds.push({ heldOut, coefficients: vector.coefficients });
  tell(`  ${heldOut}, ${of.length} runs out of sample: ${text(errors)}`);
}
const outOfSample = errorTable(heldOutRows);
tell(`all ${runs.length} runs out of sample: ${text(outOfSample)}`);

const all = fit("all runs", runs, before, PHYSICAL);
tell(`  in sample: ${text(errorsOf(runs, all.vector))}`);
const hopper = { ...all.vector, error: errorOf(outOfSample, runs.length) };

const single = recordedRuns(folder).map((run, i) => {
  const { gpu } = RECORDED[i]!;
  const generation: Generation = gpu === "RTX-4090" ? "ada" : "blackwell";
  const start = { ...hopper, generation, gpus: [gpu] };
  const untouched = errorsOf([run], start);
  tell(`${run.id} with Hopper's coefficients: ${text(untouched)}`);
  const { vector } = fit(run.id, [run], start, OF_ONE_SERVER);
  tell(`  in sample: ${text(errorsOf([run], vector))}`);
  return {
    ...vector,
    recorded: today,
    fittedOn: `one run: ${run.id}, ${run.workload.requests.length} ShareGPT requests`,
    source: `${run.source}; what it says nothing of is as fitted on Hopper`,
    // With Hopper's coefficients the run was out of sample; of its own there is no second run.
    error: errorOf(untouched, 1),
  };
});

const transferred = TRANSFERRED.map(({ generation, gpus, changes = {}, source }) => ({
  generation,
  gpus,
  calibration: "uncalibrated" as const,
  recorded: today,
  fittedOn: "nothing: the shares of peak that were fitted on H100 and H200, of its own datasheet",
  source: source ?? "the vector of H100-SXM and H200-SXM",
  coefficients: { ...hopper.coefficients, ...changes },
  notes: NOTES,
}));

write(VECTORS, [hopper, ...single, ...transferred]);
write(FOLDS, vectorsOfFolds);
tell("wrote src/serving/coefficients.json and tests/validation/folds.json");

function fit(
  about: string,
  of: readonly MeasuredRun[],
  start: CoefficientVector,
  free: readonly (keyof Coefficients)[],
): FittedVector {
  const started = performance.now();
  const onProgress = ({ evaluations }: { evaluations: number }) => {
    if (!Deno.stderr.isTerminal()) return;
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    Deno.stderr.writeSync(
      new TextEncoder().encode(`\r${about}: ${evaluations} evaluations, ${seconds} s `),
    );
  };
  const fitted = fitVector(of, { start, free, onProgress });
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  if (Deno.stderr.isTerminal()) Deno.stderr.writeSync(new TextEncoder().encode("\r\x1b[K"));
  tell(`fitted to ${about}: ${of.length} runs, ${fitted.evaluations} evaluations, ${seconds} s`);
  return fitted;
}

function text({ medianPpm: { e2e, ttft, tpot } }: ErrorTable): string {
  const percent = (ppm = NaN) => `${(ppm / 1e4).toFixed(1)} %`;
  return `median error of E2E ${percent(e2e)}, TTFT ${percent(ttft)}, TPOT ${percent(tpot)}`;
}

function errorOf({ medianPpm: { e2e, ttft, tpot } }: ErrorTable, runs: number): CalibrationError {
  return { ttftPpm: ttft!, tpotPpm: tpot!, e2ePpm: e2e!, runs };
}

function tell(line: string): void {
  console.log(line);
}

function write(url: URL, data: unknown): void {
  Deno.writeTextFileSync(url, `${JSON.stringify(data, null, 2)}\n`);
}
