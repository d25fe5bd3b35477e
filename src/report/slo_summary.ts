// How a service keeps its level, out of state: error budgets, its own and those of its loads.

import { loadsOf } from "../fleet/load_read.ts";
import { measure } from "../fleet/measure.ts";
import { budgetedRequests, objectiveFor } from "../fleet/metric_read.ts";
import type { FleetState, ServiceState } from "../fleet/state.ts";
import { PPM } from "../metrics/names.ts";
import { errorBudget } from "../metrics/slo.ts";
import { addCounts, emptyTotals, judged, type Totals } from "../metrics/totals.ts";

/** The budget of bad requests that an objective leaves; null is unknown. */
export interface BudgetSummary {
  /** The share of requests that are to be good. */
  readonly objective: number;
  /** The time whose budget it is; null: the run after its warm-up. */
  readonly windowSeconds: number | null;
  /** Of what the whole window allows; above 1 it is overspent. */
  readonly spent: number | null;
  /** Over the last minute: 1 spends the budget in just its window. */
  readonly burnRate: number | null;
  /** At that rate, until all is spent; null where it never will be: nothing burns, or at 1 at the most. */
  readonly exhaustedInSeconds: number | null;
  /** Of a service whose other loads have budgets of their own: the loads that spend this one. */
  readonly loads?: readonly string[];
}

export interface SloSummary {
  /** Of the requests of all loads that have none of their own. */
  readonly budget: BudgetSummary;
}

/** "Now" of a burn rate, as Prometheus' shortest usual rate. */
const PRESENT_US = 60_000_000;

/** Null where nothing is said of an error budget. */
export function sloSummary(
  name: string,
  service: ServiceState,
  state: FleetState,
  atUs: number,
): SloSummary | null {
  const totals = emptyTotals();
  for (const { measured } of Object.values(service.revisions)) addCounts(totals, measured);
  const budget = budgetOf(totals, { service: name, load: undefined, state, atUs });
  if (!budget) return null;
  const loads = loadsOf(state, name, totals);
  const shared = loads.filter((load) => !state.run?.loads?.[load]?.objective);
  return { budget: shared.length < loads.length ? { ...budget, loads: shared } : budget };
}

/** The budget of each load that is told apart, its own or its part of the service's; null: none was said. */
export function loadBudgets(
  service: string,
  { revisions }: ServiceState,
  state: FleetState,
  atUs: number,
): Map<string, BudgetSummary | null> {
  const totals = emptyTotals();
  for (const { measured } of Object.values(revisions)) addCounts(totals, measured);
  const loads = loadsOf(state, service, totals);
  return new Map(loads.map((load) => [load, budgetOf(totals, { service, load, state, atUs })]));
}

interface Place {
  readonly service: string;
  readonly load: string | undefined;
  readonly state: FleetState;
  readonly atUs: number;
}

/** Null where no objective is said. */
function budgetOf(totals: Totals, { service, load, state, atUs }: Place): BudgetSummary | null {
  const objective = objectiveFor(state, service, load);
  if (!objective) return null;
  const counts = budgetedRequests(state, service, totals, load);
  const burning = {
    ...{ metric: "burnRate", over: PRESENT_US, short: PRESENT_US } as const,
    ...(load === undefined ? {} : { load }),
  };
  const burnMilli = measure(state, burning, { service, nowUs: atUs, overUs: undefined });
  const budget = errorBudget(objective, {
    good: counts.good,
    judged: judged(counts),
    elapsedUs: atUs - (state.run?.warmupUs ?? 0),
    burnMilli,
  });
  const { goodputPpm: good, windowUs } = objective;
  return {
    objective: good / PPM,
    windowSeconds: windowUs === undefined ? null : windowUs / 1e6,
    spent: share(budget?.spentPpm),
    burnRate: burnMilli === undefined ? null : burnMilli / 1000,
    exhaustedInSeconds: budget?.exhaustedInUs === undefined ? null : budget.exhaustedInUs / 1e6,
  };
}

function share(ppm: number | undefined): number | null {
  return ppm === undefined ? null : ppm / PPM;
}
