// The words of a scenario file for what is measured, and for checks of it.

import type { Duration, Percent, Tagged } from "./builders.ts";

export type Comparison<T> = {
  below(threshold: T): MetricCheck;
  above(threshold: T): MetricCheck;
};

export type MetricCheck = Tagged<
  "metric",
  MetricOptions & {
    metric: string;
    statistic?: Statistic;
    comparison: "below" | "above";
    threshold: string | number;
  }
>;

type Statistic = "mean" | "p50" | "p90" | "p95" | "p99";

interface MetricOptions {
  /** The service, where the scenario has more than one. */
  readonly service?: string;
  /** One revision of it: `stable` or `canary`; all when left out. */
  readonly of?: string;
  /** How far back; 1 minute in an analysis, the whole run in an expectation. */
  readonly over?: Duration;
}

function compare<T extends string | number>(
  metric: string,
  statistic: Statistic | undefined,
  options: MetricOptions = {},
): Comparison<T> {
  const check = (comparison: "below" | "above") => (threshold: T): MetricCheck => ({
    kind: "metric",
    metric,
    ...(statistic === undefined ? {} : { statistic }),
    ...options,
    comparison,
    threshold,
  });
  return { below: check("below"), above: check("above") };
}

const latency = (metric: string) => (statistic: Statistic = "p95", options: MetricOptions = {}) =>
  compare<Duration>(metric, statistic, options);
const share = (metric: string) => (options?: MetricOptions) =>
  compare<Percent>(metric, undefined, options);
const number = (metric: string) => (options?: MetricOptions) =>
  compare<number>(metric, undefined, options);

/** What can be measured; `.below(…)` and `.above(…)` make a check of it. */
export const metric = {
  ttft: latency("ttft"),
  itl: latency("itl"),
  tpot: latency("tpot"),
  e2e: latency("e2e"),
  queue: latency("queue"),
  errorRate: share("errorRate"),
  goodput: share("goodput"),
  /** Mean over the pods and seconds in which there were requests. */
  kvCacheUsage: share("kvCacheUsage"),
  /** Tokens found in the prefix cache, of those looked up there. */
  prefixHitRate: share("prefixHitRate"),
  rps: number("rps"),
  /** Of the last second: how many wait now. */
  waiting: number("waiting"),
} as const;
