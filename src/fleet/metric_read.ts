// Metrics read out of state: of a service, its revisions or one load, over a time or the whole run.

import { percentile } from "../metrics/histogram.ts";
import type { Latency, MetricName } from "../metrics/names.ts";
import { emptyCounts } from "../metrics/request_counts.ts";
import { burnRateMilli, type GoodputObjective } from "../metrics/slo.ts";
import {
  addTotals,
  addWindow,
  emptyTotals,
  errorRatePpm,
  goodputPpm,
  inFlight,
  lost,
  prefixHitPpm,
  type Totals,
} from "../metrics/totals.ts";
import { costMilliUsd, gpuHoursMilli } from "./gpu_cost.ts";
import type { MetricDefinition } from "./policy/definition.ts";
import { readOwnMetric } from "./policy/own_metric.ts";
import { SHADOW } from "./revision_names.ts";
import type { FleetState, RevisionState, WindowEvent } from "./state.ts";
import type { Statistic } from "./statistic.ts";

const SECOND_US = 1_000_000;
/**
 * The short window as a part of the long one, by which an alert ends soon after its cause does (Google, The
 * Site Reliability Workbook, ch. 5, table 5-8).
 */
const SHORT_PART = 12;

/** Where a metric is read: a service, one of its revisions or all, and how far back. */
export interface MetricScope {
  readonly service: string;
  readonly revision: string | undefined;
  readonly nowUs: number;
  /** Undefined: the whole run after its warm-up. */
  readonly overUs: number | undefined;
  /** Of a burn rate; undefined: a twelfth of `overUs`. */
  readonly shortUs?: number | undefined;
  /** Its requests alone; undefined: all. */
  readonly load?: string | undefined;
  /** Of the metric `own`. */
  readonly own?: MetricDefinition | undefined;
  /** Of copies that a gateway sent; of a shadow it goes without saying. */
  readonly mirrored?: true | undefined;
}

/** Reads one metric of some revisions. */
type Reader = (
  state: FleetState,
  revisions: readonly RevisionState[],
  scope: MetricScope,
) => number | undefined;

const READERS: { readonly [metric in Exclude<MetricName, Latency>]: Reader } = {
  errorRate: (_, revisions, scope) => errorRatePpm(requestsOf(revisions, scope)),
  goodput: (state, revisions, scope) =>
    state.services[scope.service]?.hasSlo ? goodputPpm(requestsOf(revisions, scope)) : undefined,
  prefixHitRate: (_, revisions, scope) => prefixHitPpm(totalsOf(revisions, scope)),
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
  lost: (_, revisions, scope) =>
    revisions.length === 0 ? undefined : 1000 * lost(requestsOf(revisions, scope)),
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
  return readLatency(totalsOf(revisions, scope), metric as Latency, statistic ?? "p95");
}

/** The same of a distribution: all values of a latency. */
export function latencyOf(state: FleetState, metric: Latency, scope: MetricScope) {
  return totalsOf(revisionsOf(state, scope), scope).latencyUs[metric];
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
  if (scope.mirrored || scope.revision === SHADOW) return addCopies(totals, revisions, scope);
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

/** Of copies, whenever they arrived. */
function addCopies(
  totals: Totals,
  revisions: readonly RevisionState[],
  scope: MetricScope,
): Totals {
  if (scope.overUs === undefined) {
    for (const { mirrored } of revisions) if (mirrored) addTotals(totals, mirrored);
    return totals;
  }
  for (const { mirrored } of windowsOf(revisions, scope)) if (mirrored) addWindow(totals, mirrored);
  return totals;
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
  { run }: FleetState,
  { requests, loads = {} }: Totals,
  load: string | undefined,
): Totals["requests"] {
  if (load !== undefined) return loads[load] ?? emptyCounts();
  const rest = { ...requests };
  for (const [name, counts] of Object.entries(loads)) {
    if (!run?.loads?.[name]?.objective) continue;
    for (const key of ["arrived", "completed", "failed", "rejected", "good"] as const) {
      rest[key] -= counts[key];
    }
    if (rest.retried !== undefined) rest.retried -= counts.retried ?? 0;
    if (rest.late !== undefined) rest.late -= counts.late ?? 0;
  }
  return rest;
}

/** Of all loads, or of the one that is meant. */
function requestsOf(revisions: readonly RevisionState[], scope: MetricScope): Totals["requests"] {
  const { requests, loads } = totalsOf(revisions, scope);
  return scope.load === undefined ? requests : loads?.[scope.load] ?? emptyCounts();
}

function readRps(
  state: FleetState,
  revisions: readonly RevisionState[],
  scope: MetricScope,
): number | undefined {
  const seconds = secondsOf(state, scope);
  if (seconds <= 0 || revisions.length === 0) return undefined;
  const { arrived } = requestsOf(revisions, scope);
  return Math.round(arrived * 1000 / seconds);
}

function readLatency(totals: Totals, metric: Latency, statistic: Statistic): number | undefined {
  const histogram = totals.latencyUs[metric];
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
    const totals = totalsOf(revisions, { ...scope, overUs });
    return goodputPpm(budgetedRequests(state, totals, scope.load));
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
