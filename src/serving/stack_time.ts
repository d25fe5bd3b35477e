// How long a stack of layers takes with a vector of coefficients; it knows neither host nor adapters.

import type { CoefficientVector } from "./coefficients.ts";
import type { GpuFacts } from "./gpus.ts";
import { peerGigabytesPerSecond } from "./links.ts";
import type { KvDtype, ModelFacts, Precision } from "./models.ts";
import type { StepBatch } from "./step_time.ts";
import { type Division, type StepWork, stepWork } from "./step_work.ts";

const PS_PER_US = 1e6;
const PS_PER_S = 1e12;

/** What is added before anything else: overheads of the host. */
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
  const narrow = precision === "fp8" || precision === "int8";
  return (narrow ? gpu.fp8Tflops ?? gpu.bf16Tflops : gpu.bf16Tflops) * 1e12;
}

/** Of a model, or of the layers that draft for it. */
export function stackTime(
  model: ModelFacts,
  gpu: GpuFacts,
  division: Division,
  vector: CoefficientVector,
  host: HostTime,
  kvDtype: KvDtype,
): StackTime {
  const work = stepWork(model, division, kvDtype);
  const rates = ratesOf(model, gpu, vector);
  const terms = termsOf(model, work, rates, vector, host);
  const fixedPs = vector.overlap === "added" ? added(terms) : overlapped(terms);
  const { decodeCompute, decodeKv } = vector.coefficients;
  const contextPs = (bytes: number, flops: number) =>
    Math.max(
      decodeKv * bytes / rates.bandwidth * PS_PER_S,
      Math.max(1, decodeCompute) * flops / rates.peak16 * PS_PER_S,
    );
  return {
    fixedPs: (batch) => Math.max(fixedPs(batch), floorPs(work, rates, batch)),
    contextPs: contextPs(work.contextBytes, work.contextFlops),
    windowContextPs: contextPs(work.windowContextBytes, work.windowContextFlops),
  };
}

/** FLOP/s and bytes/s. */
interface Rates {
  readonly peak: number;
  readonly expertPeak: number;
  /** Of attention and of the output layer, which are in 16 bits. */
  readonly peak16: number;
  readonly bandwidth: number;
  readonly link: number;
  readonly allReduce: number;
}

function ratesOf(model: ModelFacts, gpu: GpuFacts, vector: CoefficientVector): Rates {
  const bandwidth = gpu.hbmTBps * 1e12;
  const link = peerGigabytesPerSecond(gpu) * 1e9;
  return {
    peak: peakFlops(gpu, model.precision),
    expertPeak: peakFlops(gpu, model.experts?.precision ?? model.precision),
    peak16: peakFlops(gpu, model.dtype),
    bandwidth,
    link,
    allReduce: vector.allReduceOver === "hbm" ? bandwidth : link,
  };
}

/** The parts of a step, in picoseconds. */
interface Terms {
  readonly overheadPs: number;
  readonly perRequestPs: number;
  /** FLOPs of the matrices. */
  readonly perPrefillPs: number;
  readonly perDecodePs: number;
  readonly perOutputPs: number;
  attentionPs(batch: StepBatch): number;
  weightPs(tokens: number): number;
  prefillKvPs(batch: StepBatch): number;
  /** All exchanges between GPUs, a token. */
  readonly perTokenPs: number;
}

function termsOf(
  model: ModelFacts,
  work: StepWork,
  rates: Rates,
  vector: CoefficientVector,
  host: HostTime,
): Terms {
  const { coefficients: c } = vector;
  const { bandwidth } = rates;
  const charged = vector.outputLayer === "charged";
  const matrixPs = (multiple: number) =>
    multiple * work.layerFlops / rates.peak * PS_PER_S +
    multiple * work.expertFlops / rates.expertPeak * PS_PER_S;
  const attentionPs = c.prefillCompute * work.attentionFlops / rates.peak16 * PS_PER_S;
  const windowPs = c.prefillCompute * work.windowAttentionFlops / rates.peak16 * PS_PER_S;
  const kvPs = (bytes: number) => c.prefillKv * bytes / bandwidth * PS_PER_S;
  const [fullKvPs, windowKvPs] = [kvPs(work.contextBytes), kvPs(work.windowContextBytes)];
  const outputPs = charged ? c.weights * work.outputBytes / bandwidth * PS_PER_S : 0;
  return {
    overheadPs: overheadUs(model, work, vector, host) * PS_PER_US,
    perRequestPs: host.requestUs * PS_PER_US,
    perPrefillPs: matrixPs(c.prefillCompute),
    perDecodePs: matrixPs(c.decodeCompute),
    perOutputPs: charged ? c.decodeCompute * work.outputFlops / rates.peak16 * PS_PER_S : 0,
    attentionPs: (batch) =>
      attentionPs * batch.prefillAttention + windowPs * windowAttention(batch),
    weightPs: (tokens) => c.weights * (work.weightBytes(tokens) / bandwidth) * PS_PER_S + outputPs,
    // Half a pair is a unit; each tile of queries reads what is before it, each token is written.
    prefillKvPs: (batch) =>
      fullKvPs * (batch.prefillTokens + batch.prefillAttention / (2 * QUERY_TILE)) +
      windowKvPs * (batch.prefillTokens + windowAttention(batch) / (2 * QUERY_TILE)),
    perTokenPs: c.allReduce * work.allReduceBytes / rates.allReduce * PS_PER_S +
      c.allToAll * work.allToAllBytes / rates.link * PS_PER_S +
      c.pointToPoint * work.pointToPointBytes / rates.link * PS_PER_S,
  };
}

/** What a step takes whatever is in it: host, kernels of the layers, latencies of the exchanges. */
function overheadUs(
  { layers }: ModelFacts,
  { allReduces, allToAlls, hops }: StepWork,
  { coefficients: c }: CoefficientVector,
  { stepUs }: HostTime,
): number {
  // One stage after the other has the host's overhead: as many as a cycle has hops.
  const steps = stepUs * Math.max(1, hops);
  return c.layerUs * layers + steps + c.allReduceUs * allReduces +
    c.exchangeUs * (allToAlls + hops);
}

/** In layers with a window, in units of `prefillAttention`. */
function windowAttention(
  { prefillTokens, prefillAttention, prefillWindowAttention }: StepBatch,
): number {
  return prefillWindowAttention === undefined
    ? prefillAttention
    : prefillWindowAttention - prefillTokens;
}

/** All terms one after the other: coefficients that were fitted so. */
function added(terms: Terms): (batch: StepBatch) => number {
  return (batch) => {
    const { prefillTokens, decodeTokens, requests } = batch;
    const tokens = prefillTokens + decodeTokens;
    return terms.weightPs(tokens) + terms.overheadPs + terms.perRequestPs * requests +
      terms.perPrefillPs * prefillTokens + terms.attentionPs(batch) + terms.perTokenPs * tokens +
      terms.perDecodePs * decodeTokens + terms.perOutputPs * requests + terms.prefillKvPs(batch);
  };
}

/** Computing and reading overlap within a step, as in the roofline model: the longer one counts. */
function overlapped(terms: Terms): (batch: StepBatch) => number {
  return (batch) => {
    const { prefillTokens, decodeTokens, requests } = batch;
    const tokens = prefillTokens + decodeTokens;
    const compute = terms.perPrefillPs * prefillTokens + terms.perDecodePs * decodeTokens +
      terms.perOutputPs * requests + terms.attentionPs(batch);
    const memory = terms.weightPs(tokens) + terms.prefillKvPs(batch);
    return Math.max(compute, memory) + terms.overheadPs + terms.perRequestPs * requests +
      terms.perTokenPs * tokens;
  };
}

/**
 * No step is faster than its FLOPs at the datasheet's peak, nor than reading its weights at the full
 * bandwidth. The published vector would be, with more than some 500 tokens of prefill: it was fitted
 * to prompts shorter than that.
 */
function floorPs(work: StepWork, rates: Rates, batch: StepBatch): number {
  const tokens = batch.prefillTokens + batch.decodeTokens;
  const matrices = tokens * work.layerFlops / rates.peak +
    tokens * work.expertFlops / rates.expertPeak;
  const attention = batch.prefillAttention * work.attentionFlops +
    windowAttention(batch) * work.windowAttentionFlops;
  const compute = matrices + attention / rates.peak16;
  return Math.max(compute, work.weightBytes(tokens) / rates.bandwidth) * PS_PER_S;
}
