// What a model server's engine can hold on a GPU, or vLLM's words for why it cannot start there.

import { BLOCK_TOKENS, kvCapacity, NULL_BLOCKS, requestBlocks } from "../serving/capacity.ts";
import { COEFFICIENTS, type CoefficientVector } from "../serving/coefficients.ts";
import { draftModel, type Speculation } from "../serving/draft_model.ts";
import { deviceBytes, type GpuFacts } from "../serving/gpus.ts";
import { kvBytesPerToken, kvShards } from "../serving/kv_bytes.ts";
import type { EngineLimits } from "../serving/limits.ts";
import { kvBytesPerBlockOfGpu } from "../serving/links.ts";
import { loraWork } from "../serving/lora_work.ts";
import {
  bytesPerWeight,
  embeddingBytes,
  type KvDtype,
  type ModelFacts,
} from "../serving/models.ts";
import { weightBytesPerGpu } from "../serving/weight_shards.ts";
import type { CannotStart } from "./pod_template.ts";

/** How a service's pods serve: read out of its object, see `scenario/serving.ts`. */
export interface ServingPlan {
  /** As it is served: `--quantization` and `--dtype` have changed it. */
  readonly model: ModelFacts;
  readonly gpusPerPod: number;
  readonly tensorParallel: number;
  /** Stages, ranks with an engine each, and whole experts on a GPU; default 1, 1 and false. */
  readonly pipelineParallel?: number;
  readonly dataParallel?: number;
  readonly expertParallel?: boolean;
  /** Pods of one server, over which its ranks or its stages are spread evenly; default 1. */
  readonly pods?: number;
  readonly gpuMemoryUtilization: number;
  readonly maxModelLen: number;
  /** Absent: vLLM's default for the GPU a pod lands on. */
  readonly maxNumSeqs?: number;
  readonly maxNumBatchedTokens?: number;
  readonly kvDtype?: KvDtype;
  readonly policy?: "fcfs" | "priority";
  readonly prefixCaching?: boolean;
  /** See `EngineLimits`; default false, vLLM's own depends on its version. */
  readonly asyncScheduling?: boolean;
  /** Host memory of each engine for keys and values, of all its GPUs together. */
  readonly offloadBytes?: number;
  /** Adapters in one batch (`--max-loras`), and the rank that memory is kept for. */
  readonly lora?: { readonly slots: number; readonly rank: number };
  readonly speculative?: ServingSpeculation;
  /** Coefficients that were fitted to engines like these, before those of mtop. */
  readonly vectors?: readonly CoefficientVector[];
}

/** What drafts, and how many of its tokens a step are accepted on average, in millionths. */
export interface ServingSpeculation extends Speculation {
  readonly acceptedPpm: number;
}

/**
 * Slices of GPUs cannot reach each other (NVIDIA MIG User Guide, "Application Considerations": no
 * peer-to-peer, no CUDA IPC between instances); the words are vLLM's, `pynccl_wrapper.py`.
 */
const NO_PEERS = "RuntimeError: NCCL error: invalid usage (run with NCCL_DEBUG=WARN for details)";

/** The limits of each engine of a server on this GPU, or the words with which it ends. */
export function engineLimits(serving: ServingPlan, gpu: GpuFacts): EngineLimits | CannotStart {
  const { model, maxModelLen, pipelineParallel = 1 } = serving;
  if (gpu.sliceOf !== undefined && serving.tensorParallel * pipelineParallel > 1) {
    return cannotStart(NO_PEERS);
  }
  const tooBig = outOfMemory(weightBytesPerGpu(model, serving), gpu);
  if (tooBig) return tooBig;
  if (!COEFFICIENTS.some(({ gpus }) => gpus.includes(gpu.sliceOf ?? gpu.name))) {
    return cannotStart(`Cannot time a step on "${gpu.name}": no coefficients name this GPU`);
  }
  const batch = batchLimits(serving, gpu);
  if ("cannotStart" in batch) return batch;
  const pool = kvPool(serving, gpu, batch);
  if (pool.tokens <= 0) {
    return cannotStart(
      "ValueError: No available memory for the cache blocks. Try increasing " +
        "`gpu_memory_utilization` when initializing the engine.",
    );
  }
  const needed = requestBlocks(model, maxModelLen, batch.maxNumBatchedTokens);
  // The engine counts layers with a window as if they kept all of the context (see `kvBlocks`), so
  // what it can hold of one request may be less than what vLLM can. Drafts have slots beside it.
  const held = Math.min(maxModelLen, pool.tokens - (serving.speculative?.tokens ?? 0));
  if (pool.pages - NULL_BLOCKS < needed || held <= 0) {
    return cannotStart(
      `ValueError: To serve at least one request with the models's max seq len ` +
        `(${maxModelLen}), more KV cache is needed than the ${pool.tokens} tokens that fit. ` +
        "Try increasing `gpu_memory_utilization` or decreasing `max_model_len` when initializing the engine.",
    );
  }
  return {
    kvBlocks: pool.tokens / BLOCK_TOKENS,
    maxModelLen: held,
    ...engineBatch(batch, pipelineParallel, serving.speculative),
    ...optionsOf(serving),
    ...(serving.offloadBytes !== undefined && { offloadBlocks: offloadBlocks(serving) }),
  };
}

function cannotStart(words: string): CannotStart {
  return { cannotStart: words };
}

function optionsOf(serving: ServingPlan) {
  const { policy, prefixCaching, asyncScheduling, lora, speculative } = serving;
  return {
    ...(policy === undefined ? {} : { policy }),
    ...(prefixCaching === undefined ? {} : { prefixCaching }),
    ...(asyncScheduling === undefined ? {} : { asyncScheduling }),
    ...(lora && { maxLoras: lora.slots }),
    ...(speculative && {
      speculative: { tokens: speculative.tokens, acceptedPpm: speculative.acceptedPpm },
    }),
  };
}

/** Bytes of a block, the draft's layers included, that one GPU holds and offloads over its own link. */
export function offloadedBytesPerBlock(serving: ServingPlan): number {
  const { model, tensorParallel, pipelineParallel, kvDtype, speculative } = serving;
  const draft = speculative && draftModel(model, speculative)?.model;
  const bytes = (facts: ModelFacts) =>
    kvBytesPerBlockOfGpu(facts, tensorParallel, pipelineParallel, kvDtype);
  return bytes(model) + (draft ? bytes(draft) : 0);
}

/**
 * vLLM's `CPUOffloadingSpec`: each GPU keeps what it has of a block, so copies of a KV head on several
 * GPUs take their room several times.
 */
function offloadBlocks(serving: ServingPlan): number {
  const { offloadBytes = 0, tensorParallel, pipelineParallel = 1 } = serving;
  const gpus = tensorParallel * pipelineParallel;
  return Math.floor(offloadBytes / (offloadedBytesPerBlock(serving) * gpus));
}

type BatchLimits = Pick<EngineLimits, "maxNumSeqs" | "maxNumBatchedTokens">;

/**
 * vLLM's defaults for an API server (`EngineArgs.get_batch_defaults`): 8,192 tokens and 1,024
 * sequences on GPUs of 70 GiB and more but A100, else 2,048 and 256; either is lowered where the
 * other, as it was given, leaves it no use (`_set_default_max_num_seqs_and_batched_tokens_args`).
 */
function batchLimits(serving: ServingPlan, gpu: GpuFacts): BatchLimits | CannotStart {
  const large = gpu.memoryGiB >= 70 && !gpu.name.startsWith("A100");
  const seqs = serving.maxNumSeqs ?? (large ? 1024 : 256);
  const maxNumBatchedTokens = serving.maxNumBatchedTokens ??
    Math.min(seqs * serving.maxModelLen, large ? 8192 : 2048);
  const maxNumSeqs = serving.maxNumSeqs ?? Math.min(seqs, maxNumBatchedTokens);
  const tooFew = tooFewTokens(maxNumBatchedTokens, maxNumSeqs);
  if (tooFew) return cannotStart(tooFew);
  const tokensAStep = 1 + (serving.speculative?.tokens ?? 0);
  if (maxNumBatchedTokens < tokensAStep) {
    return cannotStart(
      `Cannot verify ${tokensAStep - 1} drafts in a step of max_num_batched_tokens ` +
        `(${maxNumBatchedTokens})`,
    );
  }
  return { maxNumSeqs, maxNumBatchedTokens };
}

/** vLLM's words (`SchedulerConfig.verify_max_model_len`). */
export function tooFewTokens(tokens: number, seqs: number): string | undefined {
  if (tokens >= seqs) return undefined;
  return `ValueError: max_num_batched_tokens (${tokens}) must be greater than or equal to ` +
    `max_num_seqs (${seqs}).`;
}

/**
 * As the engine counts them: a step is one cycle of the pipeline, in which each stage has a batch of
 * its own. Where all sequences with their drafts pass the budget, vLLM lets some of them wait for the
 * next step; here no more are admitted than the budget has room for.
 */
function engineBatch(
  { maxNumSeqs, maxNumBatchedTokens }: BatchLimits,
  stages: number,
  speculative: ServingSpeculation | undefined,
): BatchLimits {
  const budget = stages * maxNumBatchedTokens;
  const room = Math.floor(budget / (1 + (speculative?.tokens ?? 0)));
  return { maxNumSeqs: Math.min(maxNumSeqs, room), maxNumBatchedTokens: budget };
}

/** vLLM's blocks, the null block among them, and the tokens of context that requests can have in them. */
function kvPool(serving: ServingPlan, gpu: GpuFacts, batch: BatchLimits) {
  const { model, kvDtype } = serving;
  // What a GPU holds beside the model is as if vLLM had been given that much less of it.
  const gpuMemoryUtilization = serving.gpuMemoryUtilization -
    besideModelBytes(serving) / deviceBytes(gpu);
  const { blocks, groups } = kvCapacity({ ...serving, ...batch, gpu, gpuMemoryUtilization });
  const draft = serving.speculative && draftModel(model, serving.speculative)?.model;
  const bytes = (facts: ModelFacts) =>
    kvBytesPerToken(facts, kvDtype) / kvShards(facts, serving.tensorParallel);
  // The draft's layers keep the same tokens, in pages of the same blocks.
  const share = draft ? bytes(model) / (bytes(model) + bytes(draft)) : 1;
  const pages = Math.floor(blocks * share);
  const usable = Math.floor((pages - NULL_BLOCKS) / (groups.full + groups.window));
  return { pages, tokens: usable * BLOCK_TOKENS };
}

/** Bytes on a GPU of what drafts, and of the slots that vLLM keeps for adapters of the full rank. */
function besideModelBytes(serving: ServingPlan): number {
  const { model, tensorParallel, pipelineParallel = 1, lora } = serving;
  // `BaseLinearLayerWithLoRA.create_lora_weights` allocates `max_loras` of each layer's pair.
  const adapters = lora
    ? lora.slots * loraWork(model, lora.rank, tensorParallel).adapterBytes / pipelineParallel
    : 0;
  return adapters + draftBytes(serving);
}

/** A draft model has all its weights, a module of the model's own shares embedding and output layer. */
function draftBytes({ model, tensorParallel, dataParallel = 1, speculative }: ServingPlan): number {
  const draft = speculative && draftModel(model, speculative);
  if (!draft) return 0;
  const all = weightBytesPerGpu(draft.model, { tensorParallel, dataParallel });
  if (speculative.method === "draft_model") return all;
  const join = draft.joinWeights * bytesPerWeight(model.dtype);
  return all + (join - embeddingBytes(draft.model)) / tensorParallel;
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
