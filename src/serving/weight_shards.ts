// What one GPU of a replica holds of the model's weights, as vLLM spreads them.

import { bytesPerWeight, type ModelFacts } from "./model_facts.ts";
import {
  attentionWeights,
  embeddingBytes,
  expertBytes,
  expertWeights,
  layerWeights,
} from "./model_weights.ts";

/** How a replica's model is spread over GPUs. */
export interface Parallelism {
  readonly tensorParallel: number;
  readonly pipelineParallel?: number;
  /** Ranks that each have their own requests; they share out the experts among them. */
  readonly dataParallel?: number;
}

/** Layers of each pipeline stage: the first stage begins with layer 0. */
export interface Stage {
  readonly first: number;
  readonly layers: number;
}

/**
 * vLLM's stages (`get_pp_indices`): as even as can be, and layers left over go to those before the
 * last, which has the output layer to compute.
 */
export function pipelineStages(layers: number, stages: number): Stage[] {
  const even = Math.floor(layers / stages);
  const over = layers % stages;
  let first = 0;
  return Array.from({ length: stages }, (_, index) => {
    const extra = index < stages - 1 && index >= stages - 1 - over ? 1 : 0;
    const stage = { first, layers: even + extra };
    first += stage.layers;
    return stage;
  });
}

/** Bytes of weights that a GPU of the stage that has most holds. */
export function weightBytesPerGpu(model: ModelFacts, parallelism: Parallelism): number {
  const stages = pipelineStages(model.layers, parallelism.pipelineParallel ?? 1);
  return Math.max(...stages.map((stage) => stageBytesPerGpu(model, parallelism, stage)));
}

/**
 * Bytes of weights that a GPU of one stage holds. Tensor parallelism divides matrices and
 * embeddings; experts are divided over its ranks and those of data parallelism (with
 * `--enable-expert-parallel` as wholes, else each in slices: the bytes are the same).
 */
export function stageBytesPerGpu(
  model: ModelFacts,
  { tensorParallel, dataParallel = 1 }: Parallelism,
  { first, layers }: Stage,
): number {
  const bytes = bytesPerWeight(model.precision);
  const { experts } = model;
  const dense = model.layers - (experts?.layers ?? 0);
  const denseHere = Math.min(Math.max(dense - first, 0), layers);
  const expertsHere = layers - denseHere;
  const routed = experts
    ? expertBytes(model) * expertsHere / experts.layers / (tensorParallel * dataParallel)
    : 0;
  const feedForward = (layerWeights(model) - attentionWeights(model)) * denseHere;
  const shared = experts ? sharedWeights(model) * expertsHere : 0;
  const routers = experts ? model.hidden * experts.count * expertsHere : 0;
  const edges = edgeBytes(model, first, layers) / tensorParallel;
  return layers * attentionPerGpu(model, tensorParallel) * bytes +
    (feedForward + shared) / tensorParallel * bytes + routers * bytes + routed + edges;
}

/** Weights of the shared experts of one layer. */
function sharedWeights(model: ModelFacts): number {
  const { experts } = model;
  if (!experts) return 0;
  return expertWeights(model, { ...experts, feedForward: experts.sharedFeedForward });
}

/**
 * Weights of one layer's attention on one GPU. Each has its share of the heads, and a whole KV head
 * where there are fewer of them than GPUs; latent attention's compressing matrices are on every one.
 */
function attentionPerGpu(model: ModelFacts, tensorParallel: number): number {
  const { hidden, kvHeads, headSize, latent } = model;
  const all = attentionWeights(model);
  if (latent) {
    const everywhere = hidden * (latent.queryRank + latent.kvRank + latent.ropeHeadSize);
    return everywhere + (all - everywhere) / tensorParallel;
  }
  const keyValue = 2 * hidden * kvHeads * headSize;
  return (all - keyValue) / tensorParallel + keyValue / Math.min(tensorParallel, kvHeads);
}

/** The first stage has the embedding, the last the output layer, each a copy of it where it is one. */
function edgeBytes(model: ModelFacts, first: number, layers: number): number {
  const isFirst = first === 0;
  const isLast = first + layers === model.layers;
  if (isFirst && isLast) return embeddingBytes(model);
  const table = model.vocabulary * model.hidden * bytesPerWeight(model.dtype);
  const others = embeddingBytes(model) - (model.tiedEmbeddings ? 1 : 2) * table;
  return (isFirst ? table + others : 0) + (isLast ? table : 0);
}
