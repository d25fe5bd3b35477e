// How much KV cache is left on the GPUs once the weights are in, as vLLM computes it.

import { deviceBytes, type GpuFacts } from "./gpus.ts";
import { attentionLayers, kvBytesPerLayer, kvShards } from "./kv_bytes.ts";
import { bytesPerWeight, type KvDtype, type ModelFacts } from "./model_facts.ts";
import { type Parallelism, pipelineStages, type Stage, stageBytesPerGpu } from "./weight_shards.ts";

/** vLLM's default KV block, in tokens. */
export const BLOCK_TOKENS = 16;

/** Blocks that so many tokens take. */
export function blocksOf(tokens: number): number {
  return Math.ceil(tokens / BLOCK_TOKENS);
}

/** Block 0 stands for "nothing here" in vLLM's block tables (`BlockPool.null_block`): never handed out. */
export const NULL_BLOCKS = 1;

const GIB = 2 ** 30;

/**
 * What a worker process holds beside PyTorch's tensors (CUDA's context, cuBLAS), and what it holds
 * more as soon as GPUs work together (NCCL, custom all-reduce). Fitted: with the activations below
 * they leave vLLM 0.15.1's 31,356 blocks of Llama-2-70B TP4 and 26,602 of CodeLlama-34B TP2 on
 * H100-SXM, and vLLM 0.19's 2,588 of Llama-3.1-8B on RTX 4090.
 */
const PROCESS_GIB = 0.48;
const COLLECTIVES_GIB = 0.16;

/**
 * Bytes of an element of the sampler's [sequences, vocabulary]: 32-bit logits, their sort for top-p
 * with 64-bit indices, probabilities and sums. Chosen to agree with two reports, which come to about
 * 21: 3.04 GiB of activations with Qwen3-8B on H100 (vllm-project/vllm#48037), and 1,381 blocks left
 * of a Llama-3.1-70B in int8 (vllm-project/vllm#12569, taken as an H100 with 1,024 sequences, which
 * it does not say).
 */
const SAMPLER_BYTES = 22;

/** One replica as vLLM is started. */
export interface ReplicaShape extends Parallelism {
  readonly model: ModelFacts;
  readonly gpu: GpuFacts;
  readonly gpuMemoryUtilization: number;
  readonly kvDtype?: KvDtype;
  readonly maxNumSeqs: number;
  readonly maxNumBatchedTokens: number;
}

/**
 * How vLLM's hybrid KV-cache manager groups layers (`_get_kv_cache_groups_uniform_page_size`): each
 * group has equally many layers of one kind of attention, takes its own block for every 16 tokens,
 * and a block is one page of each of its layers.
 */
export interface KvGroups {
  /** Layers of a group; the last one of a kind may be padded. */
  readonly layers: number;
  /** Groups of layers with full attention. */
  readonly full: number;
  /** Groups of layers with a sliding window. */
  readonly window: number;
}

export interface KvCapacity {
  /** vLLM's `num_gpu_blocks`, the null block among them; not positive when nothing is left. */
  readonly blocks: number;
  readonly groups: KvGroups;
}

/** The groups of a model's layers: one where all are of a kind. */
export function kvGroups(model: ModelFacts): KvGroups {
  const { full, window } = attentionLayers(model);
  if (full === 0) return { layers: window, full: 0, window: 1 };
  if (window === 0) return { layers: full, full: 1, window: 0 };
  const fewer = Math.min(full, window);
  const more = Math.max(full, window);
  // vLLM up to 0.13 drew the line at 1.25; no model of the catalogue lies between.
  const layers = more < fewer * 1.5 ? more : fewer;
  return { layers, full: Math.ceil(full / layers), window: Math.ceil(window / layers) };
}

/** KV-cache blocks of a replica, of the pipeline stage that can hold fewest. */
export function kvCapacity(shape: ReplicaShape): KvCapacity {
  const groups = kvGroups(shape.model);
  const stages = pipelineStages(shape.model.layers, shape.pipelineParallel ?? 1);
  const blocks = Math.min(...stages.map((stage) => stageBlocks(shape, groups, stage)));
  return { blocks, groups };
}

/**
 * KV-cache blocks that requests of a replica can have, each of 16 tokens of context; not positive
 * when none can. Where layers have windows, each group counts as if it kept all of the context: as
 * many tokens as vLLM's log gives as `GPU KV cache size`, and fewer than long contexts really find.
 */
export function kvBlocks(shape: ReplicaShape): number {
  const { blocks, groups } = kvCapacity(shape);
  return Math.floor((blocks - NULL_BLOCKS) / (groups.full + groups.window));
}

/**
 * Blocks that a request may come to hold, by which vLLM tells its `Maximum concurrency`: a group
 * with a window frees what has slid out of it only when the next chunk is scheduled
 * (`SlidingWindowSpec.max_memory_usage_bytes`).
 */
export function requestBlocks(
  model: ModelFacts,
  tokens: number,
  maxNumBatchedTokens: number,
): number {
  const groups = kvGroups(model);
  const all = blocksOf(tokens);
  const window = model.slidingWindow?.tokens ?? 0;
  const held = Math.min(window - 1 + maxNumBatchedTokens, tokens);
  return groups.full * all + groups.window * (blocksOf(held) + 1);
}

function stageBlocks(shape: ReplicaShape, groups: KvGroups, stage: Stage): number {
  const { model, gpu, tensorParallel, gpuMemoryUtilization } = shape;
  const usable = Math.ceil(deviceBytes(gpu) * gpuMemoryUtilization) -
    stageBytesPerGpu(model, shape, stage) - processBytes(shape) - activationBytes(shape);
  const page = BLOCK_TOKENS * kvBytesPerLayer(model, shape.kvDtype) /
    kvShards(model, tensorParallel);
  // Groups take their layers in turns, so a stage has an even share of each.
  const layers = Math.ceil(groups.layers * stage.layers / model.layers);
  return Math.floor(usable / (page * layers));
}

function processBytes({ tensorParallel, pipelineParallel = 1, dataParallel = 1 }: Parallelism) {
  const together = tensorParallel * pipelineParallel * dataParallel > 1;
  return (PROCESS_GIB + (together ? COLLECTIVES_GIB : 0)) * GIB;
}

/**
 * The peak of PyTorch's tensors in vLLM's profile run: a forward pass of `max-num-batched-tokens`,
 * then a sampling of `max-num-seqs` sequences. CUDA graphs are not among them: vLLM up to 0.20 takes
 * them from what `gpu-memory-utilization` leaves free.
 */
function activationBytes(shape: ReplicaShape): number {
  const { model, maxNumSeqs, maxNumBatchedTokens } = shape;
  const bytes = bytesPerWeight(model.dtype);
  const states = maxNumBatchedTokens * model.hidden * bytes;
  const forward = 2 * states + maxNumBatchedTokens * feedForwardElements(shape) * bytes;
  const sequences = Math.min(maxNumSeqs, maxNumBatchedTokens);
  return Math.max(forward, states + sequences * model.vocabulary * SAMPLER_BYTES);
}

/**
 * Elements of a token in a feed-forward layer: gate, up and their product; of a mixture, of each of
 * its experts, whose first result and last share a buffer (vLLM's `fused_experts`).
 */
function feedForwardElements({ model, tensorParallel }: ReplicaShape): number {
  const { experts, feedForward, hidden } = model;
  const matrices = model.feedForwardMatrices ?? 3;
  const dense = matrices * feedForward / tensorParallel;
  if (!experts) return dense;
  const width = experts.feedForward / tensorParallel;
  return Math.max(dense, experts.active * (width + Math.max(2 * width, hidden)));
}
