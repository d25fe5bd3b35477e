// Error budgets as text.

import { PPM } from "../metrics/names.ts";
import { formatInstant, formatPpm, formatRate } from "../view/format.ts";
import type { BudgetSummary } from "./slo_summary.ts";

/** `43.1% of 1% bad requests spent, burning at 0.4, exhausted in 12m05s`. */
export function budgetText(budget: BudgetSummary): string {
  const { objective, windowSeconds, spent, burnRate } = budget;
  const window = windowSeconds === null ? "" : ` in ${formatInstant(windowSeconds * 1e6)}`;
  const allowed = `${formatPpm(PPM - objective * PPM)} bad requests${window}`;
  const burns = burnRate === null ? [] : [`burns at ${formatRate(burnRate)}`];
  const whose = budget.loads === undefined ? "" : ` by ${budget.loads.join(", ")} alone`;
  return [`${percent(spent)} of ${allowed} spent${whose}`, ...burns, ...lastsText(budget)].join(
    ", ",
  );
}

function lastsText({ spent, exhaustedInSeconds }: BudgetSummary): string[] {
  if (spent !== null && spent >= 1) return ["exhausted"];
  if (exhaustedInSeconds === null) return [];
  return [`exhausted in ${formatInstant(exhaustedInSeconds * 1e6)}`];
}

function percent(share: number | null): string {
  return formatPpm(share === null ? undefined : Math.round(share * PPM));
}
