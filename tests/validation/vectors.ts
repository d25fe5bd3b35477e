// What is known of the coefficients before any run is looked at, and which GPUs a fitted vector is for.

import type { Coefficients, Generation } from "../../src/serving/coefficients.ts";

/**
 * Where a fit begins, and where what the runs say nothing of stays. Shares of peak as vLLM's authors
 * and others report them for large matrices and FlashAttention on Hopper (some 60 %), of bandwidth
 * some 95 %; times are of the order that single kernels and Python take. They are guesses: the fit's
 * priors let runs move them by half and more.
 */
export const BEFORE: Coefficients = {
  compute: 1.6,
  narrow: 1,
  expertCompute: 3,
  attention: 1.6,
  weights: 1.06,
  expertWeights: 1.06,
  prefillKv: 1.06,
  decodeKv: 1.06,
  activations: 1.1,
  allReduce: 1.2,
  allReduceUs: 6,
  allToAll: 1.2,
  pointToPoint: 1.2,
  exchangeUs: 10,
  lora: 1,
  kernelUs: 3,
  layerUs: 40,
  expertLayerUs: 25,
  promptLayerUs: 25,
  requestUs: 10,
  stepUs: 300,
  syncStepUs: 1000,
  syncRequestUs: 30,
  syncAdmissionUs: 10_000,
  admissionUs: 6000,
  admissionTokenUs: 4,
  completionUs: 777.35,
  tokenUs: 45.91,
};

/** Of coefficients that no run is fitted to. */
export const NOTES: Readonly<Partial<Record<keyof Coefficients, string>>> = {
  prefillKv: "a guess, 95 % of bandwidth; too small a part of a step to be fitted",
  allToAll: "not fitted: as the all-reduce was guessed before its fit; so is pointToPoint",
  exchangeUs:
    "p2p_latency of aiconfigurator 095f58a systems/*.yaml; for all-to-all and pipeline only",
  lora: "physical cost, not fitted",
  kernelUs:
    "mem_empirical_constant_latency of aiconfigurator 095f58a systems/*.yaml; for LoRA only",
  completionUs: "BLIS trained-physics, inference-sim f90a1e3 defaults.yaml; so is tokenUs",
};

/** GPUs that no run was measured on; they get the vector of Hopper on their own datasheet. */
export const TRANSFERRED: readonly {
  readonly generation: Generation;
  readonly gpus: readonly string[];
  /** Published shares of single kernels, where they are far from Hopper's. */
  readonly changes?: Partial<Coefficients>;
  readonly source?: string;
}[] = [
  { generation: "hopper", gpus: ["H100-PCIe"] },
  { generation: "ampere", gpus: ["A100-SXM-80GB", "A30"] },
  { generation: "ada", gpus: ["L4", "L40S"] },
  { generation: "blackwell", gpus: ["B200-SXM", "B300-SXM", "GB200"] },
  {
    generation: "cdna3",
    gpus: ["MI300X"],
    changes: { compute: 2.2222, weights: 1.2346, expertWeights: 1.2346, decodeKv: 1.2346 },
    source: "shares of peak and bandwidth (45 and 81 %): AMD MI300X GPU Performance Analysis, " +
      "arXiv 2510.27583",
  },
];
