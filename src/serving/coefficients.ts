// The step time's coefficients by GPU generation, with where each comes from; it knows no formula.

import vectors from "./coefficients.json" with { type: "json" };
import type { GpuFacts } from "./gpus.ts";

export type Generation = "ampere" | "ada" | "hopper" | "blackwell" | "cdna3";

/** `calibrated` only when `deno task calibrate` fitted the vector to measured runs of its GPUs. */
export type Calibration = "calibrated" | "uncalibrated";

/** Multiples of an ideal time, unless they end in Us (µs). */
export interface Coefficients {
  /** Of the time that a prefill's FLOPs take at the peak of their precision. */
  readonly prefillCompute: number;
  readonly decodeCompute: number;
  /** Of the time that reading the weights takes at memory bandwidth. */
  readonly weights: number;
  /** Of writing and reading keys and values at memory bandwidth. */
  readonly prefillKv: number;
  readonly decodeKv: number;
  /** Of the bytes of a ring all-reduce, at the rate that `allReduceOver` names. */
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
  readonly requestUs: number;
  readonly stepUs: number;
  /** From arrival at the API server to the waiting queue. */
  readonly admissionUs: number;
  /** From the last token to the end of the response. */
  readonly completionUs: number;
  /** Detokenising and sending one output token, outside the step. */
  readonly tokenUs: number;
}

/** One vector and its provenance; the file `coefficients.json` is a list of them. */
export interface CoefficientVector {
  readonly generation: Generation;
  readonly gpus: readonly string[];
  readonly calibration: Calibration;
  /** The day it was entered, YYYY-MM-DD. */
  readonly recorded: string;
  readonly fittedOn: string;
  readonly source: string;
  /** Whether compute and memory terms were fitted to be added, or overlap: the longer one counts. */
  readonly overlap: "added" | "roofline";
  /** Whether the output layer is a term of its own, or in the other coefficients. */
  readonly outputLayer: "absorbed" | "charged";
  readonly allReduceOver: "hbm" | "link";
  readonly coefficients: Coefficients;
  /** By coefficient. */
  readonly notes: Readonly<Partial<Record<keyof Coefficients, string>>>;
}

export const COEFFICIENTS = vectors as readonly CoefficientVector[];

/** The vector of this GPU's generation. Throws when none names the GPU. */
export function coefficientsOf({ name }: Pick<GpuFacts, "name">): CoefficientVector {
  const vector = COEFFICIENTS.find(({ gpus }) => gpus.includes(name));
  if (!vector) throw new Error(`Cannot time a step on "${name}": no coefficients name this GPU`);
  return vector;
}
