// The loads of a service that the log tells apart, out of state: what each sent and how it was served.

import { latenciesOfLoad, loadsOf, requestsOfLoad } from "../fleet/load_read.ts";
import type { FleetState, ServiceState } from "../fleet/state.ts";
import { PPM } from "../metrics/names.ts";
import { addTotals, emptyTotals, errorRatePpm, goodputPpm } from "../metrics/totals.ts";
import { type LatencySummary, latencySummary } from "./latency_summary.ts";
import { type RequestsSummary, requestsSummary } from "./requests_summary.ts";
import { type BudgetSummary, loadBudgets } from "./slo_summary.ts";

/** Requests of one load that arrived after the warm-up; null is unknown. */
export interface LoadSummary extends LatencySummary {
  /** vLLM's: the lower the earlier, 0 where nothing is said. */
  readonly priority: number;
  /** Its InferenceObjective's: the higher the more important; 0 where nothing is said. */
  readonly inferencePriority: number;
  readonly requests: RequestsSummary;
  readonly errorRate: number | null;
  readonly goodput: number | null;
  readonly budget: BudgetSummary | null;
}

/** By name, in the scenario's order; none where a service has one load of which nothing is expected. */
export function loadSummaries(
  service: string,
  known: ServiceState,
  state: FleetState,
  atUs: number,
): Record<string, LoadSummary> {
  const totals = emptyTotals();
  for (const { measured } of Object.values(known.revisions)) addTotals(totals, measured);
  const budgets = loadBudgets(service, known, state, atUs);
  const loads = loadsOf(state, service, totals).map((load) => {
    const { priority = 0, inferencePriority = 0 } = state.run?.loads?.[load] ?? {};
    const scope = { service, load };
    const counts = requestsOfLoad(state, totals, scope);
    const summary: LoadSummary = {
      priority,
      inferencePriority,
      requests: requestsSummary(counts, known.hasSlo),
      errorRate: share(errorRatePpm(counts)),
      goodput: known.hasSlo ? share(goodputPpm(counts)) : null,
      ...latencySummary(latenciesOfLoad(state, totals, scope)),
      budget: budgets.get(load) ?? null,
    };
    return [load, summary] as const;
  });
  return Object.fromEntries(loads);
}

function share(ppm: number | undefined): number | null {
  return ppm === undefined ? null : ppm / PPM;
}
