// How many bytes a published checkpoint holds, for models whose speed mtop does not model yet.

import { findModel, weightBytes } from "./models.ts";

/** One set of published weights: mixture-of-experts models, and precisions below 16 bits. */
export interface CheckpointFacts {
  /** Hugging Face repositories that hold weights of this size, lower case. */
  readonly repositories: readonly string[];
  /** Bytes of all weights as they are stored, which is what is fetched and held by the GPUs. */
  readonly bytes: number;
}

/**
 * Sources: `total_size` in `model.safetensors.index.json` of the first repository named where it is
 * known to the byte (DeepSeek, gpt-oss); else the parameters that its `config.json` adds up to (for
 * Llama 4 those that Hugging Face counts), times two bytes of bf16.
 */
const FACTS: readonly CheckpointFacts[] = [
  {
    repositories: ["deepseek-ai/deepseek-v3", "deepseek-ai/deepseek-r1"],
    // fp8, with the multi-token prediction layer.
    bytes: 688_586_727_753,
  },
  {
    repositories: [
      "deepseek-ai/deepseek-v2-lite",
      "deepseek-ai/deepseek-v2-lite-chat",
      "deepseek-ai/deepseek-coder-v2-lite-instruct",
    ],
    bytes: bf16(15_706_484_224),
  },
  {
    repositories: ["mistralai/mixtral-8x7b-instruct-v0.1", "mistralai/mixtral-8x7b-v0.1"],
    bytes: bf16(46_702_792_704),
  },
  // Experts in mxfp4 (4.25 bits a weight), the rest in bf16.
  { repositories: ["openai/gpt-oss-120b"], bytes: 65_248_815_744 },
  { repositories: ["openai/gpt-oss-20b"], bytes: 13_761_264_768 },
  {
    repositories: [
      "qwen/qwen3-30b-a3b",
      "qwen/qwen3-30b-a3b-instruct-2507",
      "qwen/qwen3-30b-a3b-thinking-2507",
      "qwen/qwen3-coder-30b-a3b-instruct",
    ],
    bytes: bf16(30_532_122_624),
  },
  {
    repositories: [
      "qwen/qwen3-235b-a22b",
      "qwen/qwen3-235b-a22b-instruct-2507",
      "qwen/qwen3-235b-a22b-thinking-2507",
    ],
    bytes: bf16(235_093_634_560),
  },
  {
    repositories: ["qwen/qwen3-coder-480b-a35b-instruct"],
    bytes: bf16(480_154_875_392),
  },
  {
    repositories: [
      "meta-llama/llama-4-scout-17b-16e-instruct",
      "meta-llama/llama-4-scout-17b-16e",
    ],
    bytes: bf16(108_641_793_536),
  },
];

function bf16(parameters: number): number {
  return 2 * parameters;
}

/** Every repository name that `findCheckpoint` knows. */
export const CHECKPOINT_NAMES = FACTS.flatMap((checkpoint) => checkpoint.repositories);

/** The facts of the first name that is known; upper and lower case are the same. */
export function findCheckpoint(names: readonly string[]): CheckpointFacts | undefined {
  for (const name of names) {
    const wanted = name.toLowerCase();
    const checkpoint = FACTS.find(({ repositories }) => repositories.includes(wanted));
    if (checkpoint) return checkpoint;
  }
  return undefined;
}

/** Bytes of the weights as they were published, else by the model's architecture. */
export function publishedBytes(names: readonly string[]): number | undefined {
  const model = findModel(names);
  return findCheckpoint(names)?.bytes ?? (model && weightBytes(model));
}
