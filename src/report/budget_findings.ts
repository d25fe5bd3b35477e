// Error budgets of a service and its loads that burn too fast, or are spent.

import type { FleetState } from "../fleet/state.ts";
import { BURN_RATES, highIsBad } from "../view/thresholds.ts";
import type { Finding } from "./findings.ts";
import { type BudgetSummary, loadBudgets, sloSummary } from "./slo_summary.ts";
import { budgetText } from "./slo_text.ts";

/** `service` as state knows it, `name` as its object is called. */
export function budgetFindings(
  state: FleetState,
  nowUs: number,
  service: string,
  name: string,
): Finding[] {
  const known = state.services[service];
  if (!known) return [];
  const loads = [...loadBudgets(service, known, state, nowUs)].flatMap(([load, budget]) =>
    budget && state.run?.loads?.[load]?.objective ? [[`load ${load}: `, budget] as const] : []
  );
  const summary = sloSummary(service, known, state, nowUs);
  const own = summary ? [["", summary.budget] as const] : [];
  return [...own, ...loads].flatMap(([whose, budget]) => {
    const reason = reasonOf(budget);
    if (reason === undefined) return [];
    const message = `${whose}${budgetText(budget)}`;
    return [{ object: `llmisvc/${name}`, others: 0, reason, message }];
  });
}

function reasonOf({ spent, burnRate }: BudgetSummary): Finding["reason"] | undefined {
  if (spent !== null && spent >= 1) return "ErrorBudgetSpent";
  const level = highIsBad(burnRate ?? undefined, BURN_RATES);
  return level === "warn" || level === "critical" ? "ErrorBudgetBurning" : undefined;
}
