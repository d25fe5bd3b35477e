// Objectives as a scenario writes them turned into what a single request is held against.

import type { SloLimits } from "../load/objectives.ts";
import type { Slo } from "../metrics/slo.ts";
import type { ParsedScenario } from "./schema.ts";
import { addressedOf, meantBy } from "./targets.ts";

/** One request has no percentiles: each objective's strictest one counts. Undefined limits: none. */
export function sloOf({ ttft, itl, e2e }: SloLimits = {}): Slo {
  const limits = { ttftUs: strictest(ttft), itlUs: strictest(itl), e2eUs: strictest(e2e) };
  return Object.fromEntries(Object.entries(limits).filter(([, us]) => us !== undefined));
}

function strictest(limit: SloLimits["ttft"]): number | undefined {
  const values = Object.values(limit ?? {}).filter((us) => us !== undefined);
  return values.length === 0 ? undefined : Math.min(...values);
}

/**
 * Services that have a goodput: those with objectives of their own, and those with a load that brings
 * its own. There a request under no objective is good when it is completed.
 */
export function judgedServices({ slo, load, services }: ParsedScenario): string[] {
  const addressed = services.flatMap((each) => addressedOf(each) ?? []);
  const loaded = load.filter((each) => each.slo !== undefined)
    .flatMap(({ to }) => meantBy(to, addressed).map(({ name }) => name));
  return [...new Set([...Object.keys(slo), ...loaded])];
}
