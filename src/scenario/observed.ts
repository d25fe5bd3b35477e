// What has to be looked at while a run goes on, for expectations that its last state cannot tell: it changes
// nothing and tells nothing.

import type { Fleet } from "../fleet/fleet.ts";
import { measure } from "../fleet/measure.ts";
import { holds, marginPpm, type MetricCheck } from "../fleet/metric_check.ts";
import { PRIORITY } from "../sim/clock.ts";
import { type Process, sleep, spawn } from "../sim/process.ts";
import type { Expectation, ExpectationOf, Since } from "./expectation_schema.ts";

const SECOND_US = 1_000_000;
/** How far back a check looks when it does not say, as in an analysis. */
const DEFAULT_RANGE_US = 60 * SECOND_US;

/** A value, and the second at whose end it was so. */
export interface Seen {
  readonly atUs: number;
  /** Absent: requests were in flight, and none of what is measured was there. */
  readonly value?: number;
}

/** A check held against every second's end. */
export interface CheckSeries {
  /** Seconds in which it could be measured. */
  samples: number;
  firstBreach?: Seen;
  lastBreach?: Seen;
  /** Of those that held the one nearest to the limit. */
  nearest?: Required<Seen> & { readonly marginPpm: number };
  last?: Seen;
}

/** What was seen for one expectation. */
export interface Observed {
  readonly series?: CheckSeries;
  /** When a Kubernetes Event that is meant was told, µs. */
  readonly events?: readonly number[];
  /** When the rollout's present phase began, and when an analysis of it was Inconclusive last. */
  readonly rollout?: { phaseUs?: number; inconclusiveUs?: number };
}

/** When an expectation begins to count; undefined: it has not, for its fault has not begun. */
export function sinceUs(
  after: Since | undefined,
  faults: Readonly<Record<string, { readonly beganAt: number }>>,
): number | undefined {
  if (after === undefined) return 0;
  return typeof after === "number" ? after : faults[after.ref ?? ""]?.beganAt;
}

/** Looks on for all expectations that need it, from the run's start; one entry each, in their order. */
export function observe(
  expectations: readonly Expectation[],
  fleet: Fleet,
  service: string,
): Observed[] {
  return expectations.map((expectation) => {
    switch (expectation.kind) {
      case "always":
        return { series: watchAlways(expectation, fleet, service) };
      case "recovered":
        return { series: watchRecovered(expectation, fleet) };
      case "event":
        return { events: watchEvents(expectation, fleet) };
      case "rollout":
        return { rollout: watchRollout(expectation, fleet) };
      default:
        return {};
    }
  });
}

function watchAlways(
  { check, after, until = Infinity }: ExpectationOf<"always">,
  fleet: Fleet,
  service: string,
): CheckSeries {
  return watchCheck(check, fleet, check.service ?? service, (atUs) => {
    const from = sinceUs(after, fleet.journal.state.faults);
    // The last window may have begun before: it is the first whole one that counts.
    return from !== undefined && atUs > from && atUs <= until;
  });
}

function watchRecovered(
  { service, check, after }: ExpectationOf<"recovered">,
  fleet: Fleet,
): CheckSeries {
  const objective = () => fleet.journal.state.services[service]?.objective;
  const stuck = () => {
    const name = check?.service ?? service;
    const inFlight = measure(fleet.journal.state, { metric: "inFlight" }, {
      ...{ service: name, nowUs: fleet.clock.nowUs, overUs: undefined },
    });
    return (inFlight ?? 0) > 0;
  };
  const watched = check ?? {
    ...{ kind: "metric", metric: "goodput", statistic: undefined } as const,
    ...{ comparison: "above", threshold: "" } as const,
    // Objectives are met at their very value.
    limit: (objective()?.goodputPpm ?? 0) - 1,
  };
  return watchCheck(watched, fleet, service, (atUs) => {
    const from = sinceUs(after, fleet.journal.state.faults);
    return from !== undefined && atUs > from;
  }, stuck);
}

/**
 * Looks at the end of every second after the warm-up at which `counts` says so; one without a sample is a
 * breach where `stuck` says so.
 */
function watchCheck(
  check: MetricCheck,
  fleet: Fleet,
  service: string,
  counts: (atUs: number) => boolean,
  stuck: () => boolean = () => false,
): CheckSeries {
  const series: CheckSeries = { samples: 0 };
  const { clock, journal } = fleet;
  const look = () => {
    const atUs = clock.nowUs;
    if (atUs <= (journal.state.run?.warmupUs ?? 0) || !counts(atUs)) return;
    const where = { service, nowUs: atUs, overUs: DEFAULT_RANGE_US };
    const value = measure(journal.state, check, where);
    if (value !== undefined) addTo(series, check, { atUs, value });
    else if (stuck()) addTo(series, check, { atUs });
  };
  spawn(
    clock,
    function* (): Process {
      while (true) {
        yield* sleep(SECOND_US - clock.nowUs % SECOND_US);
        look();
      }
    },
    PRIORITY.observer,
  );
  // Requests that are late already are told when the run ends, after its last second was looked at.
  journal.on("window", ({ measured }) => {
    if (measured?.requests.late) look();
  });
  return series;
}

function addTo(series: CheckSeries, check: MetricCheck, seen: Seen): void {
  series.samples++;
  series.last = seen;
  const { atUs, value } = seen;
  if (value === undefined || !holds(check, value)) {
    series.firstBreach ??= seen;
    series.lastBreach = seen;
    return;
  }
  const marginNowPpm = marginPpm(check, value);
  if (series.nearest && series.nearest.marginPpm <= marginNowPpm) return;
  series.nearest = { atUs, value, marginPpm: marginNowPpm };
}

function watchEvents(
  { reason, type, object, message }: ExpectationOf<"event">,
  { journal }: Fleet,
): number[] {
  const times: number[] = [];
  journal.on("event", (event) => {
    const name = event.object.slice(event.object.lastIndexOf("/") + 1);
    if (event.reason !== reason || (type !== undefined && event.type !== type)) return;
    if (object !== undefined && !name.includes(object)) return;
    if (message !== undefined && !event.message.includes(message)) return;
    times.push(event.at);
  });
  return times;
}

function watchRollout({ service }: ExpectationOf<"rollout">, { journal }: Fleet) {
  const seen: { phaseUs?: number; inconclusiveUs?: number } = {};
  const ids = new Set<string>();
  let before: string | undefined;
  journal.on("step", ({ rollout, service: told, phase, at }) => {
    if (told !== service) return;
    ids.add(rollout);
    if (phase !== before) seen.phaseUs = at;
    before = phase;
  });
  journal.on("phase", ({ analysis, phase, at }) => {
    const isIts = [...ids].some((id) => analysis.startsWith(`${id}/`));
    if (isIts && phase === "Inconclusive") seen.inconclusiveUs = at;
  });
  return seen;
}
