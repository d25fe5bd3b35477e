// How much KV cache is left on the GPUs once the weights are in, as vLLM computes it.

import type { GpuFacts } from "./gpus.ts";
import { kvBytesPerToken, type ModelFacts, weightBytes } from "./models.ts";

/** vLLM's default KV block, in tokens. */
export const BLOCK_TOKENS = 16;

const GIB = 2 ** 30;

/**
 * Activations, CUDA context and NCCL buffers of one GPU in GiB. Measured: vLLM 0.15.1 on H100-SXM
 * reported 31,356 blocks for Llama-2-70B TP4 and 26,602 for CodeLlama-34B TP2; 0.90 of 80 GiB less
 * weights and those blocks leaves 1.60 and 1.61 GiB.
 */
const OVERHEAD_GIB = 1.6;

/** KV-cache blocks of a replica; negative when the weights alone do not fit. */
export function kvBlocks(
  model: ModelFacts,
  gpu: GpuFacts,
  tensorParallel: number,
  gpuMemoryUtilization: number,
): number {
  const usable = gpu.memoryGiB * GIB * gpuMemoryUtilization - OVERHEAD_GIB * GIB -
    weightBytes(model) / tensorParallel;
  // Fewer KV heads than GPUs: each GPU still holds one whole head.
  const shards = Math.min(tensorParallel, model.kvHeads);
  return Math.floor(usable / (BLOCK_TOKENS * kvBytesPerToken(model) / shards));
}
