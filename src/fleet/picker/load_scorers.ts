// Scorers of what the picker itself has in flight: active-request-scorer and token-load-scorer.

import type { Endpoints } from "./endpoints.ts";
import type { Scorer } from "./ports.ts";

/**
 * Defaults of llm-d-router since 2de860e (pull request 919, in v0.9.0); in v0.7 and v0.8 a `maxBusyScore`
 * left out was taken as 0, against their documentation, and before there was none. Requests up to
 * `idleThreshold` make an idle endpoint.
 */
export const ACTIVE_REQUEST_DEFAULTS = { idleThreshold: 0, maxBusyScore: 1 };

/** An idle endpoint scores 1, a busy one `(max − requests) / max · maxBusyScore`. */
export function activeRequestScorer(
  { idleThreshold, maxBusyScore }: typeof ACTIVE_REQUEST_DEFAULTS,
  endpoints: Endpoints,
): Scorer {
  return {
    score(_, { slots, count }, scores) {
      const { requests } = endpoints;
      let most = 0;
      for (let i = 0; i < count; i++) most = Math.max(most, requests[slots[i]!]!);
      for (let i = 0; i < count; i++) {
        const active = requests[slots[i]!]!;
        scores[i] = active <= idleThreshold ? 1 : (most - active) / most * maxBusyScore;
      }
    },
  };
}

/** `queueThresholdTokens`: 128 requests of 32 Ki tokens (llm-d-router 6d91367). */
export const TOKEN_LOAD_THRESHOLD = 4_194_304;

/** 1 − tokens in flight / threshold, not below 0. */
export function tokenLoadScorer(threshold: number, endpoints: Endpoints): Scorer {
  return {
    score(_, { slots, count }, scores) {
      const { tokens } = endpoints;
      for (let i = 0; i < count; i++) scores[i] = 1 - Math.min(1, tokens[slots[i]!]! / threshold);
    },
  };
}
