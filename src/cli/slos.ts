// The objectives of a run's services, as tables hold them against what is served.

import type { Slo } from "../metrics/slo.ts";
import { objectivesInForce } from "../report/objectives_in_force.ts";
import type { Plan } from "../scenario/plan.ts";
import { sloOf } from "../scenario/slo.ts";
import type { SloLimits } from "../view/thresholds.ts";

/** What a request is held against is what the service's p95 is held against. */
export function slosOf({ services }: Plan): Record<string, SloLimits> {
  return Object.fromEntries(
    services.flatMap(({ name, slo }) => slo === undefined ? [] : [[name, limitsOf(slo)]]),
  );
}

/** The same out of a scenario's data, the head of a run file, which is not planned for it. */
export function slosOfScenario(scenario: unknown): Record<string, SloLimits> {
  return Object.fromEntries(
    Object.entries(objectivesInForce(scenario)).map(([name, limits]) => [
      name,
      limitsOf(sloOf(limits)),
    ]),
  );
}

function limitsOf({ ttftUs, itlUs, e2eUs }: Slo): SloLimits {
  return {
    ...(ttftUs === undefined ? {} : { ttftP95Us: ttftUs }),
    ...(itlUs === undefined ? {} : { itlP95Us: itlUs, itlIsMean: true as const }),
    ...(e2eUs === undefined ? {} : { e2eP95Us: e2eUs }),
  };
}
