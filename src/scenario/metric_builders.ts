// The words of a scenario file for what is measured, and for checks of it.

import { type Duration, formatDuration, parseDuration } from "../sim/duration.ts";
import type { Percent, Tagged } from "./builders.ts";

/** What a measured value is held against. */
export interface Thresholds<T> {
  /** Good below it. In an analysis `failsAbove` parts bad from Inconclusive; left out, all else is bad. */
  below(threshold: T, limits?: CheckLimits & { readonly failsAbove?: T }): MetricCheck;
  /** Good above it; bad below `failsBelow`, between them Inconclusive. */
  above(threshold: T, limits?: CheckLimits & { readonly failsBelow?: T }): MetricCheck;
}

/** A metric: alone, or as a share of what it is elsewhere. */
export interface Comparison<T> extends Thresholds<T>, Measured {
  /**
   * The value as a share of a baseline's: `metric.ttft("p95", { of: "canary" }).comparedTo({ of: "stable"
   * }).below("120%")`. Against a baseline of 0 it is 100 % where it is 0 too, else 1,000,000 %.
   */
  comparedTo(baseline: Baseline): Thresholds<Percent>;
}

/** A revision, a service, or a revision of a service. */
export interface Baseline {
  readonly service?: string;
  readonly of?: string;
}

/** A check's own limits in an analysis, by Argo's names; what it does not say the analysis says. */
export interface CheckLimits {
  readonly every?: Duration;
  readonly initialDelay?: Duration;
  readonly count?: number;
  /** -1: however many failed, the check does not. */
  readonly failureLimit?: number;
  readonly inconclusiveLimit?: number;
  readonly consecutiveErrorLimit?: number;
  /** After so many successes in a row it is Successful. */
  readonly consecutiveSuccessLimit?: number;
  /** It is measured and shown, and changes nothing. */
  readonly dryRun?: boolean;
  /** Measurements that are kept to be shown; 10 when left out. */
  readonly measurementRetention?: number;
}

/** What is measured, as plain data. */
export interface Measured extends MetricOptions {
  readonly metric: string;
  readonly statistic?: Statistic;
  readonly short?: Duration;
}

export type MetricCheck = Tagged<
  "metric",
  & Measured
  & CheckLimits
  & {
    comparedTo?: Baseline;
    comparison: "below" | "above";
    threshold: string | number;
    failsAbove?: string | number;
    failsBelow?: string | number;
  }
>;

/** A whole distribution held against another's. */
export type DistributionCheck = Tagged<
  "distribution",
  & MetricOptions
  & CheckLimits
  & {
    metric: string;
    against: Baseline;
    direction: "above" | "below" | "elsewhere";
    confidence?: Confidence;
    minSamples?: number;
  }
>;

type Statistic = "mean" | "p50" | "p90" | "p95" | "p99";
type Confidence = "90%" | "95%" | "98%" | "99%" | "99.9%";

export interface MetricOptions {
  /** The service, where the scenario has more than one. */
  readonly service?: string;
  /** One revision of it: `stable`, or what its rollout makes, such as `canary`; all when left out. */
  readonly of?: string;
  /** Copies of requests alone, as `setMirrorRoute` has them sent; of `shadow` there is nothing else. */
  readonly mirrored?: true;
  /** One load's requests alone; for latencies, errorRate, goodput, rps, lost and burnRate. */
  readonly load?: string;
  /** How far back; 1 minute in an analysis, the whole run in an expectation. */
  readonly over?: Duration;
}

export function compare<T extends string | number>(
  metric: string,
  statistic: Statistic | undefined,
  options: MetricOptions & { readonly short?: Duration } = {},
): Comparison<T> {
  const measured = { metric, ...(statistic === undefined ? {} : { statistic }), ...options };
  const against = (comparedTo?: Baseline) => {
    const check =
      (comparison: "below" | "above") =>
      (threshold: string | number, limits: CheckLimits = {}): MetricCheck => ({
        kind: "metric",
        ...measured,
        ...(comparedTo === undefined ? {} : { comparedTo }),
        comparison,
        threshold,
        ...limits,
      });
    return { below: check("below"), above: check("above") };
  };
  return { ...measured, ...against(), comparedTo: (baseline) => against(baseline) };
}

const latency = (metric: string) => (statistic: Statistic = "p95", options: MetricOptions = {}) =>
  compare<Duration>(metric, statistic, options);
const share = (metric: string) => (options?: MetricOptions) =>
  compare<Percent>(metric, undefined, options);
const number = (metric: string) => (options?: MetricOptions) =>
  compare<number>(metric, undefined, options);

/** Of the service's whole run after its warm-up: they have no window. */
type TotalOptions = Pick<MetricOptions, "service">;

/** Time and sureness of a comparison of distributions. */
export interface DistributionOptions extends CheckLimits {
  /** The higher, the surer a shift must be to fail; `"98%"` when left out, as in Kayenta's judge. */
  readonly confidence?: Confidence;
  /** With fewer values on either side it is Inconclusive; 50 when left out. */
  readonly minSamples?: number;
}

const distribution = (
  metric: "ttft" | "tpot" | "e2e" | "queue",
  options: MetricOptions = {},
) => {
  const check =
    (direction: DistributionCheck["direction"]) =>
    (against: Baseline, limits: DistributionOptions = {}): DistributionCheck => ({
      kind: "distribution",
      metric,
      ...options,
      against,
      direction,
      ...limits,
    });
  return { notAbove: check("above"), notBelow: check("below"), notOtherThan: check("elsewhere") };
};

/** What can be measured; `.below(…)` and `.above(…)` make a check of it. */
export const metric = {
  /** Time to first token, the queue included; p95 when left out. */
  ttft: latency("ttft"),
  /** Gap between two tokens of a request. */
  itl: latency("itl"),
  /** Of a request (e2e - ttft) / (output tokens - 1). */
  tpot: latency("tpot"),
  /** From a request's arrival to the end of its answer. */
  e2e: latency("e2e"),
  /** Time in the server's waiting queue. */
  queue: latency("queue"),
  /** Failed and rejected attempts, of those that ended. */
  errorRate: share("errorRate"),
  /** Requests that met every objective of their `slo`, of those that ended; at the run's end of late ones too. */
  goodput: share("goodput"),
  /** Mean over the pods and seconds in which there were requests. */
  kvCacheUsage: share("kvCacheUsage"),
  /** Tokens found in the prefix cache, of those looked up there. */
  prefixHitRate: share("prefixHitRate"),
  /** Requests that arrived, per second. */
  rps: number("rps"),
  /** Of the last second: how many wait now. */
  waiting: number("waiting"),
  /** Requests that arrived and have not ended, now. */
  inFlight: number("inFlight"),
  /** Requests that failed or were rejected and were not tried again. */
  lost: number("lost"),
  /** Times a request lost its KV blocks to another. */
  preemptions: number("preemptions"),
  /** Replicas that are wanted now, of all revisions. */
  replicas: number("replicas"),
  /** GPUs times hours of the service so far, after the warm-up. */
  gpuHours: (options?: TotalOptions) => compare<number>("gpuHours", undefined, options),
  /** USD of these, at the cluster's prices or those with a source. */
  cost: (options?: TotalOptions) => compare<number | `$${number}`>("cost", undefined, options),
  /**
   * How fast the service's error budget burns: bad requests in shares of what `slo: { goodput }` allows; 1
   * spends the budget in just its window. With `short` the lesser of two windows, so that an alert ends soon
   * after its cause: `metric.burnRate({ over: "1h", short: "5m" }).below(14.4)`.
   */
  burnRate: (options?: MetricOptions & { readonly short?: Duration }) =>
    compare<number>("burnRate", undefined, options),
  /**
   * All values of a request's latency against those elsewhere, by the Mann-Whitney U test, as Kayenta does:
   * `metric.distribution("ttft", { of: "canary" }).notAbove({ of: "stable" })`.
   */
  distribution,
} as const;

/** Long windows as parts of the budget's, and burn rates: 2 % in 1 h, 5 % in 6 h, 10 % in 3 d of 30 days. */
const ALERTS = [[720, 14.4], [120, 6], [10, 1]] as const;

/**
 * The three burn rates on which to alert (Google, The Site Reliability Workbook, ch. 5, table 5-8), each over
 * a long window and a twelfth of it, in proportion to the budget's `window`; `"720h"` gives 1 h, 6 h and 3 d.
 */
export function burnRateChecks(
  options: Omit<MetricOptions, "over"> & { readonly window: Duration },
): MetricCheck[] {
  const { window, ...where } = { ...options };
  const us = parseDuration(window);
  return ALERTS.map(([part, factor]) => {
    // What cannot be read stays as it was written, for the plan to name.
    const ms = us === undefined ? undefined : Math.round(us / part / 1000);
    const over = ms === undefined ? window : formatDuration(1000 * ms) as Duration;
    return metric.burnRate({ ...where, over }).below(factor);
  });
}
