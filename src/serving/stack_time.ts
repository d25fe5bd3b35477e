// How long a stack of layers takes with a vector of coefficients; it knows no adapters, and of the host
// only what it is told.

import type { Coefficients } from "./coefficients.ts";
import type { GpuFacts } from "./gpus.ts";
import { networkLink, peerGigabytesPerSecond } from "./links.ts";
import type { KvDtype, ModelFacts, Precision } from "./models.ts";
import type { StepBatch } from "./step_time.ts";
import { type Division, type StepWork, stepWork } from "./step_work.ts";

const PS_PER_US = 1e6;
const PS_PER_S = 1e12;

/** Overheads of the host: once a step, and once a request of it. */
export interface HostTime {
  readonly stepUs: number;
  readonly requestUs: number;
}

/** In picoseconds, not rounded. */
export interface StackTime {
  fixedPs(batch: StepBatch): number;
  readonly contextPs: number;
  readonly windowContextPs: number;
}

/**
 * Rows of a query tile, the larger of the two sizes that FlashAttention-2 uses (Dao 2023, arXiv
 * 2307.08691, §3.3): so many queries share one reading of the keys and values before them.
 */
const QUERY_TILE = 128;

/** The FLOP/s of a precision; those the GPU has no matrices for are computed in 16 bits. */
export function peakFlops(gpu: GpuFacts, precision: Precision): number {
  // int8 and fp8 have one peak on every GPU that has both. Weights of 4 bits (AWQ, GPTQ, mxfp4) are
  // widened: vLLM multiplies them with activations of 16 bits.
  return (narrowTflops(gpu, precision) ?? gpu.bf16Tflops) * 1e12;
}

/** The peak in 8 bits; undefined where the GPU computes this precision in 16. */
function narrowTflops({ fp8Tflops }: GpuFacts, precision: Precision): number | undefined {
  return precision === "fp8" || precision === "int8" ? fp8Tflops : undefined;
}

/** Of a model, or of the layers that draft for it. `host` is charged once a pass. */
export function stackTime(
  model: ModelFacts,
  gpu: GpuFacts,
  division: Division,
  coefficients: Coefficients,
  host: HostTime,
  kvDtype: KvDtype,
): StackTime {
  const work = stepWork(model, division, kvDtype);
  const rates = ratesOf(model, gpu, (division.nodes ?? 1) > 1);
  const terms = termsOf(model, work, rates, coefficients, host);
  const { decodeKv, attention } = coefficients;
  const contextPs = (bytes: number, flops: number) =>
    Math.max(
      decodeKv * bytes / rates.bandwidth * PS_PER_S,
      Math.max(1, attention) * flops / rates.peak16 * PS_PER_S,
    );
  return {
    fixedPs: (batch) => Math.max(stepPs(terms, batch), floorPs(work, rates, batch)),
    contextPs: contextPs(work.contextBytes, work.contextFlops),
    windowContextPs: contextPs(work.windowContextBytes, work.windowContextFlops),
  };
}

/** FLOP/s and bytes/s. */
interface Rates {
  readonly peak: number;
  /** Whether that is the peak in 8 bits. */
  readonly narrow: boolean;
  readonly expertPeak: number;
  /** Of attention and of the output layer, which are in 16 bits. */
  readonly peak16: number;
  readonly bandwidth: number;
  readonly link: number;
  /** One GPU's to another node, and what a message waits before its first byte, in µs. */
  readonly network: number;
  readonly networkUs: number;
}

/** `remote`: some GPUs are on other nodes. */
function ratesOf(model: ModelFacts, gpu: GpuFacts, remote: boolean): Rates {
  const network = remote ? networkLink(gpu) : undefined;
  return {
    network: (network?.gigabytesPerSecond ?? Infinity) * 1e9,
    networkUs: network?.latencyUs ?? 0,
    peak: peakFlops(gpu, model.precision),
    narrow: narrowTflops(gpu, model.precision) !== undefined,
    expertPeak: peakFlops(gpu, model.experts?.precision ?? model.precision),
    peak16: peakFlops(gpu, model.dtype),
    bandwidth: gpu.hbmTBps * 1e12,
    link: peerGigabytesPerSecond(gpu) * 1e9,
  };
}

/** The parts of a step, in picoseconds. */
interface Terms {
  readonly overheadPs: number;
  /** More where there are prompts in the step. */
  readonly promptPs: number;
  readonly perRequestPs: number;
  /** FLOPs of the matrices that every token goes through, and of the routed experts, a token. */
  readonly matrixPs: number;
  readonly expertPs: number;
  readonly weightPs: number;
  readonly outputWeightPs: number;
  readonly outputPs: number;
  expertWeightPs(tokens: number): number;
  attentionPs(batch: StepBatch): number;
  /** Activations and exchanges between GPUs, a token. */
  readonly perTokenPs: number;
}

function termsOf(
  model: ModelFacts,
  work: StepWork,
  rates: Rates,
  c: Coefficients,
  host: HostTime,
): Terms {
  const { bandwidth, link, peak, narrow, expertPeak, peak16 } = rates;
  const readPs = (bytes: number) => bytes / bandwidth * PS_PER_S;
  const linkPs = (bytes: number) => bytes / link * PS_PER_S;
  const fullPs = c.attention * work.attentionFlops / peak16 * PS_PER_S;
  const windowPs = c.attention * work.windowAttentionFlops / peak16 * PS_PER_S;
  return {
    overheadPs: overheadUs(model, work, c, host, rates) * PS_PER_US,
    promptPs: c.promptLayerUs * model.layers * PS_PER_US,
    perRequestPs: host.requestUs * PS_PER_US,
    matrixPs: c.compute * (narrow ? c.narrow : 1) * work.layerFlops / peak * PS_PER_S,
    expertPs: c.expertCompute * work.expertFlops / expertPeak * PS_PER_S,
    weightPs: c.weights * readPs(work.everyTokenBytes),
    outputWeightPs: c.weights * readPs(work.outputBytes),
    outputPs: c.compute * work.outputFlops / peak16 * PS_PER_S,
    expertWeightPs: (tokens) => c.expertWeights * readPs(work.expertBytes(tokens)),
    attentionPs: (batch) =>
      fullPs * batch.prefillAttention + windowPs * windowAttention(batch) +
      prefillKvPs(work, readPs, batch) * c.prefillKv,
    perTokenPs: c.activations * readPs(work.activationBytes) +
      c.allReduce * linkPs(work.allReduceBytes) + c.allToAll * allToAllPs(work, rates) +
      c.pointToPoint * pointToPointPs(work, rates),
  };
}

/** What comes from the GPUs of the own node and from those of others comes at once, over links of its own. */
function allToAllPs({ allToAllBytes, allToAllRemote }: StepWork, { link, network }: Rates): number {
  const near = allToAllBytes * (1 - allToAllRemote) / link;
  return Math.max(near, allToAllBytes * allToAllRemote / network) * PS_PER_S;
}

/** One hop after the other. */
function pointToPointPs(
  { pointToPointBytes, hopsRemote }: StepWork,
  { link, network }: Rates,
): number {
  return pointToPointBytes * ((1 - hopsRemote) / link + hopsRemote / network) * PS_PER_S;
}

/** Two units of attention are a pair; a tile of queries reads what is before it, a token is written. */
function prefillKvPs(work: StepWork, readPs: (bytes: number) => number, batch: StepBatch): number {
  const tokens = (attention: number) => batch.prefillTokens + attention / (2 * QUERY_TILE);
  return readPs(work.contextBytes) * tokens(batch.prefillAttention) +
    readPs(work.windowContextBytes) * tokens(windowAttention(batch));
}

/** What a step takes whatever is in it: host, kernels of the layers, latencies of the exchanges. */
function overheadUs(
  { layers, experts }: ModelFacts,
  { allReduces, allToAlls, hops, allToAllRemote, hopsRemote }: StepWork,
  c: Coefficients,
  { stepUs }: HostTime,
  { networkUs }: Rates,
): number {
  // One stage after the other has the host's overhead: as many as a cycle has hops.
  const steps = stepUs * Math.max(1, hops);
  return c.layerUs * layers + c.expertLayerUs * (experts?.layers ?? 0) + steps +
    c.allReduceUs * allReduces + c.exchangeUs * (allToAlls + hops) +
    networkUs * ((allToAllRemote > 0 ? allToAlls : 0) + hops * hopsRemote);
}

/** In layers with a window, in units of `prefillAttention`. */
function windowAttention(
  { prefillTokens, prefillAttention, prefillWindowAttention }: StepBatch,
): number {
  return prefillWindowAttention === undefined
    ? prefillAttention
    : prefillWindowAttention - prefillTokens;
}

/**
 * A matrix multiplication waits for its weights or for its tensor cores, and near where both take
 * equally long for some of either: the two are combined as legs of a right triangle. (The square root
 * is the same to the bit everywhere, which other powers are not.)
 */
function longer(computePs: number, readPs: number): number {
  return Math.sqrt(computePs * computePs + readPs * readPs);
}

function stepPs(terms: Terms, batch: StepBatch): number {
  const { prefillTokens, decodeTokens, requests } = batch;
  const tokens = prefillTokens + decodeTokens;
  return longer(terms.matrixPs * tokens, terms.weightPs) +
    longer(terms.expertPs * tokens, terms.expertWeightPs(tokens)) +
    longer(terms.outputPs * requests, terms.outputWeightPs) + terms.attentionPs(batch) +
    terms.perTokenPs * tokens + terms.perRequestPs * requests + terms.overheadPs +
    (prefillTokens > 0 ? terms.promptPs : 0);
}

/** No step is faster than its FLOPs at the datasheet's peak, nor than reading its weights in full. */
function floorPs(work: StepWork, rates: Rates, batch: StepBatch): number {
  const tokens = batch.prefillTokens + batch.decodeTokens;
  const matrices = tokens * work.layerFlops / rates.peak +
    tokens * work.expertFlops / rates.expertPeak;
  const attention = batch.prefillAttention * work.attentionFlops +
    windowAttention(batch) * work.windowAttentionFlops;
  const compute = matrices + attention / rates.peak16;
  const bytes = work.everyTokenBytes + work.expertBytes(tokens);
  return Math.max(compute, bytes / rates.bandwidth) * PS_PER_S;
}
