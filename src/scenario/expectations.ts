// Whether a run kept its promises: each expectation held against the final state.

import type { Fact } from "../fleet/events.ts";
import { checkName, holds, marginPpm, type MetricCheck, valueUnit } from "../fleet/metric_check.ts";
import { measure } from "../fleet/metric_read.ts";
import type { FleetState } from "../fleet/state.ts";
import { PPM } from "../metrics/names.ts";
import { formatDuration } from "../sim/duration.ts";
import type { Expectation } from "./schema.ts";

/** A verdict before it has its place in the log. */
export type VerdictFact = Fact<"verdict">;

type Finding = Pick<VerdictFact, "passed" | "expected" | "got" | "whenUs" | "marginPpm">;

/** Judges all expectations; `service` is the one meant where an expectation names none. */
export function judge(
  expectations: readonly Expectation[],
  state: FleetState,
  service: string,
  nowUs: number,
): VerdictFact[] {
  return expectations.map((expectation, index) => ({
    kind: "verdict",
    id: `expect[${index}]`,
    about: describe(expectation),
    ...find(expectation, state, service, nowUs),
  }));
}

/** What an expectation says, in words: `llama-3-70b is aborted within 2m`. */
export function describe(expectation: Expectation): string {
  switch (expectation.kind) {
    case "metric": {
      const { service } = expectation;
      return service === undefined
        ? checkName(expectation)
        : `${service}: ${checkName(expectation)}`;
    }
    case "weight":
      return `weight of ${expectation.service} ${expectation.revision} is ${expectation.weight}`;
    case "rollout": {
      const { service, outcome, within, after } = expectation;
      const limit = within === undefined ? "" : ` within ${formatDuration(within)}`;
      const since = after === undefined
        ? ""
        : ` after ${after.ref ?? "a fault that is not in faults"}`;
      return `${service} is ${outcome}${limit}${since}`;
    }
  }
}

function find(
  expectation: Expectation,
  state: FleetState,
  service: string,
  nowUs: number,
): Finding {
  switch (expectation.kind) {
    case "metric":
      return findMetric(expectation, state, expectation.service ?? service, nowUs);
    case "weight": {
      const weights = state.services[expectation.service]?.weights ?? {};
      const got = weights[expectation.revision];
      return {
        passed: got === expectation.weight,
        expected: String(expectation.weight),
        got: got === undefined ? "no such revision" : String(got),
        whenUs: nowUs,
      };
    }
    case "rollout":
      return findOutcome(expectation, state, nowUs);
  }
}

function findMetric(
  check: MetricCheck,
  state: FleetState,
  service: string,
  nowUs: number,
): Finding {
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

/** A value in the words of a threshold: `1.2s`, `99.93%`, `12.5`. */
function valueText(check: MetricCheck, value: number): string {
  switch (valueUnit(check)) {
    case "us":
      return value < 10_000_000
        ? formatDuration(Math.round(value / 1000) * 1000)
        : formatDuration(Math.round(value / 1e5) * 1e5);
    case "ppm":
      return `${value * 100 / PPM}%`;
    case "milli":
      return String(value / 1000);
  }
}

type OutcomeExpectation = Extract<Expectation, { kind: "rollout" }>;

function findOutcome(
  expectation: OutcomeExpectation,
  state: FleetState,
  nowUs: number,
): Finding {
  const { outcome, within } = expectation;
  const limit = within === undefined ? "" : ` within ${formatDuration(within)}`;
  const expected = `${outcome}${limit}`;
  const found = outcomeOf(expectation, state);
  if ("not" in found) return { passed: false, expected, got: found.not, whenUs: nowUs };
  const { atUs, sinceUs } = found;
  const tookUs = atUs - sinceUs;
  const margin = within === undefined || within === 0
    ? {}
    : { marginPpm: Math.round(Math.abs(within - tookUs) * PPM / within) };
  return {
    passed: tookUs >= 0 && tookUs <= (within ?? Infinity),
    expected,
    got: `${outcome} ${tookUs < 0 ? `before it` : `after ${formatDuration(tookUs)}`}`,
    whenUs: atUs,
    ...margin,
  };
}

/** When the outcome came about and since when it is counted; or what happened instead. */
function outcomeOf(
  { service, outcome, after }: OutcomeExpectation,
  { rollouts, faults }: FleetState,
): { atUs: number; sinceUs: number } | { not: string } {
  const rollout = Object.values(rollouts).find((candidate) => candidate.service === service);
  if (!rollout) return { not: "the rollout never began" };
  const fault = after === undefined ? undefined : faults[after.ref ?? ""];
  if (after && !fault) return { not: "the fault it waits for never began" };
  const atUs = outcome === "aborted" ? rollout.abortedAt : rollout.completedAt;
  if (atUs !== undefined) return { atUs, sinceUs: fault?.beganAt ?? rollout.startedAt };
  if (rollout.abortedAt !== undefined) return { not: `aborted: ${rollout.message}` };
  return { not: `${rollout.phase} in step ${rollout.step} (${rollout.about})` };
}
