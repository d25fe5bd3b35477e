// How many weights a model's facts add up to: held, read by a step and multiplied for a token.
//
// Norms, biases and scales, well below 1 % of the weights, are left out.

import { bytesPerWeight, type ExpertFacts, type ModelFacts } from "./model_facts.ts";

/** Weights of one layer's attention: query, key, value and output. */
export function attentionWeights(model: ModelFacts): number {
  const { hidden, heads, latent } = model;
  if (!latent) return 2 * hidden * (heads + model.kvHeads) * model.headSize;
  const { kvRank, ropeHeadSize, queryRank, nopeHeadSize, valueHeadSize } = latent;
  const queries = heads * (nopeHeadSize + ropeHeadSize);
  const query = queryRank === 0 ? hidden * queries : queryRank * (hidden + queries);
  const keyValue = hidden * (kvRank + ropeHeadSize) +
    kvRank * heads * (nopeHeadSize + valueHeadSize);
  return query + keyValue + heads * valueHeadSize * hidden;
}

/** Weights of one dense layer: attention and feed-forward. */
export function layerWeights(model: ModelFacts): number {
  return attentionWeights(model) + feedForwardWeights(model, model.feedForward);
}

/** Weights of one expert of one layer. */
export function expertWeights(model: ModelFacts, experts: ExpertFacts): number {
  return feedForwardWeights(model, experts.feedForward);
}

function feedForwardWeights(model: ModelFacts, width: number): number {
  return (model.feedForwardMatrices ?? 3) * model.hidden * width;
}

/** Weights of all layers which every token goes through: all but the routed experts. */
export function everyTokenWeights(model: ModelFacts): number {
  const { layers, experts } = model;
  const dense = layers - (experts?.layers ?? 0);
  const shared = experts ? feedForwardWeights(model, experts.sharedFeedForward) : 0;
  return layers * attentionWeights(model) + dense * feedForwardWeights(model, model.feedForward) +
    (experts ? experts.layers * (shared + routerWeights(model, experts)) : 0);
}

/** One layer's router: a score an expert. */
function routerWeights(model: ModelFacts, { count }: ExpertFacts): number {
  return model.hidden * count;
}

/**
 * Weights of all layers that one token is multiplied with: two FLOPs each. Embeddings and output
 * layer are not among them.
 */
export function activeLayerWeights(model: ModelFacts): number {
  const { experts } = model;
  const routed = experts ? experts.layers * experts.active * expertWeights(model, experts) : 0;
  return everyTokenWeights(model) + routed;
}

/** Weights of the output layer, which multiplies each token that is sampled. */
export function outputWeights({ vocabulary, hidden }: ModelFacts): number {
  return vocabulary * hidden;
}

/**
 * How many different experts of a layer `tokens` tokens touch, each picking `active` of `count` by
 * itself and evenly: `count · (1 − (1 − active/count)^tokens)`, the expectation. Real routers are
 * less even, so they touch fewer. `tokens` is a whole number.
 */
export function expectedExperts({ count, active }: ExpertFacts, tokens: number): number {
  return count * (1 - power(1 - active / count, tokens));
}

/** By squaring: `**` differs in its last bits from one V8 to another, products do not. */
function power(base: number, exponent: number): number {
  let result = 1;
  for (let [square, rest] = [base, exponent]; rest > 0; square *= square) {
    if (rest % 2 === 1) result *= square;
    rest = Math.floor(rest / 2);
  }
  return result;
}

/** Bytes of the weights that every step reads, whatever its tokens: embeddings not among them. */
export function everyTokenBytes(model: ModelFacts): number {
  return everyTokenWeights(model) * bytesPerWeight(model.precision);
}

/** Bytes of all routed experts of all layers. */
export function expertBytes(model: ModelFacts): number {
  const { experts } = model;
  if (!experts) return 0;
  const { layers, count, precision } = experts;
  return layers * count * expertWeights(model, experts) * bytesPerWeight(precision);
}

/** Bytes of embeddings, output layer, learned positions and what is beside the decoder. */
export function embeddingBytes(model: ModelFacts): number {
  const tables = (model.tiedEmbeddings ? 1 : 2) * outputWeights(model);
  const positions = (model.learnedPositions ?? 0) * model.hidden;
  const weights = tables + positions + (model.besideDecoder ?? 0);
  return weights * bytesPerWeight(model.dtype);
}

/** Bytes of all weights that a replica holds once, embedding and output layer included. */
export function weightBytes(model: ModelFacts): number {
  return everyTokenBytes(model) + expertBytes(model) + embeddingBytes(model);
}

/**
 * Bytes of the published checkpoint: what is fetched. It also has the layers for multi-token
 * prediction, each with embeddings of its own and a matrix that joins two of them (DeepSeek-V3,
 * arXiv 2412.19437 §2.2).
 */
export function checkpointBytes(model: ModelFacts): number {
  const { predictionLayers = 0, experts } = model;
  if (predictionLayers === 0) return weightBytes(model);
  const one = { ...model, layers: 1, ...(experts ? { experts: { ...experts, layers: 1 } } : {}) };
  const join = 2 * model.hidden * model.hidden * bytesPerWeight(model.dtype);
  return weightBytes(model) + predictionLayers * (weightBytes(one) + join);
}
