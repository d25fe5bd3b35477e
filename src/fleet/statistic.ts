// What of a latency's distribution is measured: its mean or a percentile.

import { type MetricName, unitOf } from "../metrics/names.ts";

export const STATISTICS = ["mean", "p50", "p90", "p95", "p99"] as const;
export type Statistic = (typeof STATISTICS)[number];

/** Only latencies have one; p95 when none is said. */
export function statisticOf(
  { metric, statistic }: {
    readonly metric: MetricName;
    readonly statistic?: Statistic | undefined;
  },
): Statistic | undefined {
  return unitOf(metric) === "us" ? statistic ?? "p95" : undefined;
}
