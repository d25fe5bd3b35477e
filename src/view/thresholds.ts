// When a figure is worth a look: relative to its objective or to a fixed share. Knows no colour.

import type { Slo } from "../metrics/slo.ts";

/** Fractions from which on a value is marked: 0.7 is 70 %. */
export interface Threshold {
  readonly warn: number;
  readonly critical: number;
}

export interface Thresholds {
  /** Of the KV cache's blocks. */
  readonly kvCacheUsage: Threshold;
  /** Of the requests that ended. */
  readonly errorRate: Threshold;
  /** Of a latency's objective, where there is one. */
  readonly slo: Threshold;
  /** Waiting requests, of the running ones; they are marked above it, not at it. */
  readonly waiting: Threshold;
}

/** A ticket and a page by Google's Site Reliability Workbook, ch. 5, table 5-8. */
export const BURN_RATES: Threshold = { warn: 1, critical: 14.4 };

/** Objectives of a service in µs; one that is not set is not judged. */
export interface SloLimits {
  readonly ttftP95Us?: number;
  readonly itlP95Us?: number;
  /** That of a scenario holds a request's mean gap, its TPOT, as goodput does; that of settings each gap. */
  readonly itlIsMean?: true;
  readonly e2eP95Us?: number;
}

/** What a single request is held against is what the service's p95 is held against. */
export function limitsOf({ ttftUs, itlUs, e2eUs }: Slo): SloLimits {
  return {
    ...(ttftUs === undefined ? {} : { ttftP95Us: ttftUs }),
    ...(itlUs === undefined ? {} : { itlP95Us: itlUs, itlIsMean: true as const }),
    ...(e2eUs === undefined ? {} : { e2eP95Us: e2eUs }),
  };
}

/** `none`: unknown, or there is nothing to hold it against. */
export type Level = "none" | "ok" | "warn" | "critical";

type Maybe = number | undefined;

/** A share that must stay low: from `warn` on and from `critical` on. */
export function highIsBad(value: Maybe, { warn, critical }: Threshold): Level {
  if (value === undefined) return "none";
  if (value >= critical) return "critical";
  return value >= warn ? "warn" : "ok";
}

/** A share that must stay high, judged by what is missing to 1: 0.97 misses 3 %. */
export function lowIsBad(value: Maybe, threshold: Threshold): Level {
  // In floats 1 - 0.95 is a hair more than 0.05, and 1 - 0.99 a hair more than 0.01.
  return highIsBad(
    value === undefined ? undefined : Math.round((1 - value) * 1e9) / 1e9,
    threshold,
  );
}

/** A latency against its objective; an objective is still met when it is just reached. */
export function againstSlo(us: Maybe, limitUs: Maybe, { warn, critical }: Threshold): Level {
  if (us === undefined || limitUs === undefined) return "none";
  if (us > limitUs * critical) return "critical";
  return us >= limitUs * warn ? "warn" : "ok";
}

/** A queue that comes and goes is no trouble yet: only one that stays so long is marked. */
export const LASTING_SECONDS = 30;

/** Requests that wait, held against those that run; `seconds` is how long some have been waiting. */
export function waitingLevel(
  waiting: Maybe,
  running: Maybe,
  seconds: number,
  { warn, critical }: Threshold,
): Level {
  if (waiting === undefined || running === undefined) return "none";
  if (waiting > running * critical) return "critical";
  return waiting > running * warn && seconds >= LASTING_SECONDS ? "warn" : "ok";
}
