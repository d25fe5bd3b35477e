// What many seeds came to, as text: a line a run, the pass rate, quantiles, the seed to look at. Computes nothing.

import { PPM } from "../metrics/names.ts";
import { formatPpm, formatRate, formatUs, formatUsd, UNKNOWN } from "../view/format.ts";
import { table } from "../view/table.ts";
import {
  againText,
  failedOf,
  hasPassed,
  type RunOutcome,
  type ScenarioOutcome,
} from "./outcome.ts";
import {
  type ExpectationStatistics,
  type Figure,
  type Quantiles,
  type Rate,
  type SeedStatistics,
  seedStatistics,
} from "./seed_statistics.ts";
import type { TextOptions } from "./text.ts";

const PLAIN = { passed: "✓", failed: "✗" };

/** `  ✓ seed 7, nearest threshold 29% away (goodput above 95%), log 0123456789ab`. */
export function seedLine(run: RunOutcome, { marks = PLAIN }: TextOptions = {}): string {
  const mark = hasPassed(run) ? marks.passed : marks.failed;
  return `  ${mark} seed ${run.seed}${detail(run)}\n`;
}

/** Of the verdicts that held the one nearest to its threshold, and those that failed. */
function detail(run: RunOutcome): string {
  const { summary: { expectations }, hash } = run;
  const [nearest] = expectations.flatMap(({ margin, about, passed }) =>
    margin === null || !passed ? [] : [{ marginPpm: Math.round(margin * PPM), about }]
  ).sort((a, b) => a.marginPpm - b.marginPpm);
  const margin = nearest
    ? `, nearest threshold ${Math.round(nearest.marginPpm / 1e4)}% away (${nearest.about})`
    : "";
  const failed = failedOf(run).map(({ about, got, margin }) => {
    const missed = margin === null ? "" : `, ${awayText(-margin)}`;
    return `, failed: ${about}, got ${got}${missed}`;
  }).join("");
  return `${margin}${failed}, log ${hash.slice(0, 12)}`;
}

/** `19 of 20 seeds passed: 95%, with 95% confidence 76.39% to 99.11%`. */
export function passRateText({ passed, seeds, passRate }: SeedStatistics): string {
  return `${passed} of ${seeds} seeds passed: ${rateText(passRate)}`;
}

function rateText({ rate, low, high }: Rate): string {
  return `${share(rate)}, with 95% confidence ${share(low)} to ${share(high)}`;
}

function share(part: number | undefined): string {
  return formatPpm(part === undefined ? undefined : part * PPM);
}

/** What stands below the lines of the runs; the seed to look at comes last. */
export function seedsText(outcome: ScenarioOutcome, { width }: TextOptions = {}): string {
  const statistics = seedStatistics(outcome.runs);
  const tables = statistics.seeds < 2 ? [] : [
    ...Object.entries(statistics.services).flatMap(([name, figures]) => [
      "",
      ...table(figureRows(name, figures), { indent: "  ", right: [1, 2, 3], width, drop: [2] }),
    ]),
    ...expectationLines(statistics, width),
    "",
  ];
  const lines = [passRateText(statistics), ...tables, ...worstLines(outcome, statistics)];
  return lines.map((line) => `${line}\n`).join("");
}

const FORMATS: Readonly<Record<Figure, readonly [string, (value: number) => string]>> = {
  ttftP95Ms: ["ttft p95", (ms) => formatUs(ms * 1000)],
  itlP95Ms: ["itl p95", (ms) => formatUs(ms * 1000)],
  e2eP95Ms: ["e2e p95", (ms) => formatUs(ms * 1000)],
  goodput: ["goodput", share],
  errorRate: ["errors", share],
  outputTokensPerSecond: ["output tokens/s", formatRate],
  gpuHours: ["GPU-hours", formatRate],
  costUsd: ["cost", formatUsd],
};

function figureRows(name: string, figures: SeedStatistics["services"][string]): string[][] {
  const rows = Object.entries(FORMATS).map(([figure, [label, format]]) => [
    `  ${label}`,
    ...cells(figures[figure as Figure], format),
  ]);
  return [[`${name} over seeds`, "p5", "p50", "p95"], ...rows];
}

function cells<T>(of: Quantiles<T> | null, format: (value: T) => string): string[] {
  return of ? [of.p5, of.p50, of.p95].map(format) : [UNKNOWN, UNKNOWN, UNKNOWN];
}

function expectationLines(
  { expectations }: SeedStatistics,
  width: number | undefined,
): string[] {
  if (expectations.length === 0) return [];
  const heads = ["expectations, from the tight end", "held", "p5", "p50", "p95"];
  const rows = expectations.map((each) => [
    `  ${each.about}`,
    `${each.held} of ${each.of}`,
    ...foundCells(each),
  ]);
  return ["", ...table([heads, ...rows], { indent: "  ", width, drop: [4, 3, 2] })];
}

/** `1.1s, 27% away`; of what has no threshold nothing. */
function foundCells({ got, margin }: ExpectationStatistics): string[] {
  const away = margin && cells(margin, awayText);
  return cells(got, (text) => text).map((text, index) => away ? `${text}, ${away[index]}` : text);
}

function awayText(margin: number): string {
  const percent = Math.round(Math.abs(margin) * 100);
  return margin < 0 ? `missed by ${percent}%` : `${percent}% away`;
}

function worstLines(outcome: ScenarioOutcome, { passed, seeds, worst }: SeedStatistics): string[] {
  if (!worst) return [];
  const again = againText(outcome, worst.seed);
  return [passed < seeds ? `once more: ${again}` : `nearest to a threshold: ${again}`];
}
