// `prefix-cache-affinity-filter`: keeps who has most of a prompt, unless those have too much to do.

import type { Stream } from "../../sim/streams.ts";
import type { Endpoints } from "./endpoints.ts";
import type { Filter } from "./ports.ts";
import type { PrefixSource } from "./prefix_source.ts";

/**
 * Defaults of llm-d-router 066c20e. The throughput in tokens/s was measured there for Qwen 32B on two
 * H100 with vLLM 0.19; a service of another model or GPU wants its own.
 */
export const PREFIX_AFFINITY_DEFAULTS = {
  affinityThreshold: 0.8,
  explorationProbability: 0,
  maxTTFTPenaltyMs: 18_000,
  peakPrefillThroughput: 15_928,
};

/**
 * Endpoints with a matched share from `affinityThreshold` on stay alone. All stay where there is none,
 * with `explorationProbability`, and when the least loaded of those would begin an answer more than
 * `maxTTFTPenaltyMs` after the least loaded other (0: never); the time is uncached tokens in flight over
 * `peakPrefillThroughput`.
 */
export function prefixAffinityFilter(
  parameters: typeof PREFIX_AFFINITY_DEFAULTS,
  endpoints: Endpoints,
  prefix: PrefixSource,
  stream: Stream,
): Filter {
  const { affinityThreshold, explorationProbability, maxTTFTPenaltyMs } = parameters;
  const penaltyTokens = maxTTFTPenaltyMs * parameters.peakPrefillThroughput / 1000;
  const isSticky = (slot: number) =>
    prefix.total > 0 && prefix.matched[slot]! / prefix.total >= affinityThreshold;
  return {
    filter(_, candidates) {
      if (explorationProbability > 0 && stream.uniform() < explorationProbability) return;
      const { slots, count } = candidates;
      const sticky = [...slots.subarray(0, count)].filter(isSticky);
      if (sticky.length === 0 || sticky.length === count) return;
      let least = Infinity, leastOther = Infinity;
      for (let i = 0; i < count; i++) {
        const tokens = endpoints.tokens[slots[i]!]!;
        if (isSticky(slots[i]!)) least = Math.min(least, tokens);
        else leastOther = Math.min(leastOther, tokens);
      }
      if (maxTTFTPenaltyMs > 0 && least - leastOther > penaltyTokens) return;
      slots.set(sticky);
      candidates.count = sticky.length;
    },
  };
}
