// Which loads are counted apart in the log, and what is expected of each: a service level has classes.

import type { Fact } from "../fleet/events.ts";
import type { Load } from "../load/loads.ts";
import type { SloLimits } from "../load/objectives.ts";
import type { GoodputObjective } from "../metrics/slo.ts";
import { analysesOf } from "../rollout/rollouts.ts";
import type { ParsedScenario } from "./schema.ts";
import { addressedOf, meantBy } from "./targets.ts";

/**
 * Loads of services that have several, where one brings its own `slo` or the service has an error budget;
 * and those that have a budget of
 * their own or that a check names. A service with one load is told by its totals.
 */
export function loadsApart(scenario: ParsedScenario): Load[] {
  const { load, slo, services } = scenario;
  const named = namedLoads(scenario);
  const addressed = services.flatMap((each) => addressedOf(each) ?? []);
  const meant = new Map(
    load.map((each) => [each, meantBy(each.to, addressed).map(({ name }) => name)] as const),
  );
  const classed = new Set(
    addressed.map(({ name }) => name).filter((name) => {
      const own = load.filter((each) => meant.get(each)!.includes(name));
      return own.length > 1 &&
        (slo[name]?.goodput !== undefined || own.some((each) => each.slo !== undefined));
    }),
  );
  return load.filter((each) =>
    named.has(each.name) || each.slo?.goodput !== undefined ||
    meant.get(each)!.some((name) => classed.has(name))
  );
}

/** What the log says of them in the beginning. */
export function loadFacts(scenario: ParsedScenario): Pick<Fact<"run.started">, "loads"> {
  const loads = loadsApart(scenario).map((load) => {
    const { name, priority, objective: inferencePriority } = load;
    const objective = objectiveOf(load.slo);
    return [name, {
      ...(priority === undefined ? {} : { priority }),
      ...(inferencePriority === undefined ? {} : { inferencePriority }),
      ...(objective ? { objective } : {}),
    }];
  });
  return loads.length === 0 ? {} : { loads: Object.fromEntries(loads) };
}

/** The share of requests that are to be good, where objectives say one. */
export function objectiveOf(slo: SloLimits | undefined): GoodputObjective | undefined {
  if (slo?.goodput === undefined) return undefined;
  const { goodput: goodputPpm, window } = slo;
  return { goodputPpm, ...(window === undefined ? {} : { windowUs: window }) };
}

/** A check, as far as it may name a load. */
interface Named {
  readonly load?: string | undefined;
}

/** Loads that checks speak of. */
function namedLoads({ rollouts, expect, faults, changes }: ParsedScenario): Set<string> {
  const whens: unknown[] = [
    ...faults.map(({ when }) => when),
    ...rollouts.map(({ at }) => at),
    ...changes.map(({ when }) => when),
  ];
  const checks: readonly (Named | undefined)[] = [
    ...rollouts.flatMap(analysesOf).flatMap(({ analysis }) => analysis.checks as readonly Named[]),
    ...whens.map((when) => (when as { check?: Named } | undefined)?.check),
    ...expect.map(namedBy),
  ];
  return new Set(checks.flatMap((check) => check?.load ?? []));
}

function namedBy(expectation: ParsedScenario["expect"][number]): Named | undefined {
  switch (expectation.kind) {
    case "metric":
      return expectation;
    case "always":
    case "recovered":
      return expectation.check;
    case "betterThan":
      return expectation.measured;
    default:
      return undefined;
  }
}
