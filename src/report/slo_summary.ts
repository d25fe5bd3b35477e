// How a service keeps its level, out of state: error budgets, and loads that are counted apart.

import { measure } from "../fleet/measure.ts";
import { budgetedRequests, objectiveFor } from "../fleet/metric_read.ts";
import type { FleetState, ServiceState } from "../fleet/state.ts";
import { PPM } from "../metrics/names.ts";
import { emptyCounts } from "../metrics/request_counts.ts";
import { errorBudget, type GoodputObjective } from "../metrics/slo.ts";
import { addTotals, emptyTotals, errorRatePpm, goodputPpm, judged } from "../metrics/totals.ts";
import type { LoadCounts } from "../metrics/window.ts";

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

/** A load that is counted apart. */
export interface LoadSummary {
  /** vLLM's: the lower the earlier, 0 where nothing is said. */
  readonly priority: number;
  /** Its InferenceObjective's: the higher the more important; 0 where nothing is said. */
  readonly inferencePriority: number;
  readonly requests: {
    readonly arrived: number;
    readonly completed: number;
    readonly failed: number;
    readonly rejected: number;
  };
  readonly errorRate: number | null;
  readonly goodput: number | null;
  readonly budget: BudgetSummary | null;
}

export interface SloSummary {
  /** Of the requests of all loads that have none of their own. */
  readonly budget: BudgetSummary | null;
  readonly loads: Readonly<Record<string, LoadSummary>>;
}

/** "Now" of a burn rate, as Prometheus' shortest usual rate. */
const PRESENT_US = 60_000_000;

/** Null where nothing is said of error budgets and no load is counted apart. */
export function sloSummary(
  name: string,
  service: ServiceState,
  state: FleetState,
  atUs: number,
): SloSummary | null {
  const totals = emptyTotals();
  for (const { measured } of Object.values(service.revisions)) addTotals(totals, measured);
  const { loads: counted = {} } = totals;
  if (!service.objective && Object.keys(counted).length === 0) return null;
  const budget = (load?: string) => {
    const objective = objectiveFor(state, name, load);
    const counts = budgetedRequests(state, totals, load);
    return objective ? budgetOf(counts, objective, { name, state, atUs, load }) : null;
  };
  const loads = Object.entries(counted).map(([load, counts]) => {
    const { priority = 0, inferencePriority = 0 } = state.run?.loads?.[load] ?? {};
    return [load, { priority, inferencePriority, ...ofLoad(counts), budget: budget(load) }];
  });
  const shared = Object.keys(counted).filter((load) => !state.run?.loads?.[load]?.objective);
  const apart = shared.length < Object.keys(counted).length;
  const common = budget();
  return {
    budget: common && apart ? { ...common, loads: shared } : common,
    loads: Object.fromEntries(loads),
  };
}

function ofLoad(counts: LoadCounts) {
  const requests = { ...emptyCounts(), ...counts };
  const { arrived, completed, failed, rejected } = requests;
  return {
    requests: { arrived, completed, failed, rejected },
    errorRate: share(errorRatePpm(requests)),
    goodput: share(goodputPpm(requests)),
  };
}

interface Place {
  readonly name: string;
  readonly state: FleetState;
  readonly atUs: number;
  readonly load: string | undefined;
}

function budgetOf(
  counts: LoadCounts,
  objective: GoodputObjective,
  { name, state, atUs, load }: Place,
): BudgetSummary {
  const burning = {
    ...{ metric: "burnRate", over: PRESENT_US, short: PRESENT_US } as const,
    ...(load === undefined ? {} : { load }),
  };
  const burnMilli = measure(state, burning, { service: name, nowUs: atUs, overUs: undefined });
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
