// A scenario as frozen data: entries get their ids, references to entries become those ids.

import type { ScenarioOptions } from "./scenario_options.ts";
import type { Scenario } from "./schema.ts";

/** Fields that hold another entry of the scenario rather than data of their own. */
const REFERENCES = new Set(["after", "fault"]);

/**
 * Freezes a scenario. It never throws: what is wrong is told by `plan`. An entry that is referred to
 * but not in its list becomes `{ ref: null }`: it never happens.
 */
export function scenario(options: ScenarioOptions): Scenario {
  const ids = new Map<unknown, string>();
  const faults: unknown = options?.faults;
  for (const [index, fault] of (Array.isArray(faults) ? faults : []).entries()) {
    if (typeof fault === "object" && fault) ids.set(fault, entryId("faults", index, fault));
  }
  return freeze({ kind: "scenario", ...options }, ids, new Set()) as Scenario;
}

/** An entry's id: its name, or its place in its list, as `faults[0]`. */
export function entryId(
  list: string,
  index: number,
  entry: { readonly name?: string | undefined },
): string {
  return entry.name ?? `${list}[${index}]`;
}

/** JSON would make null of NaN and Infinity: as text what was written can still be named. */
function freeze(value: unknown, ids: ReadonlyMap<unknown, string>, within: Set<unknown>): unknown {
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (typeof value !== "object" || value === null) return value;
  if (within.has(value)) return null;
  within.add(value);
  const copy = Array.isArray(value)
    ? value.map((item) => freeze(item, ids, within))
    : Object.fromEntries(
      Object.entries(value).filter(([, field]) => field !== undefined).map(([key, field]) => [
        key,
        isEntry(key, field)
          ? Object.freeze({ ref: ids.get(field) ?? null })
          : freeze(field, ids, within),
      ]),
    );
  within.delete(value);
  return Object.freeze(copy);
}

function isEntry(key: string, field: unknown): boolean {
  return REFERENCES.has(key) && typeof field === "object" && field !== null && "when" in field;
}
