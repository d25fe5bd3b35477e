// The latency objectives of a run's services, and whether its percentiles kept them.

import { objectivesInForce } from "./objectives_in_force.ts";
import type { Summary } from "./summary.ts";

export interface LimitOutcome {
  readonly service: string;
  /** `ttft p95`, `itl (tpot) p95`. */
  readonly label: string;
  readonly limitMs: number;
  /** Null where nothing was observed. */
  readonly gotMs: number | null;
  readonly met: boolean | null;
}

/** Of one request the mean gap between its tokens is held against `itl`: that is its TPOT. */
export const HELD_AGAINST = { ttft: "ttft", itl: "tpot", e2e: "e2e" } as const;
/** What an objective is called in reports. */
export const OBJECTIVE_LABEL = { ttft: "ttft", itl: "itl (tpot)", e2e: "e2e" } as const;
export type Objective = keyof typeof HELD_AGAINST;

/**
 * Of every limit that the scenario, the data of a log's head, sets for a service: percentiles are of the
 * whole run, limits those that it ends with.
 */
export function limitOutcomes(scenario: unknown, { services }: Summary): LimitOutcome[] {
  return Object.entries(objectivesInForce(scenario)).flatMap(([service, limits]) =>
    Object.entries(limits).flatMap(([metric, percentiles]) =>
      Object.entries(percentiles ?? {}).flatMap(([percentile, us]) => {
        if (us === undefined) return [];
        const found = services[service]?.[`${HELD_AGAINST[metric as Objective]}Ms`];
        const label = `${OBJECTIVE_LABEL[metric as Objective]} ${percentile}`;
        const gotMs = found?.[percentile] ?? null;
        const met = gotMs === null ? null : gotMs <= us / 1000;
        return [{ service, label, limitMs: us / 1000, gotMs, met }];
      })
    )
  );
}
