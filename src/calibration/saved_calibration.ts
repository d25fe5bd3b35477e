// A calibration of someone's own engine, as its file and a scenario have it; it knows no fit and no run.

import { z } from "zod";
import type { CoefficientVector } from "../serving/coefficients.ts";
import { COEFFICIENTS } from "../serving/coefficients.ts";
import type { ModelFacts } from "../serving/models.ts";

/** Raised when a file of an earlier mtop would be misread. */
const FORMAT = 1;

const ppm = z.int().min(0);
/** Multiples of an ideal time, and µs: none is below 0, nor so high. */
const coefficient = z.number().min(0).max(1e9);

/** Every vector has all of them. */
const NAMES = Object.keys(COEFFICIENTS[0]!.coefficients);

const vectorSchema: z.ZodType<CoefficientVector> = z.strictObject({
  generation: z.enum(["ampere", "ada", "hopper", "blackwell", "cdna3"]),
  gpus: z.array(z.string()).min(1),
  calibration: z.literal("calibrated"),
  error: z.strictObject({
    ttftPpm: ppm.exactOptional(),
    tpotPpm: ppm.exactOptional(),
    e2ePpm: ppm.exactOptional(),
    runs: z.int().min(1),
  }).exactOptional(),
  recorded: z.string(),
  fittedOn: z.string(),
  source: z.string(),
  coefficients: z.strictObject(Object.fromEntries(NAMES.map((name) => [name, coefficient]))),
  notes: z.record(z.string(), z.string()),
}) as unknown as z.ZodType<CoefficientVector>;

export const calibrationSchema = z.strictObject({
  kind: z.literal("calibration", "this is no calibration, as mtop calibrate saves it"),
  format: z.literal(FORMAT, `its format is not ${FORMAT}, which this mtop reads`),
  /** A repository of the catalogue. */
  model: z.string(),
  gpu: z.string(),
  tensorParallel: z.int().min(1),
  /** What fitted it, as `mtop 0.1.0`. */
  tool: z.string(),
  /** What it was fitted to, and what was held out. */
  files: z.array(z.strictObject({
    name: z.string(),
    sha256: z.string(),
    runs: z.int().min(0),
    heldOut: z.literal(true).exactOptional(),
  })),
  vector: vectorSchema,
}).readonly();

export type SavedCalibration = z.output<typeof calibrationSchema>;

/** What a calibration is of: of two with the same, the later one counts. */
export type CalibratedServer = Pick<SavedCalibration, "model" | "gpu" | "tensorParallel">;

/** What stands above the vector in the file. */
export function savedCalibration(
  content: Omit<SavedCalibration, "kind" | "format">,
): SavedCalibration {
  return { kind: "calibration", format: FORMAT, ...content };
}

/** Coefficients that count before those of mtop, for a model on so many GPUs of each kind. */
export function vectorsFor(
  calibrations: readonly SavedCalibration[],
  { repositories }: Pick<ModelFacts, "repositories">,
  tensorParallel: number,
): CoefficientVector[] {
  return calibrations.filter((each) =>
    each.tensorParallel === tensorParallel && repositories.includes(each.model.toLowerCase())
  ).map(({ vector, gpu }) => ({ ...vector, gpus: [gpu] })).reverse();
}

/** `qwen-qwen3-32b_h100-sxm_tp2.json`. */
export function calibrationFileName({ model, gpu, tensorParallel }: CalibratedServer): string {
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9.]+/g, "-");
  return `${plain(model)}_${plain(gpu)}_tp${tensorParallel}.json`;
}
