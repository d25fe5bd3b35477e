// What a metric is read out of: the parts of state that its service, revision, load and time mean.

import { type DenseHistogram, emptyDense } from "../metrics/histogram.ts";
import { type Latency, LATENCY_NAMES } from "../metrics/names.ts";
import { addCounts, addLatency, emptyTotals, type Totals } from "../metrics/totals.ts";
import type { WindowMetrics } from "../metrics/window.ts";
import { isAlone, latencyOfLoad, requestsOfLoad } from "./load_read.ts";
import type { MetricDefinition } from "./policy/definition.ts";
import { SHADOW } from "./revision_names.ts";
import type { FleetState, RevisionState, WindowEvent } from "./state.ts";

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

export function revisionsOf(state: FleetState, scope: MetricScope): RevisionState[] {
  const revisions = state.services[scope.service]?.revisions ?? {};
  if (scope.revision === undefined) return Object.values(revisions);
  const revision = revisions[scope.revision];
  return revision ? [revision] : [];
}

export function windowsOf(revisions: readonly RevisionState[], scope: MetricScope): WindowEvent[] {
  const sinceUs = scope.nowUs - (scope.overUs ?? 60_000_000);
  return revisions.flatMap(({ recent }) => recent.filter((window) => window.at > sinceUs));
}

/** Totals of the whole run after its warm-up, or windows; those of copies whenever they arrived. */
function partsOf(
  revisions: readonly RevisionState[],
  scope: MetricScope,
): readonly (Totals | WindowMetrics)[] {
  const copies = scope.mirrored === true || scope.revision === SHADOW;
  const parts = scope.overUs === undefined
    ? revisions.map(({ measured, mirrored }) => copies ? [mirrored] : [measured])
    : windowsOf(revisions, scope).map(({ measured, warmup, mirrored }) =>
      copies ? [mirrored] : [measured, warmup]
    );
  return parts.flat().filter((part) => part !== undefined);
}

export function totalsOf(revisions: readonly RevisionState[], scope: MetricScope): Totals {
  const totals = countsOf(revisions, scope);
  for (const { latencyUs } of partsOf(revisions, scope)) {
    for (const name of LATENCY_NAMES) {
      const histogram = latencyUs[name];
      if (histogram) addLatency(totals.latencyUs[name], histogram);
    }
  }
  return totals;
}

/** The same without latencies, of which there are most. */
export function countsOf(revisions: readonly RevisionState[], scope: MetricScope): Totals {
  const totals = emptyTotals();
  for (const part of partsOf(revisions, scope)) addCounts(totals, part);
  return totals;
}

/** Of all loads, or of the one that is meant. */
export function requestsOf(
  state: FleetState,
  revisions: readonly RevisionState[],
  scope: MetricScope,
): Totals["requests"] {
  const { service, load } = scope;
  const totals = countsOf(revisions, scope);
  return load === undefined ? totals.requests : requestsOfLoad(state, totals, { service, load });
}

/** All values of a latency, of all loads or of the one that is meant. */
export function latencyOf(state: FleetState, metric: Latency, scope: MetricScope): DenseHistogram {
  const { service, load } = scope;
  const found = emptyDense();
  for (const revision of revisionsOf(state, scope)) {
    const parts = partsOf([revision], scope);
    const histograms = load === undefined
      ? parts.map(({ latencyUs }) => latencyUs[metric])
      : [latencyOfLoad(state, parts, metric, { service, load, alone: onlyFrom(load, revision) })];
    for (const histogram of histograms) if (histogram) addLatency(found, histogram);
  }
  return found;
}

/** Whether all that ever came to a revision is of one load. */
function onlyFrom(load: string, { measured, warmup, mirrored }: RevisionState): boolean {
  return isAlone([measured, warmup, ...(mirrored ? [mirrored] : [])], load);
}
