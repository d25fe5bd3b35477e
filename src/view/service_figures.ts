// What a service was asked and gave in the last minute, and what its pods hold now: the figures of its row.

import { measure } from "../fleet/measure.ts";
import type { FleetState, WindowEvent } from "../fleet/state.ts";
import { lastOfEachSecond } from "../fleet/window_seconds.ts";
import { type DenseHistogram, emptyDense, mergeSparse, percentile } from "../metrics/histogram.ts";
import { emptyCounts, type RequestCounts } from "../metrics/request_counts.ts";
import {
  addRequests,
  errorRatePpm,
  goodputPpm,
  prefixHitPpm,
  type Totals,
} from "../metrics/totals.ts";
import type { Member } from "./members.ts";

/** Rates and percentiles speak of so many seconds before the instant, or of those that state keeps. */
const RANGE_SECONDS = 60;
const SECOND_US = 1_000_000;
/** What is read now is unknown so long after the last window: the engine may be gone. */
const GAUGE_US = 2 * SECOND_US;

type Maybe = number | undefined;

/** What is undefined is not known. */
export interface ServiceFigures {
  /** Requests of the last minute, by what became of them; undefined when it never had any. */
  readonly requests: RequestCounts | undefined;
  readonly rps: Maybe;
  readonly outputTokensPerSecond: Maybe;
  readonly ttftP95Us: Maybe;
  readonly itlP95Us: Maybe;
  /** Of requests: the mean gap between their tokens. */
  readonly tpotP95Us: Maybe;
  readonly e2eP95Us: Maybe;
  /** Of now: mean over pods, in parts per million. */
  readonly kvPpm: Maybe;
  /** Tokens found in the prefix cache, of those looked up there; undefined when none was. */
  readonly prefixHitPpm: Maybe;
  readonly running: Maybe;
  readonly waiting: Maybe;
  /** How long some have been waiting. */
  readonly waitingSeconds: number;
  readonly errorPpm: Maybe;
  /** Undefined also where the service has no SLO. */
  readonly goodputPpm: Maybe;
  /** How fast its error budget burns, in thousandths; undefined also where it has none. */
  readonly burnMilli: Maybe;
}

const NO_FIGURES: ServiceFigures = {
  requests: undefined,
  rps: undefined,
  outputTokensPerSecond: undefined,
  ttftP95Us: undefined,
  itlP95Us: undefined,
  tpotP95Us: undefined,
  e2eP95Us: undefined,
  kvPpm: undefined,
  prefixHitPpm: undefined,
  running: undefined,
  waiting: undefined,
  waitingSeconds: 0,
  errorPpm: undefined,
  goodputPpm: undefined,
  burnMilli: undefined,
};

/** A service that never had a window may have had no traffic or not be simulated: nothing is known. */
export function serviceFigures(
  member: Member | undefined,
  state: FleetState,
  nowUs: number,
): ServiceFigures {
  const { run } = state;
  const recent = member?.revision.recent ?? [];
  const seconds = Math.min(RANGE_SECONDS, run?.keepSeconds ?? RANGE_SECONDS, nowUs / SECOND_US);
  if (!member || recent.length === 0 || seconds <= 0) return NO_FIGURES;
  const windows = recent.filter(({ at }) => at > nowUs - seconds * SECOND_US);
  const sums = sumOf(windows);
  const p95 = (histogram: DenseHistogram) =>
    histogram.count === 0 ? undefined : percentile(histogram, 95);
  return {
    requests: sums.requests,
    rps: sums.requests.arrived / seconds,
    outputTokensPerSecond: sums.outputTokens / seconds,
    ttftP95Us: p95(sums.ttft),
    itlP95Us: p95(sums.itl),
    tpotP95Us: p95(sums.tpot),
    e2eP95Us: p95(sums.e2e),
    ...gauges(windows, nowUs),
    prefixHitPpm: prefixHitPpm(sums),
    errorPpm: errorRatePpm(sums.requests),
    goodputPpm: member.group.hasSlo ? goodputPpm(sums.requests) : undefined,
    burnMilli: burnOf(member, state, nowUs),
  };
}

/** Of the last minute alone: a table shows what is so now. */
function burnOf({ key, name }: Member, state: FleetState, nowUs: number): Maybe {
  const over = RANGE_SECONDS * SECOND_US;
  const burning = { metric: "burnRate", of: name, over, short: over } as const;
  return measure(state, burning, { service: key, nowUs, overUs: over });
}

/** What the last window found, as long as it speaks of now. */
function gauges(
  windows: readonly WindowEvent[],
  nowUs: number,
): Pick<ServiceFigures, "kvPpm" | "running" | "waiting" | "waitingSeconds"> {
  const last = windows.at(-1);
  if (last === undefined || nowUs - last.at > GAUGE_US) {
    return { kvPpm: undefined, running: undefined, waiting: undefined, waitingSeconds: 0 };
  }
  const { kvPpm, running, waiting } = last.pods;
  return {
    kvPpm: kvPpm.length === 0 ? undefined : total(kvPpm) / kvPpm.length,
    running: total(running),
    waiting: total(waiting),
    waitingSeconds: lastingSeconds(windows),
  };
}

/** Whole seconds up to the last window in which requests waited, without a break. */
function lastingSeconds(windows: readonly WindowEvent[]): number {
  const seconds = lastOfEachSecond(windows);
  const last = seconds.at(-1)?.at ?? 0;
  const calm = seconds.toReversed().findIndex(({ at, pods }, back) =>
    at !== last - back * SECOND_US || total(pods.waiting) === 0
  );
  return calm < 0 ? seconds.length : calm;
}

function sumOf(windows: readonly WindowEvent[]) {
  const requests: Totals["requests"] = emptyCounts();
  const histograms = {
    ttft: emptyDense(),
    itl: emptyDense(),
    tpot: emptyDense(),
    e2e: emptyDense(),
  };
  let [outputTokens, prefixQueries, prefixHits] = [0, 0, 0];
  for (const metrics of windows.flatMap(({ measured, warmup }) => [measured, warmup])) {
    if (!metrics) continue;
    outputTokens += metrics.outputTokens;
    prefixQueries += metrics.prefixQueries ?? 0;
    prefixHits += metrics.prefixHits ?? 0;
    addRequests(requests, metrics.requests);
    for (const key of ["ttft", "itl", "tpot", "e2e"] as const) {
      const histogram = metrics.latencyUs[key];
      if (histogram) mergeSparse(histograms[key], histogram);
    }
  }
  return { requests, outputTokens, prefixQueries, prefixHits, ...histograms };
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
