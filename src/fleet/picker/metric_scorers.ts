// Scorers of what endpoints tell of themselves: waiting, running, KV-cache usage. They know no request.

import type { Endpoints } from "./endpoints.ts";
import type { Scorer } from "./ports.ts";

/** `queue-scorer`: (max − waiting) / (max − min) over the candidates; all alike is 1. */
export function queueScorer(endpoints: Endpoints): Scorer {
  return leastScorer(() => endpoints.waiting);
}

/** `running-requests-size-scorer`: the same of running requests. */
export function runningRequestsScorer(endpoints: Endpoints): Scorer {
  return leastScorer(() => endpoints.running);
}

function leastScorer(column: () => Int32Array): Scorer {
  return {
    fromMetrics: true,
    score(_, { slots, count }, scores) {
      const values = column();
      let least = Infinity, most = -Infinity;
      for (let i = 0; i < count; i++) {
        const value = values[slots[i]!]!;
        if (value < least) least = value;
        if (value > most) most = value;
      }
      const range = most - least;
      for (let i = 0; i < count; i++) {
        scores[i] = range === 0 ? 1 : (most - values[slots[i]!]!) / range;
      }
    },
  };
}

/** `kv-cache-utilization-scorer`: 1 − usage. */
export function kvCacheScorer(endpoints: Endpoints): Scorer {
  return {
    fromMetrics: true,
    score(_, { slots, count }, scores) {
      const { kvUsage } = endpoints;
      for (let i = 0; i < count; i++) scores[i] = 1 - kvUsage[slots[i]!]!;
    },
  };
}

/** `threshold` of load-aware-scorer, in waiting requests. */
export const LOAD_AWARE_THRESHOLD = 128;

/** `load-aware-scorer`: 0.5 for an empty queue, from there down to 0 at `threshold` waiting requests. */
export function loadAwareScorer(threshold: number, endpoints: Endpoints): Scorer {
  return {
    fromMetrics: true,
    score(_, { slots, count }, scores) {
      const { waiting } = endpoints;
      for (let i = 0; i < count; i++) {
        scores[i] = 0.5 * (1 - Math.min(waiting[slots[i]!]!, threshold) / threshold);
      }
    },
  };
}
