// A metric held against a threshold: how it is written, and how it is read out of state.

import { z } from "zod";
import { percentile } from "../metrics/histogram.ts";
import {
  LATENCIES,
  type Latency,
  type MetricName,
  PPM,
  RATES,
  RATIOS,
  unitOf,
} from "../metrics/names.ts";
import {
  addTotals,
  addWindow,
  emptyTotals,
  errorRatePpm,
  goodputPpm,
  prefixHitPpm,
  type Totals,
} from "../metrics/totals.ts";
import { parseDuration } from "../sim/duration.ts";
import { durationSchema } from "../sim/duration_schema.ts";
import type { FleetState, RevisionState, WindowEvent } from "./state.ts";

const METRIC_NAMES = [
  ...Object.keys(LATENCIES),
  ...Object.keys(RATIOS),
  ...Object.keys(RATES),
] as [MetricName, ...MetricName[]];

const SECOND_US = 1_000_000;

const STATISTICS = ["mean", "p50", "p90", "p95", "p99"] as const;
export type Statistic = (typeof STATISTICS)[number];

/** As a scenario writes it: `metric.ttft("p95", { of: "canary" }).below("1500ms")`. */
export const metricCheckSchema = z.strictObject({
  kind: z.literal("metric"),
  metric: z.enum(METRIC_NAMES),
  statistic: z.enum(STATISTICS).optional(),
  /** The service it speaks of; the only one, when left out. */
  service: z.string().optional(),
  /** A revision; all of them when left out. */
  of: z.string().optional(),
  /** How far back it looks. Left out: 1 minute in an analysis, the whole run in an expectation. */
  over: durationSchema.optional(),
  comparison: z.enum(["below", "above"]),
  threshold: z.union([z.string(), z.number()]),
}).transform((check, context) => {
  const limit = parseThreshold(check.metric, check.threshold);
  if (limit === undefined) {
    const example = { us: "1500ms", ppm: "1%", milli: "10" }[unitOf(check.metric)];
    context.issues.push({
      code: "custom",
      input: check.threshold,
      path: ["threshold"],
      message:
        `Invalid threshold "${check.threshold}" for ${check.metric}: write one such as ${example}`,
    });
    return z.NEVER;
  }
  const needsStatistic = unitOf(check.metric) === "us";
  return { ...check, limit, statistic: needsStatistic ? check.statistic ?? "p95" : undefined };
});

export type MetricCheck = z.output<typeof metricCheckSchema>;

/** A threshold in the metric's stored unit: µs, parts per million or thousandths. */
function parseThreshold(metric: MetricName, threshold: string | number): number | undefined {
  switch (unitOf(metric)) {
    case "us":
      return typeof threshold === "string" ? parseDuration(threshold) : undefined;
    case "ppm": {
      const percent = /^(\d+(?:\.\d+)?)%$/.exec(String(threshold))?.[1];
      return percent === undefined ? undefined : Math.round(Number(percent) * PPM / 100);
    }
    case "milli": {
      const number = Number(threshold);
      return Number.isFinite(number) && number >= 0 ? Math.round(number * 1000) : undefined;
    }
  }
}

/** Where a metric is read: a service, one of its revisions or all, and how far back. */
export interface MetricScope {
  readonly service: string;
  readonly revision: string | undefined;
  readonly nowUs: number;
  /** Undefined: the whole run after its warm-up. */
  readonly overUs: number | undefined;
}

/** The metric's value in its stored unit; undefined when there is no sample (unknown is not 0). */
export function readMetric(
  state: FleetState,
  metric: MetricName,
  statistic: Statistic | undefined,
  scope: MetricScope,
): number | undefined {
  const revisions = revisionsOf(state, scope);
  const hasSlo = state.services[scope.service]?.hasSlo ?? false;
  switch (metric) {
    case "errorRate":
      return errorRatePpm(totalsOf(revisions, scope).requests);
    case "goodput":
      return hasSlo ? goodputPpm(totalsOf(revisions, scope).requests) : undefined;
    case "prefixHitRate":
      return prefixHitPpm(totalsOf(revisions, scope));
    case "rps":
      return readRps(state, revisions, scope);
    case "kvCacheUsage":
      return meanKvPpm(
        revisions,
        scope.overUs === undefined ? undefined : windowsOf(revisions, scope),
      );
    case "waiting":
      return lastWaiting(revisions, scope.nowUs);
    default:
      return readLatency(totalsOf(revisions, scope), metric, statistic ?? "p95");
  }
}

/** True when the value is on the right side of the check's limit. */
export function holds(check: MetricCheck, value: number): boolean {
  return check.comparison === "below" ? value < check.limit : value > check.limit;
}

/**
 * How far a value is from the check's limit, in parts per million of the limit. A share that must
 * stay high is measured by what is missing to 100 %: of an error budget of 5 %, 1 % used leaves 80 %.
 */
export function marginPpm(check: MetricCheck, value: number): number {
  const missing = unitOf(check.metric) === "ppm" && check.comparison === "above";
  const limit = missing ? PPM - check.limit : check.limit;
  const distance = missing ? limit - (PPM - value) : value - limit;
  return limit === 0 ? (distance === 0 ? 0 : PPM) : Math.round(Math.abs(distance) * PPM / limit);
}

function revisionsOf(state: FleetState, scope: MetricScope): RevisionState[] {
  const revisions = state.services[scope.service]?.revisions ?? {};
  if (scope.revision === undefined) return Object.values(revisions);
  const revision = revisions[scope.revision];
  return revision ? [revision] : [];
}

function windowsOf(revisions: readonly RevisionState[], scope: MetricScope): WindowEvent[] {
  const sinceUs = scope.nowUs - (scope.overUs ?? 60_000_000);
  return revisions.flatMap(({ recent }) => recent.filter((window) => window.at > sinceUs));
}

function totalsOf(revisions: readonly RevisionState[], scope: MetricScope): Totals {
  const totals = emptyTotals();
  if (scope.overUs === undefined) {
    for (const { measured } of revisions) addTotals(totals, measured);
    return totals;
  }
  for (const { measured, warmup } of windowsOf(revisions, scope)) {
    if (measured) addWindow(totals, measured);
    if (warmup) addWindow(totals, warmup);
  }
  return totals;
}

function readRps(
  { run }: FleetState,
  revisions: readonly RevisionState[],
  scope: MetricScope,
): number | undefined {
  const { overUs, nowUs } = scope;
  const seconds = Math.min(overUs ?? nowUs - (run?.warmupUs ?? 0), nowUs) / 1e6;
  if (seconds <= 0 || revisions.length === 0) return undefined;
  const { arrived } = totalsOf(revisions, scope).requests;
  return Math.round(arrived * 1000 / seconds);
}

function readLatency(totals: Totals, metric: Latency, statistic: Statistic): number | undefined {
  const histogram = totals.latencyUs[metric];
  if (histogram.count === 0) return undefined;
  if (statistic === "mean") return Math.round(histogram.sum / histogram.count);
  return percentile(histogram, Number(statistic.slice(1)));
}

/**
 * Mean over the pods and seconds in which there were requests: of these windows, or of the whole run
 * after its warm-up. 0 when those seconds were all idle, undefined when there never was a request.
 */
export function meanKvPpm(
  revisions: readonly RevisionState[],
  windows?: readonly WindowEvent[],
): number | undefined {
  const served = revisions.some(({ busy, recent }) =>
    busy.podSeconds > 0 || recent.some(({ pods }) => pods.name.length > 0)
  );
  if (!served) return undefined;
  const samples = windows?.flatMap(({ pods }) => pods.kvPpm);
  const sum = samples?.reduce((sum, ppm) => sum + ppm, 0) ??
    revisions.reduce((sum, { busy }) => sum + busy.kvPpm, 0);
  const count = samples?.length ?? revisions.reduce((sum, { busy }) => sum + busy.podSeconds, 0);
  return count === 0 ? 0 : Math.round(sum / count);
}

/** Of each revision the second that ends now: one without a window had no request, so none waits. */
function lastWaiting(revisions: readonly RevisionState[], nowUs: number): number | undefined {
  const lasts = revisions.flatMap(({ recent }) => recent.slice(-1));
  if (lasts.length === 0) return undefined;
  const now = lasts.filter(({ at }) => at > nowUs - SECOND_US);
  return 1000 * now.flatMap(({ pods }) => pods.waiting).reduce((sum, count) => sum + count, 0);
}
