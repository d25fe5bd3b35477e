// Many runs of one scenario as figures: how sure the pass rate is, and how the metrics lie over the seeds.

import { hasPassed, type RunOutcome, signedMargin, tightest } from "./outcome.ts";
import type { ExpectationSummary, ServiceSummary } from "./summary.ts";

/** A share from 0 to 1, and the interval that it lies in with 95 %. */
export interface Rate {
  readonly rate: number;
  readonly low: number;
  readonly high: number;
}

/** Figures of runs that there were: at least so many percent of all have that or less. */
export interface Quantiles<T = number> {
  readonly p5: T;
  readonly p50: T;
  readonly p95: T;
}

export interface ExpectationStatistics {
  readonly id: string;
  readonly about: string;
  readonly held: number;
  readonly of: number;
  /**
   * Distance from the threshold as a share of it, negative where it was missed, and what was found there:
   * p5 is the tight end. Null where it has no threshold, or a run had nothing to hold against it.
   */
  readonly margin: Quantiles | null;
  readonly got: Quantiles<string> | null;
}

/** Latencies in ms, shares from 0 to 1, tokens a second, hours, USD; null where a run does not know it. */
export type Figure = typeof FIGURES[number];

export interface SeedStatistics {
  readonly seeds: number;
  readonly passed: number;
  readonly passRate: Rate;
  /** The seed whose run held by the least, or missed by the most; null where there are no thresholds. */
  readonly worst:
    | { readonly seed: number; readonly id: string; readonly margin: number | null }
    | null;
  readonly services: Readonly<Record<string, Readonly<Record<Figure, Quantiles | null>>>>;
  readonly expectations: readonly ExpectationStatistics[];
}

const FIGURES = [
  "ttftP95Ms",
  "itlP95Ms",
  "e2eP95Ms",
  "goodput",
  "errorRate",
  "outputTokensPerSecond",
  "gpuHours",
  "costUsd",
] as const;

/** Sums up one run or more. */
export function seedStatistics(runs: readonly RunOutcome[]): SeedStatistics {
  const passed = runs.filter(hasPassed).length;
  return {
    seeds: runs.length,
    passed,
    passRate: wilson(passed, runs.length),
    worst: worstOf(runs),
    services: Object.fromEntries(
      Object.keys(runs[0]?.summary.services ?? {}).map((name) => [name, figuresOf(name, runs)]),
    ),
    expectations: (runs[0]?.summary.expectations ?? []).map((_, index) =>
      expectationOf(runs.map(({ summary }) => summary.expectations[index]!))
    ),
  };
}

/** The standard normal's 97.5 % quantile. */
const Z = 1.959964;

/**
 * The score interval of Wilson (1927): unlike the usual one it says something where all passed, and stays
 * within 0 and 1 (Brown, Cai, DasGupta 2001 recommend it for small counts).
 */
export function wilson(passed: number, of: number): Rate {
  if (of === 0) return { rate: 0, low: 0, high: 1 };
  const rate = passed / of;
  const spread = 1 + Z * Z / of;
  const middle = (rate + Z * Z / (2 * of)) / spread;
  const half = Z * Math.sqrt(rate * (1 - rate) / of + Z * Z / (4 * of * of)) / spread;
  return {
    rate: rounded(rate),
    // At the ends the two are equal but for the last bits.
    low: passed === 0 ? 0 : rounded(middle - half),
    high: passed === of ? 1 : rounded(middle + half),
  };
}

function rounded(share: number): number {
  return Math.round(share * 1e6) / 1e6;
}

/** By nearest rank, so that each is a figure some run had; null where there are none. */
export function quantiles<T>(sorted: readonly T[]): Quantiles<T> | null {
  if (sorted.length === 0) return null;
  const at = (percent: number) =>
    sorted[Math.max(1, Math.ceil(sorted.length * percent / 100)) - 1]!;
  return { p5: at(5), p50: at(50), p95: at(95) };
}

function figuresOf(
  name: string,
  runs: readonly RunOutcome[],
): Record<Figure, Quantiles | null> {
  const services = runs.flatMap(({ summary }) => summary.services[name] ?? []);
  const found = FIGURES.map((figure) => {
    const values = services.map((service) => figureOf(service, figure));
    const known = values.filter((value) => value !== null);
    // Quantiles of the runs that happen to know it would be of other runs than the rest.
    const whole = known.length === runs.length ? known.toSorted((a, b) => a - b) : [];
    return [figure, quantiles(whole)];
  });
  return Object.fromEntries(found);
}

function figureOf(service: ServiceSummary, figure: Figure): number | null {
  switch (figure) {
    case "ttftP95Ms":
      return service.ttftMs?.["p95"] ?? null;
    case "itlP95Ms":
      return service.itlMs?.["p95"] ?? null;
    case "e2eP95Ms":
      return service.e2eMs?.["p95"] ?? null;
    default:
      return service[figure];
  }
}

function expectationOf(all: readonly ExpectationSummary[]): ExpectationStatistics {
  const { id, about } = all[0]!;
  const byMargin = all.map((each) => ({ got: each.got, margin: signedMargin(each) }))
    .toSorted((a, b) => (a.margin ?? Infinity) - (b.margin ?? Infinity));
  const spread = byMargin.every(({ margin }) => margin !== null) ? quantiles(byMargin) : null;
  const each = <T>(of: (one: { margin: number; got: string }) => T): Quantiles<T> | null => {
    if (!spread) return null;
    const { p5, p50, p95 } = spread as Quantiles<{ margin: number; got: string }>;
    return { p5: of(p5), p50: of(p50), p95: of(p95) };
  };
  const margins = each(({ margin }) => margin);
  const finite = margins !== null && Object.values(margins).every(Number.isFinite);
  return {
    ...{ id, about, of: all.length, held: all.filter(({ passed }) => passed).length },
    margin: finite ? margins : null,
    got: each(({ got }) => got),
  };
}

function worstOf(runs: readonly RunOutcome[]): SeedStatistics["worst"] {
  let worst: { seed: number; id: string; margin: number } | null = null;
  for (const run of runs) {
    const least = tightest(run);
    if (!least) continue;
    const margin = signedMargin(least)!;
    if (!worst || margin < worst.margin) worst = { seed: run.seed, id: least.id, margin };
  }
  return worst && { ...worst, margin: Number.isFinite(worst.margin) ? worst.margin : null };
}
