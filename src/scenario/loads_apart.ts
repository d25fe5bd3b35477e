// Which loads are told apart in the log, and what is expected of each: a service level has classes.

import type { Fact } from "../fleet/events.ts";
import type { Load } from "../load/loads.ts";
import type { SloLimits } from "../load/objectives.ts";
import type { CountedLoad } from "../metrics/load_window.ts";
import type { GoodputObjective } from "../metrics/slo.ts";
import { analysesOf } from "../rollout/rollouts.ts";
import { rootOf } from "./load_chains.ts";
import type { ParsedScenario } from "./schema.ts";
import { addressedOf, meantBy } from "./targets.ts";

/** Which loads windows tell apart. */
export interface LoadsApart {
  readonly counted: ReadonlyMap<Load, CountedLoad>;
  /** Services that have several: the first of them is what is left when the others are taken out. */
  readonly restOf: ReadonlyMap<Load, readonly string[]>;
}

/**
 * Of a service that gets several loads all but the first are told apart, counts and latencies: a service
 * with one costs nothing, and a branch of a run that adds a load leaves the windows before it as they were.
 * Loads that continue the first are one with it, unless something is expected of one of them alone. Counts
 * are told of any load that has an error budget of its own or that a check names.
 */
export function loadsApart(scenario: ParsedScenario): LoadsApart {
  const { load, services } = scenario;
  const named = namedLoads(scenario);
  const isNamed = (each: Load) => named.has(each.name) || each.slo?.goodput !== undefined;
  const addressed = services.flatMap((each) => addressedOf(each) ?? []);
  const meant = new Map(
    load.map((each) => [each, meantBy(each.to, addressed).map(({ name }) => name)] as const),
  );
  const timed = new Set<Load>();
  const firsts: (readonly [service: string, first: Load])[] = [];
  for (const { name } of addressed) {
    const own = load.filter((each) => meant.get(each)!.includes(name));
    if (own.length < 2) continue;
    const first = own.reduce((a, b) => (b.start ?? 0) < (a.start ?? 0) ? b : a);
    const row = own.filter((each) => rootOf(each, load) === rootOf(first, load));
    const apart = own.filter((each) =>
      each !== first && (!row.includes(each) || row.some(isNamed))
    );
    for (const each of apart) timed.add(each);
    if (apart.length > 0) firsts.push([name, first]);
  }
  const restOf = new Map<Load, string[]>();
  for (const [service, first] of firsts) {
    if (!timed.has(first)) restOf.set(first, [...restOf.get(first) ?? [], service]);
  }
  const told = load.filter((each) => timed.has(each) || isNamed(each));
  return {
    counted: new Map(told.map((each) => [each, { name: each.name, timed: timed.has(each) }])),
    restOf,
  };
}

/** What the log says of them in the beginning. */
export function loadFacts(scenario: ParsedScenario): Pick<Fact<"run.started">, "loads"> {
  const { counted, restOf } = loadsApart(scenario);
  const known = scenario.load.filter((load) => counted.has(load) || restOf.has(load));
  const loads = known.map((load) => {
    const { name, priority, objective: inferencePriority } = load;
    const objective = objectiveOf(load.slo);
    const rest = restOf.get(load);
    return [name, {
      ...(priority === undefined ? {} : { priority }),
      ...(inferencePriority === undefined ? {} : { inferencePriority }),
      ...(objective ? { objective } : {}),
      ...(rest ? { restOf: [...rest] } : {}),
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
