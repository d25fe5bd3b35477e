// What of a service's figures is one load's: told by itself, or what is left when all others are taken out.

import { type DenseHistogram, emptyDense, takeOut } from "../metrics/histogram.ts";
import type { LoadCounts } from "../metrics/load_window.ts";
import { type Latency, LATENCY_NAMES } from "../metrics/names.ts";
import { emptyCounts, type MutableCounts } from "../metrics/request_counts.ts";
import { addLatency, type LoadTotals, takeRequests, type Totals } from "../metrics/totals.ts";
import type { WindowMetrics } from "../metrics/window.ts";
import type { FleetState } from "./state.ts";

/** Whose requests are meant. */
export interface LoadScope {
  readonly service: string;
  readonly load: string;
}

type Part = Totals | WindowMetrics;

/** Loads of which a service's totals tell something, those that are told by what is left included. */
export function loadsOf({ run }: FleetState, service: string, { loads = {} }: Totals): string[] {
  const isKnown = (load: string) => Object.hasOwn(loads, load);
  const known = Object.entries(run?.loads ?? {});
  const names = known.flatMap(([name, { restOf = [] }]) =>
    isKnown(name) || restOf.includes(service) ? [name] : []
  );
  return [...names, ...Object.keys(loads).filter((name) => !names.includes(name))];
}

/** Requests of one load; none where nothing is told of it. */
export function requestsOfLoad(
  state: FleetState,
  totals: Pick<Totals, "requests" | "loads">,
  scope: LoadScope,
): MutableCounts {
  const { loads = {}, requests } = totals;
  const told = loads[scope.load];
  if (told !== undefined) return countsOf(told);
  if (!isRest(state, scope)) return emptyCounts();
  const { retriedByGateway: _, ...rest } = requests;
  for (const counts of Object.values(loads)) takeRequests(rest, counts);
  return rest;
}

/**
 * Values of one latency of one load in these parts of a run. `alone`: no other load ever sent anything
 * there. Empty where the log tells the load's latencies from no others.
 */
export function latencyOfLoad(
  state: FleetState,
  parts: readonly Part[],
  metric: Latency,
  { service, load, alone }: LoadScope & { readonly alone: boolean },
): DenseHistogram {
  const found = emptyDense();
  const rest = alone || isRest(state, { service, load });
  for (const { latencyUs, loads = {} } of parts) {
    const histogram = rest ? latencyUs[metric] : loads[load]?.latencyUs?.[metric];
    if (histogram) addLatency(found, histogram);
  }
  if (!rest || alone) return found;
  const others = emptyDense();
  for (const { loads = {} } of parts) {
    for (const other of Object.values<LoadCounts | LoadTotals>(loads)) {
      const histogram = other.latencyUs?.[metric];
      if (histogram) addLatency(others, histogram);
    }
  }
  takeOut(found, others);
  return found;
}

/** All latencies of a load, as totals have them. */
export function latenciesOfLoad(
  state: FleetState,
  totals: Totals,
  scope: LoadScope,
): Totals["latencyUs"] {
  const where = { ...scope, alone: isAlone([totals], scope.load) };
  return Object.fromEntries(
    LATENCY_NAMES.map((name) => [name, latencyOfLoad(state, [totals], name, where)]),
  ) as Totals["latencyUs"];
}

/** Whether all requests in these totals are one load's. */
export function isAlone(all: readonly Totals[], load: string): boolean {
  return all.every(({ requests, loads }) => requests.arrived === (loads?.[load]?.arrived ?? 0));
}

/** Whether those requests of a service are the load's of which no other's name is told. */
function isRest({ run }: FleetState, { service, load }: LoadScope): boolean {
  return run?.loads?.[load]?.restOf?.includes(service) ?? false;
}

function countsOf({ latencyUs: _, ...counts }: LoadTotals): MutableCounts {
  return counts;
}
