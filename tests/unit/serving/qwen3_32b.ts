// Qwen3-32B as its config.json has it, written out: the model of the measured cold start.
import type { ModelFacts } from "../../../src/serving/models.ts";

/** Its 64 heads of 128 are wider than its hidden size of 5120. */
export const QWEN3_32B: ModelFacts = {
  repositories: ["qwen/qwen3-32b"],
  layers: 64,
  hidden: 5120,
  heads: 64,
  kvHeads: 8,
  headSize: 128,
  feedForward: 25_600,
  vocabulary: 151_936,
  tiedEmbeddings: false,
  precision: "bf16",
  dtype: "bf16",
  maxPositions: 40_960,
};
