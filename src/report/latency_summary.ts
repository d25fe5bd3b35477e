// Latencies of a summary: mean and percentiles in milliseconds, out of histograms.

import type { Latency } from "../metrics/names.ts";
import { distribution, PERCENTILES, type Totals } from "../metrics/totals.ts";

export type Milliseconds = { readonly mean: number } & { readonly [percentile: string]: number };

/** Of a service, a revision or a load; null is unknown. */
export type LatencySummary = { readonly [metric in `${Latency}Ms`]: Milliseconds | null };

export function latencySummary(latencyUs: Totals["latencyUs"]): LatencySummary {
  return {
    ttftMs: milliseconds(latencyUs.ttft),
    itlMs: milliseconds(latencyUs.itl),
    tpotMs: milliseconds(latencyUs.tpot),
    e2eMs: milliseconds(latencyUs.e2e),
    queueMs: milliseconds(latencyUs.queue),
  };
}

function milliseconds(histogram: Totals["latencyUs"][Latency]): Milliseconds | null {
  const found = distribution(histogram);
  if (!found) return null;
  const percentiles = PERCENTILES.map((p) => [`p${p}`, found[`p${p}`] / 1000] as const);
  return { mean: found.mean / 1000, ...Object.fromEntries(percentiles) };
}
