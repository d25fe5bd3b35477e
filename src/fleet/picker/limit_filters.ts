// Filters of endpoints that have too much to do already.

import type { Endpoints } from "./endpoints.ts";
import type { Filter } from "./ports.ts";

/** Names of metrics in upstream's words. */
export const LIMITED_METRICS = [
  "active-requests",
  "running-requests",
  "waiting-queue",
  "kv-cache-utilization",
] as const;

export interface UtilizationLimits {
  readonly conditions: readonly {
    readonly metric: (typeof LIMITED_METRICS)[number];
    readonly maxValue: number;
  }[];
  /** Keeps all where none would be left. */
  readonly fallbackOnEmpty: boolean;
}

/**
 * `utilization-filter`: drops endpoints that are above one limit or another. Each condition's rule is that
 * of its sibling `active-request-filter` (llm-d-router b65d572, its README): who is at the limit stays,
 * what nobody has told counts as 0, and `fallbackOnEmpty` is off when left out.
 */
export function utilizationFilter(
  { conditions, fallbackOnEmpty }: UtilizationLimits,
  endpoints: Endpoints,
): Filter {
  return {
    filter(_, candidates) {
      const fits = (slot: number) =>
        conditions.every(({ metric, maxValue }) => valueOf(metric, endpoints, slot) <= maxValue);
      const { slots, count } = candidates;
      const kept = [...slots.subarray(0, count)].filter(fits);
      if (kept.length === 0 && fallbackOnEmpty) return;
      slots.set(kept);
      candidates.count = kept.length;
    },
  };
}

function valueOf(
  metric: (typeof LIMITED_METRICS)[number],
  { requests, running, waiting, kvUsage }: Endpoints,
  slot: number,
): number {
  switch (metric) {
    case "active-requests":
      return requests[slot]!;
    case "running-requests":
      return running[slot]!;
    case "waiting-queue":
      return waiting[slot]!;
    case "kv-cache-utilization":
      return kvUsage[slot]!;
  }
}
