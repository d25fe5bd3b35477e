// What becomes of objectives that a fork has otherwise: a change at its instant, as what ended is judged.

import { isRecord } from "../kube/fields.ts";
import { diffPatch, type Json, type JsonObject, mergePatch } from "../kube/object.ts";
import { dataDifferences } from "../log/data_diff.ts";
import { parseDuration } from "../sim/duration.ts";

type Fields = Readonly<Record<string, unknown>>;
type Result =
  | { readonly slo: unknown; readonly changes: readonly Fields[] }
  | { readonly problem: string };

/** Of a service's objectives what no single request is held against: a change of it alters no event. */
const BUDGET = ["goodput", "window"];

/**
 * Limits stay as they were and change at `when`; error budgets are taken over. `earlier` are the changes
 * that the parent has already.
 */
export function forkObjectives(
  parent: unknown,
  changed: unknown,
  earlier: readonly Fields[],
  when: string,
): Result {
  if (!isRecord(changed ?? {})) return { slo: changed, changes: [] };
  const [before, after] = [parent, changed].map((each): Fields => isRecord(each) ? each : {}) as [
    Fields,
    Fields,
  ];
  const slo: Record<string, unknown> = { ...after };
  const changes: Fields[] = [];
  for (const service of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [a, b] = [before[service], after[service] ?? {}];
    if (!isRecord(b) || dataDifferences(limitsOf(a ?? {}), limitsOf(b)).length === 0) continue;
    if (!isRecord(a)) {
      return {
        problem:
          `Cannot give "${service}" objectives at ${when}: its requests until then were not ` +
          `judged; expect something of its percentiles instead, as in --set 'expect[0]=…'`,
      };
    }
    slo[service] = { ...limitsOf(a), ...budgetOf(b) };
    changes.push({ kind: "change", service, when, slo: limitsFrom(a, b, service, earlier) });
  }
  return { slo, changes };
}

/** What was in force with what differs. */
function limitsFrom(
  before: Fields,
  after: Fields,
  service: string,
  earlier: readonly Fields[],
): JsonObject {
  const own = earlier.filter((change) => change["service"] === service && "slo" in change)
    .toSorted((a, b) => timeOf(a) - timeOf(b));
  const last = own.at(-1)?.["slo"];
  const from = limitsOf(before);
  const patch = diffPatch(from, limitsOf(after));
  return mergePatch(isRecord(last) ? last as JsonObject : from, patch ?? {}) as JsonObject;
}

function timeOf({ when }: Fields): number {
  return typeof when === "string" ? parseDuration(when) ?? 0 : 0;
}

function limitsOf(objectives: unknown): JsonObject {
  return withoutBudget(isRecord(objectives) ? objectives : {}) as JsonObject;
}

function budgetOf(objectives: Fields): Fields {
  return Object.fromEntries(
    Object.entries(objectives).filter(([field]) => BUDGET.includes(field)),
  );
}

function withoutBudget(objectives: Fields): Readonly<Record<string, Json>> {
  return Object.fromEntries(
    Object.entries(objectives).filter(([field]) => !BUDGET.includes(field)),
  ) as Record<string, Json>;
}
