// Whether a run kept its promises: each expectation held against the final state and what was seen before.

import type { Fact } from "../fleet/events.ts";
import { costMilliUsd } from "../fleet/gpu_cost.ts";
import { measure } from "../fleet/measure.ts";
import { holds, marginPpm, type MetricCheck } from "../fleet/metric_check.ts";
import type { FleetState } from "../fleet/state.ts";
import { PPM } from "../metrics/names.ts";
import { measureShift } from "../rollout/distribution_check.ts";
import { findBetter, type OtherRun } from "./better_than.ts";
import type { Expectation, ExpectationOf } from "./expectation_schema.ts";
import { describe, usd, valueText } from "./expectation_text.ts";
import { findAlways, findEvent, findRecovered } from "./expectations_over_time.ts";
import { findOutcome } from "./expected_outcome.ts";
import type { Observed } from "./observed.ts";

/** A verdict before it has its place in the log. */
export type VerdictFact = Fact<"verdict">;

/** What was found of an expectation. */
export type Finding = Pick<
  VerdictFact,
  "passed" | "expected" | "got" | "whenUs" | "marginPpm"
>;

/** The end of a run, and what was seen on the way to it. */
export interface Ending {
  readonly state: FleetState;
  /** The service that is meant where an expectation names none. */
  readonly service: string;
  readonly nowUs: number;
  /** By the expectations' order. */
  readonly observed?: readonly Observed[];
  /** Ends of the runs that this one is compared with, by the expectation's place. */
  readonly others?: ReadonlyMap<number, OtherRun>;
}

/** Judges all expectations. */
export function judge(expectations: readonly Expectation[], ending: Ending): VerdictFact[] {
  return expectations.map((expectation, index) => ({
    kind: "verdict",
    id: `expect[${index}]`,
    about: describe(expectation),
    ...find(expectation, ending, index),
  }));
}

function find(expectation: Expectation, ending: Ending, index: number): Finding {
  const { state, nowUs, observed, others } = ending;
  const seen = observed?.[index] ?? {};
  switch (expectation.kind) {
    case "metric":
      return findMetric(expectation, ending);
    case "distribution":
      return findShift(expectation, ending);
    case "weight":
      return findWeight(expectation, ending);
    case "rollout":
      return findOutcome(expectation, state, seen, nowUs);
    case "event":
      return findEvent(expectation, state, seen, nowUs);
    case "recovered":
      return findRecovered(expectation, state, seen, nowUs);
    case "always":
      return findAlways(expectation, seen, nowUs);
    case "cost":
      return findCost(expectation, ending);
    case "betterThan":
      return findBetter(expectation, ending, others?.get(index));
  }
}

function findMetric(check: MetricCheck, { state, service, nowUs }: Ending): Finding {
  const value = measure(state, check, { service, nowUs, overUs: undefined });
  const expected = `${check.comparison} ${check.threshold}`;
  if (value === undefined) return { passed: false, expected, got: "no samples", whenUs: nowUs };
  return {
    passed: holds(check, value),
    expected,
    got: valueText(check, value),
    whenUs: nowUs,
    marginPpm: marginPpm(check, value),
  };
}

function findShift(
  check: ExpectationOf<"distribution">,
  { state, service, nowUs }: Ending,
): Finding {
  const { phase, value } = measureShift(check, state, { service, nowUs, overUs: undefined });
  const got = value === undefined
    ? "no samples"
    : `above in ${value * 100 / PPM}% of pairs${phase === "Inconclusive" ? ", too few" : ""}`;
  return { passed: phase === "Successful", expected: `not ${check.direction}`, got, whenUs: nowUs };
}

function findWeight(
  { service, revision, weight }: ExpectationOf<"weight">,
  { state, nowUs }: Ending,
): Finding {
  const got = state.services[service]?.weights[revision];
  return {
    passed: got === weight,
    expected: String(weight),
    got: got === undefined ? "no such revision" : String(got),
    whenUs: nowUs,
  };
}

function findCost(
  { service, limit }: ExpectationOf<"cost">,
  { state, nowUs }: Ending,
): Finding {
  const services = service === undefined
    ? Object.values(state.services)
    : [state.services[service]].filter((each) => each !== undefined);
  const costs = services.map(({ revisions }) =>
    costMilliUsd(state, Object.values(revisions), nowUs)
  );
  const expected = `below ${usd(limit)}`;
  if (costs.includes(undefined)) {
    return { passed: false, expected, got: "a GPU without a price", whenUs: nowUs };
  }
  const cost = costs.reduce<number>((sum, milli) => sum + milli!, 0);
  const margin = limit === 0 ? PPM : Math.round(Math.abs(limit - cost) * PPM / limit);
  return {
    passed: cost < limit,
    expected,
    got: usd(cost),
    whenUs: nowUs,
    marginPpm: margin,
  };
}
