// A comparison of two scenarios under the same seeds, as a table.

import { table } from "../view/table.ts";
import type { ComparedFigure, Comparison } from "./comparison.ts";
import {
  FIGURES,
  type FigureUnit,
  formatChange,
  formatDifference,
  formatFigure,
} from "./figures.ts";
import type { TextOptions } from "./text.ts";

/** What the two sides are, in the user's words. */
export interface Sides {
  readonly a: string;
  readonly b: string;
}

/** Means and tails; the rest is in `-o json`. */
const HIDDEN = / p(?:50|90)$/;
const HEADS = ["", "a", "b", "difference", "95% interval", ""];

export function comparisonText(comparison: Comparison, sides: Sides, options: TextOptions): string {
  const { seeds, services, calibration } = comparison;
  const sections = Object.entries(services).flatMap(([name, figures]) => {
    const { a, b } = calibration[name]!;
    const rows = FIGURES.filter(({ label }) => !HIDDEN.test(label)).flatMap(
      ({ key, label, unit }) => rowOf(label, unit, figures[key]),
    );
    const state = a === b ? a : `${a} in a, ${b} in b`;
    return [`  ${name}, ${state}`, ...lines([HEADS, ...rows], options), ""];
  });
  return [
    `a  ${sides.a}`,
    `b  ${sides.b}`,
    `   seeds 1 to ${seeds}, the same for both: mean of b - a over the pairs, paired t`,
    "",
    ...sections,
    ...expectationLines(comparison, options),
    conclusion(comparison),
  ].join("\n") + "\n";
}

function lines(rows: readonly string[][], { width }: TextOptions): string[] {
  // The verdict stays the longest.
  return table(rows, { indent: "    ", right: [1, 2, 3, 4], width, drop: [1, 2, 4, 3] });
}

/** Nothing of what is 0 in all runs of both. */
function rowOf(label: string, unit: FigureUnit, figure: ComparedFigure | undefined): string[][] {
  if (!figure || (figure.a === 0 && figure.b === 0)) return [];
  const { a, b, difference, interval, verdict } = figure;
  const range = interval
    ? `${formatChange(unit, interval.low)} to ${formatChange(unit, interval.high)}`
    : "-";
  return [[
    label,
    formatFigure(unit, a),
    formatFigure(unit, b),
    difference === 0 ? "=" : formatDifference(unit, a, b),
    verdict === "same" ? "" : range,
    verdict === "not sure" || verdict === "same" ? "" : verdict,
  ]];
}

function expectationLines(comparison: Comparison, options: TextOptions): string[] {
  const { expectations, passed, seeds } = comparison;
  if (!expectations) return [];
  const rows = rowOf("expectations that held", "share", expectations);
  return [
    "  expectations",
    ...(rows.length > 0 ? lines([HEADS, ...rows], options) : []),
    `    all held in ${passed.a} of ${seeds} runs of a, in ${passed.b} of b`,
    "",
  ];
}

function conclusion({ services, seeds }: Comparison): string {
  const figures = Object.values(services).flatMap((each) => Object.values(each));
  const count = (verdict: string) => figures.filter((each) => each.verdict === verdict).length;
  if (seeds < 2) return "one pair tells nothing of chance: add --seeds 20";
  const sure = `${count("better")} figures of b are better, ${count("worse")} worse, ` +
    `${count("different")} different`;
  return `${sure}, ${count("not sure")} not sure; of those that are alike in truth, one in 20 is ` +
    "called different by chance";
}
