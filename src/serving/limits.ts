// What an engine was started with: its flags, and the memory they leave.

import type { Slo } from "../metrics/slo.ts";
import { WindowAccumulator } from "../metrics/window.ts";
import { blocksOf } from "./capacity.ts";

/** Where an engine's requests are counted, by `REQUEST_CLASS`. */
export type EngineWindows = readonly [WindowAccumulator, WindowAccumulator, WindowAccumulator];

/** Windows in which nothing was counted yet. */
export function engineWindows(slo?: Slo): EngineWindows {
  return [new WindowAccumulator(slo), new WindowAccumulator(slo), new WindowAccumulator(slo)];
}

/** As vLLM's flags of these names say, where it has one. */
export interface EngineLimits {
  /** KV-cache blocks of 16 tokens; at least one request of `maxModelLen` tokens must fit. */
  readonly kvBlocks: number;
  readonly maxNumSeqs: number;
  /** At least `maxNumSeqs`, times one more than the drafts of speculation. */
  readonly maxNumBatchedTokens: number;
  readonly maxModelLen: number;
  /** `--scheduling-policy`; default fcfs. */
  readonly policy?: "fcfs" | "priority";
  /** `--enable-prefix-caching`; default true. */
  readonly prefixCaching?: boolean;
  /** Blocks that an admission must leave free while something runs; default 0, as in vLLM. */
  readonly watermarkBlocks?: number;
  /**
   * `--async-scheduling`: a step is planned when the one before it begins, without those whom that
   * one's time brings (`EngineCore.step_with_batch_queue`). Default false; vLLM's own since 0.14 is
   * true (vllm-project/vllm#27614, #31998). Left out: what an answer's end or an abort frees, and an
   * answer's blocks in the prefix cache, are planned with at once here, one step later in vLLM.
   */
  readonly asyncScheduling?: boolean;
  /** `--max-loras`; absent, a request that names an adapter is rejected. */
  readonly maxLoras?: number;
  /** Draft tokens a step, and how many of them are accepted on average, in millionths. */
  readonly speculative?: { readonly tokens: number; readonly acceptedPpm: number };
  /** Blocks that its host's memory keeps of its shared prefixes; only with prefix caching. Default 0. */
  readonly offloadBlocks?: number;
  /** It computes prompts for other engines and answers nothing itself; absent: it does both. */
  readonly role?: "prefill";
}

/** Throws a RangeError for limits that vLLM refuses, or under which a request could wait for ever. */
export function checkLimits(limits: EngineLimits): void {
  const { kvBlocks, maxNumSeqs, maxNumBatchedTokens, maxModelLen, speculative } = limits;
  const tokensAStep = 1 + (speculative?.tokens ?? 0);
  if (maxNumBatchedTokens < maxNumSeqs * tokensAStep) {
    throw new RangeError(
      `Cannot start an engine: max_num_batched_tokens (${maxNumBatchedTokens}) is less than ` +
        `max_num_seqs (${maxNumSeqs}) times ${tokensAStep}`,
    );
  }
  const longest = blocksOf(maxModelLen + tokensAStep - 1);
  if (kvBlocks < longest) {
    throw new RangeError(
      `Cannot start an engine: ${kvBlocks} KV blocks are less than the ${longest} of a request of ` +
        `${maxModelLen} tokens`,
    );
  }
}
