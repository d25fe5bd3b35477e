// How long one engine step takes: the port, and the physical formula behind it.

import {
  type Calibration,
  type Coefficients,
  coefficientsOf,
  type CoefficientVector,
} from "./coefficients.ts";
import { type DraftModel, draftModel, type Speculation } from "./draft_model.ts";
import type { GpuFacts } from "./gpus.ts";
import { loraWork } from "./lora_work.ts";
import { bytesPerWeight, type KvDtype, type ModelFacts } from "./models.ts";
import { peakFlops, type StackTime, stackTime } from "./stack_time.ts";
import type { Division } from "./step_work.ts";

/** What a step computes, summed over its requests. */
export interface StepBatch {
  readonly prefillTokens: number;
  /** Sum over prefill chunks of t·(2·s + t): t new tokens after s that are there already. */
  readonly prefillAttention: number;
  /**
   * Sum over prefill chunks of 2·Σ min(s + i, W), i from 1 to t: what a chunk attends to in layers
   * with a window of W tokens. With W past the context it is t·(2·s + t) + t. Needed only where the
   * step time has a `window`; left out, the window is taken to be past the context.
   */
  readonly prefillWindowAttention?: number;
  /** Tokens of decoding requests, those proposed by speculation among them. */
  readonly decodeTokens: number;
  readonly requests: number;
  /** Different LoRA adapters among the requests. */
  readonly adapters?: number;
}

/**
 * Integer picoseconds, so that k decode steps of an unchanged batch add up exactly: a step takes
 * `fixedPs(batch) + contextPs × (tokens of context of its decoding requests)`, and with a `window`
 * also `window.contextPs × (the same, each request's context capped at window.tokens)`.
 */
export interface StepTime {
  readonly calibration: Calibration;
  readonly contextPs: number;
  /** Only for models some of whose layers attend to the last `tokens` tokens. */
  readonly window?: { readonly tokens: number; readonly contextPs: number };
  fixedPs(batch: StepBatch): number;
  /** From arrival at the API server to the waiting queue, in µs. */
  readonly admissionUs: number;
  /** The same, for each token of the prompt: tokenising. Not rounded. */
  readonly admissionTokenUs: number;
  /** From the last token to the end of the response, in µs. */
  readonly completionUs: number;
  /** Detokenising and sending one output token, outside the step, in µs. */
  readonly tokenUs: number;
}

/** The same whose steps take `factor` times as long; a request's and a token's way take what they took. */
export function slowedStepTime(stepTime: StepTime, factor: number): StepTime {
  if (factor === 1) return stepTime;
  const { window } = stepTime;
  return {
    ...stepTime,
    contextPs: Math.round(stepTime.contextPs * factor),
    ...(window && {
      window: { ...window, contextPs: Math.round(window.contextPs * factor) },
    }),
    fixedPs: (batch) => Math.round(stepTime.fixedPs(batch) * factor),
  };
}

/** A model, and the GPUs and flags it is served with. */
export interface StepTimeOptions {
  readonly model: ModelFacts;
  readonly gpu: GpuFacts;
  readonly tensorParallel: number;
  /** Stages; default 1. */
  readonly pipelineParallel?: number;
  /** Ranks that share the experts and have a batch each; default 1, no effect on dense models. */
  readonly dataParallel?: number;
  /** Whole experts on each GPU; default false. */
  readonly expertParallel?: boolean;
  /** Pods of the replica, each on a node of its own; default 1. */
  readonly pods?: number;
  /** Default `auto`. */
  readonly kvDtype?: KvDtype;
  readonly lora?: { readonly rank: number };
  readonly speculative?: Speculation;
  /**
   * The host prepares a step while the one before it runs: what of its time cannot be hidden is left,
   * without the coefficients that begin with `sync`. Default false.
   */
  readonly asyncScheduling?: boolean;
  /** Absent: that of the GPU. */
  readonly vector?: CoefficientVector;
}

const PS_PER_US = 1e6;
const PS_PER_S = 1e12;

/**
 * The step time by physics and the coefficients of the GPU, one formula for all of them:
 *
 *     √(compute² + weights²), of the layers' matrices, of their routed experts, of the output layer
 *     + attention + reading and writing of keys and values + activations
 *     + all-reduce, all-to-all and pipeline hops, each by its bytes and by its number
 *     + layers · layerUs + layers with experts · expertLayerUs + requests · requestUs + stepUs
 *     + layers · promptLayerUs where prompts are in the step + adapters + drafts
 *
 * and never below the roofline of the layers. A token of context adds the longer one of reading its
 * keys and values and computing with them. Sources: coefficients.json, and beside each term. Throws
 * for a GPU without coefficients.
 *
 * Between nodes every GPU has a link of its own of its generation's usual speed (`networkLink`); the
 * coefficients of exchanges were fitted within a node and scale those over the network as well.
 *
 * Left out: several pods of a replica on one node (their GPUs are taken to be on others), collectives
 * that overlap with computing, experts that are picked unevenly, idle stages of a pipeline that has fewer
 * requests than stages.
 */
export function physicalStepTime(options: StepTimeOptions): StepTime {
  const { model, gpu, kvDtype = "auto" } = options;
  const vector = vectorOf(options);
  const { coefficients } = vector;
  const host = hostTime(options, coefficients);
  const main = stackTime(model, gpu, divisionOf(options), coefficients, host, kvDtype);
  const drafts = draftTime(options);
  const loraPs = loraTime(options);
  const { slidingWindow } = model;
  return {
    calibration: vector.calibration,
    contextPs: Math.round(main.contextPs + drafts.contextPs),
    ...(slidingWindow && {
      window: { tokens: slidingWindow.tokens, contextPs: Math.round(main.windowContextPs) },
    }),
    fixedPs: (batch) => Math.round(main.fixedPs(batch) + drafts.fixedPs(batch) + loraPs(batch)),
    admissionUs: Math.round(host.admissionUs),
    admissionTokenUs: coefficients.admissionTokenUs,
    completionUs: Math.round(coefficients.completionUs),
    tokenUs: Math.round(coefficients.tokenUs),
  };
}

function vectorOf({ gpu, vector }: StepTimeOptions): CoefficientVector {
  return vector ?? coefficientsOf(gpu);
}

/** Overheads of the host; what it does between two steps, if it does not work ahead, comes on top. */
function hostTime({ asyncScheduling }: StepTimeOptions, c: Coefficients) {
  const { stepUs, requestUs, admissionUs } = c;
  if (asyncScheduling) return { stepUs, requestUs, admissionUs };
  return {
    stepUs: stepUs + c.syncStepUs,
    requestUs: requestUs + c.syncRequestUs,
    admissionUs: admissionUs + c.syncAdmissionUs,
  };
}

function divisionOf(options: StepTimeOptions): Division {
  const { model, tensorParallel, pipelineParallel = 1, dataParallel = 1, pods = 1 } = options;
  return {
    ...(pods > 1 && { nodes: pods }),
    tensorParallel,
    pipelineParallel,
    dataParallel: model.experts ? dataParallel : 1,
    expertParallel: options.expertParallel ?? false,
  };
}

type DraftTime = Pick<StackTime, "fixedPs" | "contextPs">;

/**
 * Drafts run one after the other on the same GPUs (not over a pipeline), each reads its weights and
 * its output layer. Prompts go through them as well, once.
 */
function draftTime(options: StepTimeOptions): DraftTime {
  const { model, gpu, speculative, kvDtype = "auto" } = options;
  const draft = speculative && draftModel(model, speculative);
  if (!draft) return { fixedPs: () => 0, contextPs: 0 };
  const division = { ...divisionOf(options), pipelineParallel: 1 };
  const { coefficients } = vectorOf(options);
  const host = { stepUs: 0, requestUs: 0 };
  const stack = stackTime(draft.model, gpu, division, coefficients, host, kvDtype);
  const join = joinTime(draft, options);
  const { tokens } = speculative;
  return {
    contextPs: tokens * (stack.contextPs + stack.windowContextPs),
    fixedPs: ({ decodeTokens, ...batch }) => {
      const requests = Math.ceil(decodeTokens / (1 + tokens));
      const nothing = { prefillTokens: 0, prefillAttention: 0, decodeTokens: 0, requests: 0 };
      const proposing = requests === 0
        ? 0
        : tokens * (stack.fixedPs({ ...nothing, decodeTokens: requests, requests }) +
          join(requests));
      const prompts = batch.prefillTokens === 0
        ? 0
        : stack.fixedPs({ ...batch, decodeTokens: 0 }) + join(batch.prefillTokens);
      return proposing + prompts;
    },
  };
}

/** The matrix at a draft's entrance: read with the weights' coefficient, computed at the peak. */
function joinTime(draft: DraftModel, options: StepTimeOptions): (tokens: number) => number {
  const { model, gpu, tensorParallel } = options;
  const { coefficients } = vectorOf(options);
  const bytes = draft.joinWeights * bytesPerWeight(model.dtype) / tensorParallel;
  const readS = coefficients.weights * bytes / (gpu.hbmTBps * 1e12);
  const tokenS = 2 * draft.joinWeights / tensorParallel / peakFlops(gpu, model.dtype);
  return (tokens) => Math.max(readS, tokens * tokenS) * PS_PER_S;
}

/** With any adapter in the batch its kernels run over all tokens, as vLLM's do. */
function loraTime(options: StepTimeOptions) {
  const { model, gpu, tensorParallel, lora } = options;
  if (!lora) return () => 0;
  const { coefficients } = vectorOf(options);
  const { adapterBytes, tokenFlops, kernels } = loraWork(model, lora.rank, tensorParallel);
  const adapterPs = coefficients.lora * adapterBytes / (gpu.hbmTBps * 1e12) * PS_PER_S;
  const tokenPs = coefficients.lora * tokenFlops / peakFlops(gpu, model.dtype) * PS_PER_S;
  const kernelsPs = coefficients.kernelUs * kernels * PS_PER_US;
  return ({ adapters = 0, prefillTokens, decodeTokens }: StepBatch) =>
    adapters === 0
      ? 0
      : adapterPs * adapters + tokenPs * (prefillTokens + decodeTokens) + kernelsPs;
}
