// Metrics read out of state: of a service, its revisions or one load, over a time or the whole run.

import { type DenseHistogram, percentile } from "../metrics/histogram.ts";
import type { Latency, MetricName } from "../metrics/names.ts";
import { burnRateMilli, type GoodputObjective } from "../metrics/slo.ts";
import {
  errorRatePpm,
  goodputPpm,
  inFlight,
  lost,
  prefixHitPpm,
  takeRequests,
  type Totals,
} from "../metrics/totals.ts";
import { costMilliUsd, gpuHoursMilli } from "./gpu_cost.ts";
import { requestsOfLoad } from "./load_read.ts";
import {
  countsOf,
  latencyOf,
  type MetricScope,
  requestsOf,
  revisionsOf,
  totalsOf,
  windowsOf,
} from "./metric_parts.ts";
import { readOwnMetric } from "./policy/own_metric.ts";
import type { FleetState, RevisionState, WindowEvent } from "./state.ts";
import type { Statistic } from "./statistic.ts";
import { lastOfEachSecond } from "./window_seconds.ts";

const SECOND_US = 1_000_000;
/**
 * The short window as a part of the long one, by which an alert ends soon after its cause does (Google, The
 * Site Reliability Workbook, ch. 5, table 5-8).
 */
const SHORT_PART = 12;

/** Reads one metric of some revisions. */
type Reader = (
  state: FleetState,
  revisions: readonly RevisionState[],
  scope: MetricScope,
) => number | undefined;

const READERS: { readonly [metric in Exclude<MetricName, Latency>]: Reader } = {
  errorRate: (state, revisions, scope) => errorRatePpm(requestsOf(state, revisions, scope)),
  goodput: (state, revisions, scope) =>
    state.services[scope.service]?.hasSlo
      ? goodputPpm(requestsOf(state, revisions, scope))
      : undefined,
  prefixHitRate: (_, revisions, scope) => prefixHitPpm(countsOf(revisions, scope)),
  own: (state, revisions, scope) => {
    const seconds = secondsOf(state, scope);
    if (!scope.own || seconds <= 0 || revisions.length === 0) return undefined;
    return readOwnMetric(scope.own, totalsOf(revisions, scope), seconds);
  },
  rps: readRps,
  kvCacheUsage: (_, revisions, scope) =>
    meanKvPpm(revisions, scope.overUs === undefined ? undefined : windowsOf(revisions, scope)),
  waiting: (_, revisions, { nowUs }) => lastWaiting(revisions, nowUs),
  inFlight: (_, revisions) =>
    milli(
      revisions,
      ({ measured, warmup }) => inFlight(measured.requests) + inFlight(warmup.requests),
    ),
  lost: (state, revisions, scope) =>
    revisions.length === 0 ? undefined : 1000 * lost(requestsOf(state, revisions, scope)),
  preemptions: (_, revisions, scope) =>
    milli(revisions, (revision) => preemptionsOf(revision, scope)),
  replicas: (_, revisions) => milli(revisions, ({ replicas }) => replicas),
  burnRate: readBurnRate,
  gpuHours: (state, revisions, { nowUs }) => gpuHoursMilli(state, revisions, nowUs),
  cost: (state, revisions, { nowUs }) => costMilliUsd(state, revisions, nowUs),
};

/** The metric's value in its stored unit; undefined when there is no sample (unknown is not 0). */
export function readMetric(
  state: FleetState,
  metric: MetricName,
  statistic: Statistic | undefined,
  scope: MetricScope,
): number | undefined {
  const revisions = revisionsOf(state, scope);
  if (metric in READERS) return READERS[metric as keyof typeof READERS](state, revisions, scope);
  return readLatency(latencyOf(state, metric as Latency, scope), statistic ?? "p95");
}

/** Thousandths of a sum over revisions; undefined when there is none. */
function milli(
  revisions: readonly RevisionState[],
  count: (revision: RevisionState) => number,
): number | undefined {
  return revisions.length === 0 ? undefined : 1000 * sumOf(revisions, count);
}

function sumOf<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}

/** How long the time is that is looked at, in seconds. */
function secondsOf({ run }: FleetState, { overUs, nowUs }: MetricScope): number {
  return Math.min(overUs ?? nowUs - (run?.warmupUs ?? 0), nowUs) / 1e6;
}

/** The share of requests that are to be good: of a load its own, else its service's. */
export function objectiveFor(
  state: FleetState,
  service: string,
  load: string | undefined,
): GoodputObjective | undefined {
  const own = load === undefined ? undefined : state.run?.loads?.[load]?.objective;
  return own ?? state.services[service]?.objective;
}

/** Requests that a budget is for: the load's, or the service's without those of loads with their own. */
export function budgetedRequests(
  state: FleetState,
  service: string,
  totals: Totals,
  load: string | undefined,
): Totals["requests"] {
  if (load !== undefined) return requestsOfLoad(state, totals, { service, load });
  const { run } = state;
  const { requests, loads = {} } = totals;
  const rest = { ...requests };
  for (const [name, counts] of Object.entries(loads)) {
    if (run?.loads?.[name]?.objective) takeRequests(rest, counts);
  }
  return rest;
}

function readRps(
  state: FleetState,
  revisions: readonly RevisionState[],
  scope: MetricScope,
): number | undefined {
  const seconds = secondsOf(state, scope);
  if (seconds <= 0 || revisions.length === 0) return undefined;
  const { arrived } = requestsOf(state, revisions, scope);
  return Math.round(arrived * 1000 / seconds);
}

function readLatency(histogram: DenseHistogram, statistic: Statistic): number | undefined {
  if (histogram.count === 0) return undefined;
  if (statistic === "mean") return Math.round(histogram.sum / histogram.count);
  return percentile(histogram, Number(statistic.slice(1)));
}

function preemptionsOf(revision: RevisionState, scope: MetricScope): number {
  if (scope.overUs === undefined) return revision.preemptions;
  const windows = windowsOf([revision], scope);
  return sumOf(windows, ({ pods }) => sumOf(pods.preemptions, (count) => count));
}

/**
 * The lesser of the long window's and the short one's: an alert on it is on while both are above. A short
 * window in which no request ended burns nothing; of the whole run there is none.
 */
function readBurnRate(
  state: FleetState,
  revisions: readonly RevisionState[],
  scope: MetricScope,
): number | undefined {
  const objective = objectiveFor(state, scope.service, scope.load);
  if (!objective) return undefined;
  const goodOver = (overUs: number | undefined) => {
    const totals = countsOf(revisions, { ...scope, overUs });
    return goodputPpm(budgetedRequests(state, scope.service, totals, scope.load));
  };
  const long = goodOver(scope.overUs);
  if (long === undefined) return undefined;
  const burn = burnRateMilli(long, objective);
  if (scope.overUs === undefined) return burn;
  const overUs = scope.shortUs ?? Math.max(SECOND_US, Math.round(scope.overUs / SHORT_PART));
  const short = goodOver(overUs);
  return Math.min(burn, short === undefined ? 0 : burnRateMilli(short, objective));
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
  const samples = windows && lastOfEachSecond(windows).flatMap(({ pods }) => pods.kvPpm);
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
