// Windows merged: the exact totals from which every percentile, share and rate is read.

import {
  type DenseHistogram,
  emptyDense,
  mean,
  mergeDense,
  mergeSparse,
  percentile,
  type SparseHistogram,
} from "./histogram.ts";
import { type Latency, LATENCY_NAMES, PPM } from "./names.ts";
import { emptyCounts, type MutableCounts, type RequestCounts } from "./request_counts.ts";
import type { WindowMetrics } from "./window.ts";

/** Sums over windows; plain data that a checkpoint can hold. */
export interface Totals {
  requests: MutableCounts;
  /** By load, of those that are told apart. */
  loads?: Record<string, LoadTotals>;
  promptTokens: number;
  outputTokens: number;
  goodTokens: number;
  prefixQueries: number;
  prefixHits: number;
  latencyUs: { [metric in Latency]: DenseHistogram };
}

export interface LoadTotals extends MutableCounts {
  /** Of a load whose latencies are told apart; what is absent had no sample. */
  latencyUs?: { [metric in Latency]?: DenseHistogram };
}

export const PERCENTILES = [50, 90, 95, 99] as const;

/** Mean and percentiles in µs; undefined where nothing was observed. */
export type Distribution =
  & { readonly mean: number }
  & Readonly<Record<`p${50 | 90 | 95 | 99}`, number>>;

export function emptyTotals(): Totals {
  return {
    requests: emptyCounts(),
    promptTokens: 0,
    outputTokens: 0,
    goodTokens: 0,
    prefixQueries: 0,
    prefixHits: 0,
    latencyUs: Object.fromEntries(
      LATENCY_NAMES.map((name) => [name, emptyDense()]),
    ) as Totals["latencyUs"],
  };
}

/** Adds one window to the totals, in place. */
export function addWindow(totals: Totals, window: WindowMetrics): void {
  addCounts(totals, window);
  addLoadLatencies(totals, window);
  for (const name of LATENCY_NAMES) {
    const histogram = window.latencyUs[name];
    if (histogram) mergeSparse(totals.latencyUs[name], histogram);
  }
}

/** Adds other totals, in place: revisions into a service, services into a fleet. */
export function addTotals(totals: Totals, other: Totals): void {
  addCounts(totals, other);
  addLoadLatencies(totals, other);
  for (const name of LATENCY_NAMES) mergeDense(totals.latencyUs[name], other.latencyUs[name]);
}

/** Adds what is counted alone, in place; latencies stay as they are. */
export function addCounts(totals: Totals, other: Totals | WindowMetrics): void {
  addRequests(totals.requests, other.requests);
  for (const [load, counts] of Object.entries(other.loads ?? {})) {
    addRequests((totals.loads ??= {})[load] ??= emptyCounts(), counts);
  }
  totals.promptTokens += other.promptTokens;
  totals.outputTokens += other.outputTokens;
  totals.goodTokens += other.goodTokens ?? 0;
  totals.prefixQueries += other.prefixQueries ?? 0;
  totals.prefixHits += other.prefixHits ?? 0;
}

function addLoadLatencies(totals: Totals, { loads }: Pick<Totals | WindowMetrics, "loads">): void {
  if (loads === undefined) return;
  for (const [load, { latencyUs }] of Object.entries(loads)) {
    if (latencyUs === undefined) continue;
    const sums = totals.loads![load]!.latencyUs ??= {};
    for (const name of LATENCY_NAMES) {
      const histogram = latencyUs[name];
      if (histogram) addLatency(sums[name] ??= emptyDense(), histogram);
    }
  }
}

/** Adds the values of a window or of other totals, in place. */
export function addLatency(sum: DenseHistogram, other: DenseHistogram | SparseHistogram): void {
  if ("buckets" in other) mergeSparse(sum, other);
  else mergeDense(sum, other);
}

/** Adds other counts, in place. */
export function addRequests(sum: Totals["requests"], other: RequestCounts): void {
  sum.arrived += other.arrived;
  sum.completed += other.completed;
  sum.failed += other.failed;
  sum.rejected += other.rejected;
  sum.good += other.good;
  const { retried = 0, late = 0, retriedByGateway = 0 } = other;
  if (retried > 0) sum.retried = (sum.retried ?? 0) + retried;
  if (late > 0) sum.late = (sum.late ?? 0) + late;
  if (retriedByGateway > 0) {
    sum.retriedByGateway = (sum.retriedByGateway ?? 0) + retriedByGateway;
  }
}

/** Takes counts out again that are among those of a sum, in place: what is left are the others. */
export function takeRequests(sum: Totals["requests"], part: RequestCounts): void {
  sum.arrived -= part.arrived;
  sum.completed -= part.completed;
  sum.failed -= part.failed;
  sum.rejected -= part.rejected;
  sum.good -= part.good;
  if (sum.retried !== undefined) sum.retried -= part.retried ?? 0;
  if (sum.late !== undefined) sum.late -= part.late ?? 0;
}

/** Attempts that reached an end: completed, failed or rejected. */
export function ended(requests: RequestCounts): number {
  return requests.completed + requests.failed + requests.rejected;
}

export function inFlight(requests: RequestCounts): number {
  return requests.arrived - ended(requests);
}

/** Failed and rejected, in parts per million of those that ended; undefined when none did. */
export function errorRatePpm(requests: RequestCounts): number | undefined {
  return sharePpm(requests.failed + requests.rejected, ended(requests));
}

/** Requests of which it is known whether they were good: one tried again has not ended, a late one need not. */
export function judged(requests: RequestCounts): number {
  return ended(requests) - (requests.retried ?? 0) + (requests.late ?? 0);
}

/** Requests that met every SLO, in parts per million of those of which that is known. */
export function goodputPpm(requests: RequestCounts): number | undefined {
  return sharePpm(requests.good, judged(requests));
}

/** Requests that ended without an answer and were not tried again. */
export function lost(requests: RequestCounts): number {
  return requests.failed + requests.rejected - (requests.retried ?? 0);
}

/** Tokens found in the prefix cache, of those looked up there; undefined when none was. */
export function prefixHitPpm(
  { prefixQueries, prefixHits }: Pick<Totals, "prefixQueries" | "prefixHits">,
): number | undefined {
  return sharePpm(prefixHits, prefixQueries);
}

function sharePpm(part: number, whole: number): number | undefined {
  return whole === 0 ? undefined : Math.round(part * PPM / whole);
}

/** Mean and percentiles of a latency; undefined when it has no sample. */
export function distribution(histogram: DenseHistogram): Distribution | undefined {
  const average = mean(histogram);
  if (average === undefined) return undefined;
  const entries = PERCENTILES.map((p) => [`p${p}`, percentile(histogram, p)]);
  return { mean: Math.round(average), ...Object.fromEntries(entries) } as Distribution;
}
