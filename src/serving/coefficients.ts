// The step time's coefficients by GPU, with where each comes from; it knows no formula.

import vectors from "./coefficients.json" with { type: "json" };
import type { GpuFacts } from "./gpus.ts";

export type Generation = "ampere" | "ada" | "hopper" | "blackwell" | "cdna3";

/** `calibrated` only when `deno task calibrate` fitted the vector to measured runs of its GPUs. */
export type Calibration = "calibrated" | "uncalibrated";

/** Multiples of an ideal time, unless they end in Us (µs). */
export interface Coefficients {
  /** Of the time that the FLOPs of the matrices take at their precision's peak. */
  readonly compute: number;
  /** Times `compute` where the GPU computes in 8 bits: below 1 where these come nearer to their peak. */
  readonly narrow: number;
  /** As `compute` of routed experts, in any precision. */
  readonly expertCompute: number;
  /** As `compute` of attention's pairs of query and key, in 16 bits. */
  readonly attention: number;
  /** Of the time that reading weights takes at memory bandwidth; of routed experts. */
  readonly weights: number;
  readonly expertWeights: number;
  /** Of writing and reading keys and values at memory bandwidth. */
  readonly prefillKv: number;
  readonly decodeKv: number;
  /** Of what goes through memory between the matrices. */
  readonly activations: number;
  /** Of the bytes of a ring all-reduce, at the link's rate. */
  readonly allReduce: number;
  /** Once an all-reduce. */
  readonly allReduceUs: number;
  /** Of the bytes of expert dispatch and combine at the link's rate. */
  readonly allToAll: number;
  /** Of the activations that go from a pipeline stage to the next, at the link's rate. */
  readonly pointToPoint: number;
  /** Once a dispatch, a combine, or a hop between stages. */
  readonly exchangeUs: number;
  /** Of the bytes and FLOPs of LoRA adapters. */
  readonly lora: number;
  /** Of one more kernel (LoRA). */
  readonly kernelUs: number;
  readonly layerUs: number;
  /** More in a layer with routed experts: routing, sorting, more kernels. */
  readonly expertLayerUs: number;
  /** More in a layer where prompts are among the batch: its attention is not part of a CUDA graph. */
  readonly promptLayerUs: number;
  readonly requestUs: number;
  readonly stepUs: number;
  /** More where the host schedules a step only when the one before is over: it is waited for. */
  readonly syncStepUs: number;
  readonly syncRequestUs: number;
  readonly syncAdmissionUs: number;
  /** From arrival at the API server to the waiting queue; and as much more for a token of the prompt. */
  readonly admissionUs: number;
  readonly admissionTokenUs: number;
  /** From the last token to the end of the response. */
  readonly completionUs: number;
  /** Detokenising and sending one output token, outside the step. */
  readonly tokenUs: number;
}

/**
 * How far a simulation is from runs that the vector was not fitted to: medians over runs of the relative
 * error of the mean, in parts per million.
 */
export interface CalibrationError {
  readonly ttftPpm?: number;
  readonly tpotPpm?: number;
  readonly e2ePpm?: number;
  /** How many runs. */
  readonly runs: number;
}

/** One vector and its provenance; the file `coefficients.json` is a list of them. */
export interface CoefficientVector {
  readonly generation: Generation;
  readonly gpus: readonly string[];
  readonly calibration: Calibration;
  /** Absent of a vector that nothing was held against. */
  readonly error?: CalibrationError;
  /** The day it was entered, YYYY-MM-DD. */
  readonly recorded: string;
  readonly fittedOn: string;
  readonly source: string;
  readonly coefficients: Coefficients;
  /** By coefficient. */
  readonly notes: Readonly<Partial<Record<keyof Coefficients, string>>>;
}

export const COEFFICIENTS = vectors as readonly CoefficientVector[];

/**
 * The vector of this GPU, of a slice that of the GPU it was cut from: of `own` the first that names it, else that of mtop. Throws when none names
 * the GPU.
 */
export function coefficientsOf(
  { name, sliceOf = name }: Pick<GpuFacts, "name" | "sliceOf">,
  own: readonly CoefficientVector[] = [],
): CoefficientVector {
  const vector = [...own, ...COEFFICIENTS].find(({ gpus }) => gpus.includes(sliceOf));
  if (!vector) throw new Error(`Cannot time a step on "${name}": no coefficients name this GPU`);
  return vector;
}
