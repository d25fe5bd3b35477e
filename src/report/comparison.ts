// Two scenarios under the same seeds: each main figure's mean difference, and whether it is one.

import { type PairedDifference, pairedDifference } from "../metrics/paired_difference.ts";
import { FIGURES, type Figures, figuresOf } from "./figures.ts";
import type { Summary } from "./summary.ts";

/** A run of each under one seed. */
export interface SummaryPair {
  readonly a: Summary;
  readonly b: Summary;
}

export type Verdict = "better" | "worse" | "different" | "same" | "not sure";

export interface ComparedFigure extends PairedDifference {
  /** What `b` is against `a`: `not sure` where the interval holds 0. */
  readonly verdict: Verdict;
}

export interface Comparison {
  readonly seeds: number;
  /** Runs of which all expectations held, of `a` and of `b`. */
  readonly passed: { readonly a: number; readonly b: number };
  /** Share of a run's expectations that held; null where there are none. */
  readonly expectations: ComparedFigure | null;
  readonly calibration: Readonly<Record<string, { readonly a: string; readonly b: string }>>;
  /** By service, then by the figure's key; only what is known of both. */
  readonly services: Readonly<Record<string, Readonly<Record<string, ComparedFigure>>>>;
}

export function compareSummaries(pairs: readonly SummaryPair[]): Comparison {
  const figures = pairs.map(({ a, b }) => ({ a: figuresOf(a), b: figuresOf(b) }));
  const [first] = pairs;
  const names = Object.keys(first?.a.services ?? {}).filter((name) =>
    first && Object.hasOwn(first.b.services, name)
  );
  return {
    seeds: pairs.length,
    passed: {
      a: pairs.filter(({ a }) => heldShare(a) === 1).length,
      b: pairs.filter(({ b }) => heldShare(b) === 1).length,
    },
    expectations: compared(
      pairs.map(({ a }) => heldShare(a)),
      pairs.map(({ b }) => heldShare(b)),
      "more",
    ) ?? null,
    calibration: Object.fromEntries(names.map((name) => [name, {
      a: first!.a.services[name]!.calibration,
      b: first!.b.services[name]!.calibration,
    }])),
    services: Object.fromEntries(names.map((name) => [name, compareService(name, figures)])),
  };
}

function compareService(
  name: string,
  figures: readonly { readonly a: Figures; readonly b: Figures }[],
) {
  const values = (side: "a" | "b", key: string) =>
    figures.map((each) => each[side][name]?.[key] ?? null);
  return Object.fromEntries(FIGURES.flatMap(({ key, better }) => {
    const found = compared(values("a", key), values("b", key), better);
    return found ? [[key, found]] : [];
  }));
}

function compared(
  a: readonly (number | null)[],
  b: readonly (number | null)[],
  better: "less" | "more" | undefined,
): ComparedFigure | undefined {
  const found = pairedDifference(a, b);
  return found && { ...found, verdict: verdictOf(found, better) };
}

function verdictOf(
  { difference, interval, significant }: PairedDifference,
  better: "less" | "more" | undefined,
): Verdict {
  if (interval && interval.low === 0 && interval.high === 0) return "same";
  if (!significant) return "not sure";
  if (better === undefined) return "different";
  return (difference > 0) === (better === "more") ? "better" : "worse";
}

/** Null where nothing was expected. */
function heldShare({ expectations }: Summary): number | null {
  if (expectations.length === 0) return null;
  return expectations.filter(({ passed }) => passed).length / expectations.length;
}
