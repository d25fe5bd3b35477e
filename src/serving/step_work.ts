// What one engine step asks of each GPU: FLOPs, bytes read and bytes exchanged; it knows no coefficient.

import {
  activeLayerWeights,
  attentionLayers,
  bytesPerWeight,
  everyTokenBytes,
  expectedExperts,
  expertWeights,
  kvBytesByAttention,
  type KvDtype,
  kvShards,
  type ModelFacts,
  outputWeights,
} from "./models.ts";

/** Over how many GPUs a model is divided, and how. */
export interface Division {
  readonly tensorParallel: number;
  readonly pipelineParallel: number;
  /** Ranks with a batch each, which do the work of the experts together. */
  readonly dataParallel: number;
  /** Whole experts on each GPU, instead of a slice of every one. */
  readonly expertParallel: boolean;
  /** Nodes that the ranks or the stages are spread over evenly; absent: all GPUs are peers. */
  readonly nodes?: number;
}

/**
 * A step is one cycle of the pipeline: `pipelineParallel` microbatches, each with its share of the
 * batch, go through stages of as many layers each; without a pipeline it is one forward pass. All
 * amounts are those of one GPU in one cycle, of the batch of one data-parallel rank.
 */
export interface StepWork {
  /** FLOPs a token in the matrices of the layers, but for the routed experts'. */
  readonly layerFlops: number;
  /** FLOPs a token in its routed experts. */
  readonly expertFlops: number;
  /** FLOPs a unit of `prefillAttention`, and of its counterpart in layers with a window. */
  readonly attentionFlops: number;
  readonly windowAttentionFlops: number;
  /** FLOPs of attention a token of context of a decoding request. */
  readonly contextFlops: number;
  readonly windowContextFlops: number;
  /** FLOPs of the output layer a request, which samples one token. */
  readonly outputFlops: number;
  readonly outputBytes: number;
  /** Bytes of keys and values a token of context, in layers of full attention and with a window. */
  readonly contextBytes: number;
  readonly windowContextBytes: number;
  /** Bytes of the layers' weights that every step reads: a stage its own, once a microbatch. */
  readonly everyTokenBytes: number;
  /** Bytes of routed experts that a step of so many tokens is expected to read. */
  expertBytes(tokens: number): number;
  /** Bytes a token that go through memory between the matrices, see `activationBytes`. */
  readonly activationBytes: number;
  /** Bytes a token that a ring all-reduce sends; how many all-reduces a cycle has. */
  readonly allReduceBytes: number;
  readonly allReduces: number;
  /** Bytes a token that dispatch and combine bring to a GPU; how many of either. */
  readonly allToAllBytes: number;
  readonly allToAlls: number;
  /** Bytes a token that go from stage to stage; hops of a cycle. */
  readonly pointToPointBytes: number;
  readonly hops: number;
  /** Of either, from 0 to 1, what goes from node to node: of other ranks' tokens, and of the hops. */
  readonly allToAllRemote: number;
  readonly hopsRemote: number;
}

export function stepWork(model: ModelFacts, division: Division, kvDtype: KvDtype): StepWork {
  const { tensorParallel, pipelineParallel } = division;
  const gpus = tensorParallel * pipelineParallel;
  const routedWeights = routedLayerWeights(model);
  const output = outputWeights(model);
  const kv = kvBytesByAttention(model, kvDtype);
  const shards = kvShards(model, tensorParallel) * pipelineParallel;
  const attention = attentionFlops(model);
  const { full, window } = attentionLayers(model);
  return {
    layerFlops: 2 * (activeLayerWeights(model) - routedWeights) / gpus,
    // Ranks of data parallelism bring as many tokens as GPUs: the share of one GPU stays the same.
    expertFlops: 2 * routedWeights / gpus,
    attentionFlops: full * attention.prefill / gpus,
    windowAttentionFlops: window * attention.prefill / gpus,
    contextFlops: full * attention.decode / gpus,
    windowContextFlops: window * attention.decode / gpus,
    outputFlops: 2 * output / gpus,
    outputBytes: output * bytesPerWeight(model.dtype) / tensorParallel,
    contextBytes: kv.full / shards,
    windowContextBytes: kv.window / shards,
    everyTokenBytes: everyTokenBytes(model) / tensorParallel,
    expertBytes: expertBytesOf(model, division),
    activationBytes: activationBytes(model, division),
    ...exchanges(model, division),
  };
}

/** Weights of the routed experts that one token goes through, over all layers. */
function routedLayerWeights(model: ModelFacts): number {
  const { experts } = model;
  return experts ? experts.layers * experts.active * expertWeights(model, experts) : 0;
}

/**
 * FLOPs of one layer: a unit of `prefillAttention` is half a pair of query and key, and a pair costs
 * 4 · heads · head size (scores and values). Latent attention decodes in the compressed space:
 * scores over kvRank + rope, values over kvRank (DeepSeek-V2, arXiv 2405.04434 §2.1.2).
 */
function attentionFlops({ heads, headSize, latent }: ModelFacts) {
  if (!latent) return { prefill: 2 * heads * headSize, decode: 4 * heads * headSize };
  const { kvRank, ropeHeadSize, nopeHeadSize, valueHeadSize } = latent;
  return {
    prefill: heads * (nopeHeadSize + ropeHeadSize + valueHeadSize),
    decode: 2 * heads * (2 * kvRank + ropeHeadSize),
  };
}

/**
 * Experts are divided over all ranks, which bring their tokens together; a GPU that has whole ones
 * cannot read less than one, if any token came. A stage reads what a microbatch touches in its layers,
 * once for each: in a cycle as much as one microbatch touches in all layers.
 */
function expertBytesOf(model: ModelFacts, division: Division): (tokens: number) => number {
  const { tensorParallel, pipelineParallel, dataParallel, expertParallel } = division;
  const { experts } = model;
  if (!experts) return () => 0;
  const oneExpert = experts.layers * expertWeights(model, experts) *
    bytesPerWeight(experts.precision);
  const group = tensorParallel * dataParallel;
  return (tokens) => {
    const touched = expectedExperts(experts, Math.ceil(tokens * dataParallel / pipelineParallel));
    const share = touched / group;
    return oneExpert * (expertParallel ? Math.max(share, Math.min(1, touched)) : share);
  };
}

/** Reads and writes of the hidden state in a layer, between its matrices: norms and residuals. */
const HIDDEN_PASSES = 12;
/** Of the queries, keys and values, before and after their rotation. */
const HEAD_PASSES = 5;

/**
 * What the kernels between the matrices read and write of a token: the hidden state, which every
 * tensor-parallel GPU does for itself, and its share of the heads and of the feed-forward's gate, up
 * and product. Counted from the layer's operations; `activations` scales it.
 */
function activationBytes(model: ModelFacts, division: Division): number {
  const { layers, hidden, feedForward, feedForwardMatrices = 3, experts, dtype } = model;
  const heads = layers * (model.heads + 2 * model.kvHeads) * model.headSize;
  const { tensorParallel, pipelineParallel } = division;
  const dense = (layers - (experts?.layers ?? 0)) * feedForward;
  const routed = experts
    ? experts.layers * (experts.active * experts.feedForward + experts.sharedFeedForward)
    : 0;
  const wide = (feedForwardMatrices * (dense + routed) + HEAD_PASSES * heads) / tensorParallel;
  return (HIDDEN_PASSES * layers * hidden + wide) * bytesPerWeight(dtype) / pipelineParallel;
}

/**
 * Two all-reduces a layer, after attention and after the feed-forward: a ring sends 2·(n−1)/n of the
 * activations. With data-parallel ranks the experts' all-reduce gives way to dispatch and combine in
 * vLLM's default `allgather_reducescatter`: a GPU gets the tokens of all other ranks, and sends as
 * many partial sums back.
 */
function exchanges(model: ModelFacts, division: Division) {
  const { tensorParallel, pipelineParallel, dataParallel } = division;
  const activation = model.hidden * bytesPerWeight(model.dtype);
  const dispatched = dataParallel > 1 ? model.experts?.layers ?? 0 : 0;
  const units = 2 * model.layers - dispatched;
  const hops = pipelineParallel > 1 ? pipelineParallel : 0;
  return {
    allReduceBytes: units * activation * 2 * (tensorParallel - 1) / tensorParallel /
      pipelineParallel,
    allReduces: tensorParallel > 1 ? units : 0,
    allToAllBytes: 2 * dispatched * activation * (dataParallel - 1) / pipelineParallel,
    allToAlls: 2 * dispatched,
    pointToPointBytes: hops === 0 ? 0 : activation,
    hops,
    ...remoteShares(division),
  };
}

/**
 * Of the ranks other than its own those that are on other nodes; of the stages those whose next one is,
 * the last one's being the first.
 */
function remoteShares({ dataParallel, pipelineParallel, nodes = 1 }: Division) {
  const others = Math.max(1, dataParallel - 1);
  return {
    allToAllRemote: nodes > 1 ? (dataParallel - dataParallel / nodes) / others : 0,
    hopsRemote: nodes > 1 ? Math.min(1, nodes / pipelineParallel) : 0,
  };
}
