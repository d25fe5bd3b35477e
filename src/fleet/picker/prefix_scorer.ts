// Scorers of how much of a prompt an endpoint is believed to have: its share, or its rank among them.

import type { Scorer } from "./ports.ts";
import type { PrefixSource } from "./prefix_source.ts";

/** Defaults of llm-d-router 068b68d (`scorer/prefix`): only the matched share counts. */
export const PREFIX_SCORER_DEFAULTS = { prefixLengthWeight: 0, maxModelLen: 8192 };

/**
 * `w · min(1, matched tokens / maxModelLen)² + (1 − w) · matched / total`, where w is
 * `prefixLengthWeight`; 0 for a prompt without blocks.
 */
export function prefixScorer(
  { prefixLengthWeight: weight, maxModelLen }: typeof PREFIX_SCORER_DEFAULTS,
  prefix: PrefixSource,
): Scorer {
  return {
    score(_, { slots, count }, scores) {
      const { matched, total, blockTokens } = prefix;
      for (let i = 0; i < count; i++) {
        const blocks = matched[slots[i]!]!;
        const ratio = total === 0 ? 0 : blocks / total;
        if (weight === 0 || total === 0) {
          scores[i] = ratio;
          continue;
        }
        const length = Math.min(1, blocks * blockTokens / maxModelLen);
        scores[i] = weight * length * length + (1 - weight) * ratio;
      }
    },
  };
}

/**
 * The older precise scorer's: (blocks − least) / (most − least) over the candidates that have some of
 * the prompt, 1 where these have as much, 0 for those without (llm-d-inference-scheduler 057d2c7,
 * `scorer/precise_prefix_cache.go` and `indexedScoresToNormalizedScoredPods`). Who has only the prefix
 * that a prompt shares with others scores 0 beside one who has all of it.
 */
export function rankedPrefixScorer(prefix: PrefixSource): Scorer {
  return {
    score(_, { slots, count }, scores) {
      const { matched } = prefix;
      let least = Infinity, most = 0;
      for (let i = 0; i < count; i++) {
        const blocks = matched[slots[i]!]!;
        if (blocks === 0) continue;
        if (blocks < least) least = blocks;
        if (blocks > most) most = blocks;
      }
      for (let i = 0; i < count; i++) {
        const blocks = matched[slots[i]!]!;
        if (blocks === 0) scores[i] = 0;
        else scores[i] = most === least ? 1 : (blocks - least) / (most - least);
      }
    },
  };
}
