// Expectations of what happens on the way: Events, recoveries, checks that always hold.

import { marginPpm, type MetricCheck } from "../fleet/metric_check.ts";
import type { FleetState } from "../fleet/state.ts";
import { formatDuration } from "../sim/duration.ts";
import type { ExpectationOf } from "./expectation_schema.ts";
import { spanText, valueText } from "./expectation_text.ts";
import type { Finding } from "./expectations.ts";
import { marginWithin } from "./expected_outcome.ts";
import { type Observed, sinceUs } from "./observed.ts";

const NEVER_BEGAN = "the fault it waits for never began";

export function findEvent(
  expectation: ExpectationOf<"event">,
  { faults }: FleetState,
  { events = [] }: Observed,
  nowUs: number,
): Finding {
  const { within = Infinity, after } = expectation;
  const { least, most, expected } = boundsOf(expectation);
  const from = sinceUs(after, faults);
  if (from === undefined) return { passed: false, expected, got: NEVER_BEGAN, whenUs: nowUs };
  const found = events.filter((at) => at >= from && at - from <= within);
  const passed = found.length >= least && found.length <= most;
  // Too many: the first that is one too many; else the one by which there were enough.
  const decisive = passed ? found[least - 1] : found[most];
  const times = found[0] === undefined ? "" : `, the first at ${formatDuration(found[0])}`;
  return {
    passed,
    expected,
    got: `${found.length}${times}`,
    whenUs: decisive ?? nowUs,
    ...marginOfCount(found.length, least, most),
  };
}

/** One at least where nothing is said; `most` is endless where none is. */
function boundsOf({ atLeast, atMost }: ExpectationOf<"event">) {
  const least = atLeast ?? (atMost === undefined ? 1 : 0);
  const bounds = [
    ...(least > 0 ? [`at least ${least}`] : []),
    ...(atMost === undefined ? [] : [atMost === 0 ? "none" : `at most ${atMost}`]),
  ];
  return { least, most: atMost ?? Infinity, expected: bounds.join(", ") };
}

/** As a share of the count that is the limit: of the nearer one where there are two. */
function marginOfCount(
  found: number,
  least: number,
  most: number,
): Pick<Finding, "marginPpm"> {
  const limits = [...(least > 1 ? [least] : []), ...(most === Infinity ? [] : [most + 1])];
  if (limits.length === 0 || most === 0) return {};
  const shares = limits.map((limit) => Math.round(Math.abs(limit - found) * 1_000_000 / limit));
  return { marginPpm: Math.min(...shares) };
}

export function findRecovered(
  { service, check, within, after }: ExpectationOf<"recovered">,
  { faults, services }: FleetState,
  { series }: Observed,
  nowUs: number,
): Finding {
  const expected = `recovered${spanText({ within })}`;
  const failed = (got: string, whenUs = nowUs): Finding => ({
    passed: false,
    expected,
    got,
    whenUs,
  });
  const from = sinceUs(after, faults);
  if (from === undefined) return failed(NEVER_BEGAN);
  if (!series?.last) return failed("no samples");
  const { firstBreach, lastBreach, last } = series;
  const what = check ?? { metric: "goodput" as const, comparedTo: undefined };
  if (!firstBreach || !lastBreach) {
    return { passed: true, expected, got: "never breached", whenUs: nowUs };
  }
  if (lastBreach.atUs === last.atUs) {
    const objective = services[service]?.objective?.goodputPpm;
    const limit = check?.threshold ?? `${(objective ?? 0) / 10_000}%`;
    const value = last.value === undefined ? "no samples" : valueText(what, last.value);
    const since = formatDuration(firstBreach.atUs);
    return failed(`breached since ${since}, ${value} of ${limit} at the end`, last.atUs);
  }
  // The first second that held, after the last that did not.
  const tookUs = lastBreach.atUs + 1_000_000 - from;
  return {
    passed: tookUs <= (within ?? Infinity),
    expected,
    got: `after ${formatDuration(tookUs)}`,
    whenUs: lastBreach.atUs + 1_000_000,
    ...marginWithin(within, tookUs),
  };
}

export function findAlways(
  { check }: ExpectationOf<"always">,
  { series }: Observed,
  nowUs: number,
): Finding {
  const expected = `always ${check.comparison} ${check.threshold}`;
  if (!series?.last) return { passed: false, expected, got: "no samples", whenUs: nowUs };
  const { firstBreach, nearest } = series;
  if (firstBreach) return seen(check, false, expected, firstBreach, "first ");
  return seen(check, true, expected, nearest ?? series.last, "at worst ");
}

function seen(
  check: MetricCheck,
  passed: boolean,
  expected: string,
  { atUs, value = 0 }: { readonly atUs: number; readonly value?: number },
  word: string,
): Finding {
  return {
    passed,
    expected,
    got: `${word}${valueText(check, value)}`,
    whenUs: atUs,
    marginPpm: marginPpm(check, value),
  };
}
