// How long one engine step takes: the port, and the published physical formula behind it.

import type { GpuFacts } from "./gpus.ts";
import { layerWeights, type ModelFacts } from "./models.ts";

/** What a step computes, summed over its requests. */
export interface StepBatch {
  readonly prefillTokens: number;
  /** Sum over prefill chunks of t·(2·s + t): t new tokens after s that are there already. */
  readonly prefillAttention: number;
  readonly decodeTokens: number;
  readonly requests: number;
}

/**
 * Integer picoseconds, so that k decode steps of an unchanged batch add up exactly: a step takes
 * `fixedPs(batch) + contextPs × (tokens of context of its decoding requests)`.
 */
export interface StepTime {
  /** `calibrated` only when the coefficients were fitted to measured runs of this GPU. */
  readonly calibration: "calibrated" | "uncalibrated";
  readonly contextPs: number;
  fixedPs(batch: StepBatch): number;
  /** From arrival at the API server to the waiting queue, in µs. */
  readonly admissionUs: number;
  /** From the last token to the end of the response, in µs. */
  readonly completionUs: number;
  /** Detokenising and sending one output token, outside the step, in µs. */
  readonly tokenUs: number;
}

/**
 * Coefficients of BLIS trained-physics (inference-sim f90a1e3, `defaults.yaml`, Apache-2.0): one
 * vector for all models and GPUs, fitted to vLLM on H100. It stands at a median E2E error of 6.7 %
 * on runs it was not fitted to, by its own account; mtop has not measured it, hence `uncalibrated`.
 */
const BLIS = {
  prefillCompute: 0.152128,
  decodeKv: 1.94710771,
  weights: 1.36252915,
  tensorParallel: 0.752037,
  layerUs: 32.09546717,
  requestUs: 4.41684444,
  stepUs: 126.024825,
  admissionUs: 15_563.2,
  completionUs: 777.35,
  tokenUs: 45.91,
} as const;

const PS_PER_US = 1e6;
const PS_PER_S = 1e12;

/** The step time of a model on `tensorParallel` GPUs by the published physical formula. */
export function physicalStepTime(
  model: ModelFacts,
  gpu: GpuFacts,
  tensorParallel: number,
): StepTime {
  const { layers, hidden, heads, headSize, bytesPerWeight } = model;
  const flops = gpu.bf16Tflops * 1e12;
  const bandwidth = gpu.hbmTBps * 1e12;
  const kv = model.kvHeads * headSize;
  const weightRead = layers * layerWeights(model) * bytesPerWeight / tensorParallel / bandwidth;
  const perTokenFlops = layers * 2 * layerWeights(model) / tensorParallel;
  // 4·(h/tp)·t·(s + t/2)·d_h, with the batch's t·(2s + t) being twice t·(s + t/2).
  const attentionFlops = layers * 2 * heads * headSize / tensorParallel;
  // Two all-reduces a layer, charged at memory bandwidth; the coefficient absorbs the ratio.
  const allReduceBytes = layers * 2 * hidden * bytesPerWeight * 2 * (tensorParallel - 1) /
    tensorParallel;
  const contextBytes = layers * 2 * kv / tensorParallel * bytesPerWeight;

  const base = BLIS.weights * weightRead * PS_PER_S +
    (BLIS.layerUs * layers + BLIS.stepUs) * PS_PER_US;
  const perRequest = BLIS.requestUs * PS_PER_US;
  const perPrefillToken = BLIS.prefillCompute * perTokenFlops / flops * PS_PER_S;
  const perAttention = BLIS.prefillCompute * attentionFlops / flops * PS_PER_S;
  const perToken = BLIS.tensorParallel * allReduceBytes / bandwidth * PS_PER_S;
  return {
    calibration: "uncalibrated",
    contextPs: Math.round(BLIS.decodeKv * contextBytes / bandwidth * PS_PER_S),
    fixedPs: ({ prefillTokens, prefillAttention, requests, decodeTokens }) =>
      Math.round(
        base + perRequest * requests + perPrefillToken * prefillTokens +
          perAttention * prefillAttention + perToken * (prefillTokens + decodeTokens),
      ),
    admissionUs: Math.round(BLIS.admissionUs),
    completionUs: Math.round(BLIS.completionUs),
    tokenUs: Math.round(BLIS.tokenUs),
  };
}
