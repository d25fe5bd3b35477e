// The latency objectives of a run by its head: those it begins with, and as changes of them leave them.

import { z } from "zod";
import { type SloLimits, sloSchema } from "../load/objectives.ts";
import { parseDuration } from "../sim/duration.ts";

const changesSchema = z.looseObject({
  changes: z.array(z.looseObject({
    service: z.string(),
    when: z.unknown(),
    slo: z.unknown(),
  })),
});

/**
 * By service, out of a scenario's data, the head of a run file, which is not planned for it; what cannot be
 * read is left out.
 */
export function initialObjectives(scenario: unknown): Readonly<Record<string, SloLimits>> {
  const { slo } = (scenario ?? {}) as { readonly slo?: unknown };
  if (typeof slo !== "object" || slo === null) return {};
  return Object.fromEntries(
    Object.entries(slo).flatMap(([service, limits]) => {
      const parsed = sloSchema.safeParse(limits);
      return parsed.success ? [[service, parsed.data] as const] : [];
    }),
  );
}

/** The same at the end of the run. A change without a fixed time may never come, and counts for nothing. */
export function objectivesInForce(scenario: unknown): Readonly<Record<string, SloLimits>> {
  const objectives = new Map(Object.entries(initialObjectives(scenario)));
  for (const { service, limits } of changesOf(scenario)) {
    const { goodput, window } = objectives.get(service) ?? {};
    objectives.set(service, {
      ...limits,
      ...(goodput === undefined ? {} : { goodput }),
      ...(window === undefined ? {} : { window }),
    });
  }
  return Object.fromEntries(objectives);
}

/** In the order of their times. */
function changesOf(scenario: unknown): { readonly service: string; readonly limits: SloLimits }[] {
  const { changes = [] } = changesSchema.safeParse(scenario).data ?? {};
  const timed = changes.flatMap(({ service, when, slo }) => {
    const atUs = typeof when === "string" ? parseDuration(when) : undefined;
    const parsed = sloSchema.safeParse(slo);
    return atUs === undefined || !parsed.success ? [] : [{ atUs, service, limits: parsed.data }];
  });
  return timed.sort((a, b) => a.atUs - b.atUs);
}
