// A run held against another scenario's under the same seed: both see the same arrivals and lengths.

import { measure, type Measured } from "../fleet/measure.ts";
import type { FleetState } from "../fleet/state.ts";
import { type MetricName, PPM } from "../metrics/names.ts";
import type { ExpectationOf } from "./expectation_schema.ts";
import { valueText } from "./expectation_text.ts";
import type { Ending, Finding } from "./expectations.ts";

/** The end of the run that a run is compared with. */
export interface OtherRun {
  readonly state: FleetState;
  readonly nowUs: number;
  /** The service that is meant where the metric names none. */
  readonly service: string;
}

/** Metrics of which more is better; of all others less is. */
const MORE_IS_BETTER: ReadonlySet<MetricName> = new Set(
  ["goodput", "prefixHitRate", "rps"] as const,
);

export function findBetter(
  { measured, by = 0, than }: ExpectationOf<"betterThan">,
  ending: Ending,
  other: OtherRun | undefined,
): Finding {
  const whenUs = ending.nowUs;
  const word = MORE_IS_BETTER.has(measured.metric) ? "above" : "below";
  const mine = measure(ending.state, measured as Measured, { ...ending, overUs: undefined });
  const theirs = other && measure(other.state, measured as Measured, {
    ...other,
    overUs: undefined,
  });
  if (mine === undefined || theirs === undefined) {
    const got = mine === undefined ? "no samples" : `no samples in ${than.name}`;
    return { passed: false, expected: `${word} that of ${than.name}`, got, whenUs };
  }
  const limit = Math.round(theirs * (word === "below" ? PPM - by : PPM + by) / PPM);
  const margin = limit === 0
    ? (mine === 0 ? 0 : PPM)
    : Math.round(Math.abs(mine - limit) * PPM / limit);
  return {
    passed: word === "below" ? mine < limit : mine > limit,
    expected: `${word} ${valueText(measured, limit)}`,
    got: `${valueText(measured, mine)}, ${valueText(measured, theirs)} in ${than.name}`,
    whenUs,
    marginPpm: margin,
  };
}
