// What a model server's engine can hold on a GPU, or vLLM's words for why it cannot start there.

import {
  BLOCK_TOKENS,
  kvBlocks,
  kvCapacity,
  NULL_BLOCKS,
  requestBlocks,
} from "../serving/capacity.ts";
import type { GpuFacts } from "../serving/gpus.ts";
import type { EngineLimits } from "../serving/limits.ts";
import type { ModelFacts } from "../serving/models.ts";
import { weightBytesPerGpu } from "../serving/weight_shards.ts";
import type { CannotStart } from "./pod.ts";

/** How a service's pods serve: read out of its object, see `scenario/services.ts`. */
export interface ServingPlan {
  readonly model: ModelFacts;
  readonly gpusPerPod: number;
  readonly tensorParallel: number;
  readonly gpuMemoryUtilization: number;
  readonly maxModelLen: number;
  /** Absent: vLLM's default for the GPU a pod lands on. */
  readonly maxNumSeqs?: number;
  readonly maxNumBatchedTokens?: number;
}

/**
 * The limits of a server on this GPU, or vLLM's words for why it cannot start. Defaults are vLLM's
 * for an API server (`EngineArgs.get_batch_defaults`): 8,192 tokens and 1,024 sequences on GPUs of
 * 70 GiB and more but A100, else 2,048 and 256.
 */
export function engineLimits(
  serving: ServingPlan,
  gpu: GpuFacts,
): EngineLimits | CannotStart {
  const { model, maxModelLen } = serving;
  const tooBig = outOfMemory(weightBytesPerGpu(model, serving), gpu);
  if (tooBig) return tooBig;
  const large = gpu.memoryGiB >= 70 && !gpu.name.startsWith("A100");
  const maxNumSeqs = serving.maxNumSeqs ?? (large ? 1024 : 256);
  const maxNumBatchedTokens = serving.maxNumBatchedTokens ?? (large ? 8192 : 2048);
  const shape = { ...serving, gpu, maxNumSeqs, maxNumBatchedTokens };
  const blocks = kvBlocks(shape);
  if (blocks <= 0) {
    return {
      cannotStart: "ValueError: No available memory for the cache blocks. Try increasing " +
        "`gpu_memory_utilization` when initializing the engine.",
    };
  }
  const needed = requestBlocks(model, maxModelLen, maxNumBatchedTokens);
  if (kvCapacity(shape).blocks - NULL_BLOCKS < needed) {
    return {
      cannotStart: `ValueError: To serve at least one request with the models's max seq len ` +
        `(${maxModelLen}), more KV cache is needed than the ${
          blocks * BLOCK_TOKENS
        } tokens that fit.`,
    };
  }
  // The engine counts layers with a window as if they kept all of the context (see `kvBlocks`), so
  // what it can hold of one request may be less than what vLLM can.
  const held = Math.min(maxModelLen, blocks * BLOCK_TOKENS);
  return { kvBlocks: blocks, maxModelLen: held, maxNumSeqs, maxNumBatchedTokens };
}

/** PyTorch's words when the weights alone are more than the GPU holds. */
export function outOfMemory(
  bytes: number | undefined,
  { memoryGiB }: GpuFacts,
): CannotStart | undefined {
  if (bytes === undefined || bytes <= memoryGiB * 2 ** 30) return undefined;
  return {
    cannotStart: `torch.OutOfMemoryError: CUDA out of memory. GPU 0 has a total capacity of ` +
      `${memoryGiB.toFixed(2)} GiB`,
    beforeLoading: true,
  };
}
