// Service level objectives as data, whether one request met them, and error budgets; knows no service, no clock.

import { PPM } from "./names.ts";

/** Upper limits in µs; goodput counts the requests that stay at or below every one that is set. */
export interface Slo {
  readonly ttftUs?: number;
  /** Mean gap between a request's tokens (its TPOT): one request has one, not a percentile. */
  readonly itlUs?: number;
  readonly e2eUs?: number;
}

/** True when a request with these figures met every objective that is set. */
export function meetsSlo(slo: Slo, ttftUs: number, tpotUs: number, e2eUs: number): boolean {
  return ttftUs <= (slo.ttftUs ?? Infinity) && tpotUs <= (slo.itlUs ?? Infinity) &&
    e2eUs <= (slo.e2eUs ?? Infinity);
}

/** A share of requests that are to be good, such as 99 %, over a window of time. */
export interface GoodputObjective {
  /** Below a million: a share of all would leave no budget. */
  readonly goodputPpm: number;
  /** The window whose budget it is; undefined: the run after its warm-up. */
  readonly windowUs?: number;
}

/**
 * How fast a budget burns, in thousandths: 1,000 spends all of it in just its window. The share of bad
 * requests by the share that may be (Google, The Site Reliability Workbook, 2018, ch. 5 "Alerting on SLOs").
 */
export function burnRateMilli(
  goodPpm: number,
  { goodputPpm }: Pick<GoodputObjective, "goodputPpm">,
): number {
  return Math.round((PPM - goodPpm) * 1000 / (PPM - goodputPpm));
}

/** What is left of an error budget, and how long that lasts. */
export interface ErrorBudget {
  /** Bad requests of those that were judged so far, in ppm of what the whole window allows; above a million: overspent. */
  readonly spentPpm: number;
  /** From now on at the present burn rate, in µs; 0 when all is spent, undefined when it never will. */
  readonly exhaustedInUs?: number;
}

/**
 * The budget of a window of which `elapsedUs` are over, where `good` of `judged` requests were good: the
 * window is taken to bring requests at the rate so far. Undefined before any request was.
 */
export function errorBudget(
  objective: GoodputObjective,
  { good, judged, elapsedUs, burnMilli }: {
    readonly good: number;
    readonly judged: number;
    readonly elapsedUs: number;
    /** The present one, of the last minutes. */
    readonly burnMilli: number | undefined;
  },
): ErrorBudget | undefined {
  if (judged === 0 || elapsedUs <= 0) return undefined;
  const { goodputPpm, windowUs = elapsedUs } = objective;
  const expected = judged * windowUs / elapsedUs;
  const spentPpm = Math.round((judged - good) * PPM / (expected * (PPM - goodputPpm) / PPM));
  if (burnMilli === undefined || burnMilli === 0) return { spentPpm };
  const leftPpm = Math.max(0, PPM - spentPpm);
  // What burns at 1 at the most leaves the window as fast as it comes: the budget never runs out.
  if (burnMilli <= 1000 && leftPpm > 0) return { spentPpm };
  return { spentPpm, exhaustedInUs: Math.round(windowUs * leftPpm / PPM * 1000 / burnMilli) };
}
