// The objectives that a run's services begin with, as tables hold them against what is served.

import { initialObjectives } from "../report/objectives_in_force.ts";
import type { Plan } from "../scenario/plan.ts";
import { sloOf } from "../scenario/slo.ts";
import { limitsOf, type SloLimits } from "../view/thresholds.ts";

/** What changes of them make of them while it runs is in its state. */
export function slosOf({ services }: Plan): Record<string, SloLimits> {
  return Object.fromEntries(
    services.flatMap(({ name, slo }) => slo === undefined ? [] : [[name, limitsOf(slo)]]),
  );
}

/** The same out of a scenario's data, the head of a run file, which is not planned for it. */
export function slosOfScenario(scenario: unknown): Record<string, SloLimits> {
  return Object.fromEntries(
    Object.entries(initialObjectives(scenario)).map(([name, limits]) => [
      name,
      limitsOf(sloOf(limits)),
    ]),
  );
}
