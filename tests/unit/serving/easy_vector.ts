// Coefficients to work with by hand: no two alike, so that none can stand for another; of no real GPU.
import type { Coefficients, CoefficientVector } from "../../../src/serving/coefficients.ts";

export const EASY: CoefficientVector = {
  generation: "hopper",
  gpus: ["H100-SXM"],
  calibration: "calibrated",
  recorded: "2026-01-01",
  fittedOn: "nothing",
  source: "made up for tests",
  coefficients: {
    compute: 1.5,
    narrow: 0.8,
    expertCompute: 3,
    attention: 2,
    weights: 1.25,
    expertWeights: 1.75,
    prefillKv: 1.1,
    decodeKv: 1.2,
    activations: 0.5,
    allReduce: 1.6,
    allReduceUs: 7,
    allToAll: 1.3,
    pointToPoint: 1.7,
    exchangeUs: 10,
    lora: 1.4,
    kernelUs: 3,
    layerUs: 20,
    expertLayerUs: 11,
    promptLayerUs: 13,
    requestUs: 5,
    stepUs: 100,
    syncStepUs: 1000,
    syncRequestUs: 30,
    syncAdmissionUs: 4000,
    admissionUs: 6000,
    admissionTokenUs: 2.5,
    completionUs: 700,
    tokenUs: 50,
  },
  notes: {},
};

/** The easy vector with some of its coefficients changed. */
export function easyVector(changes: Partial<Coefficients>): CoefficientVector {
  return { ...EASY, coefficients: { ...EASY.coefficients, ...changes } };
}

/** These coefficients alone: all others are 0, so that a step has these parts, or is at its roofline. */
export function onlyVector(coefficients: Partial<Coefficients>): CoefficientVector {
  const names = Object.keys(EASY.coefficients);
  const none = Object.fromEntries(names.map((name) => [name, 0])) as unknown as Coefficients;
  return { ...EASY, coefficients: { ...none, ...coefficients } };
}
