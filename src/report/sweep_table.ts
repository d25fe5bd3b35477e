// What a sweep came to: a row for each combination of values and service, as data, text and CSV.

import { UNKNOWN } from "../view/format.ts";
import { displayWidth, table } from "../view/table.ts";
import { FIGURES, formatFigure } from "./figures.ts";
import type { TextOptions } from "./text.ts";

/** One run of a combination. */
export interface SweepRun {
  readonly seed: number;
  readonly log: string;
  readonly passed: number;
  readonly expectations: number;
  readonly calibration: Readonly<Record<string, string>>;
  readonly figures: Readonly<Record<string, Readonly<Record<string, number | null>>>>;
}

export interface SweepOutcome {
  readonly values: Readonly<Record<string, unknown>>;
  readonly scenario: string;
  readonly runs: readonly SweepRun[];
}

/** Over the seeds of one combination; null where no run knows it. */
export interface Spread {
  readonly mean: number;
  readonly min: number;
  readonly max: number;
}

/** The columns of the text; all figures are in JSON and CSV. */
const SHOWN = [
  "goodput",
  "errorRate",
  "ttftMs.p95",
  "itlMs.p95",
  "e2eMs.p95",
  "outputTokensPerSecond",
  "gpuHours",
  "costUsd",
];

/** Mean, least and most of a figure over the runs. */
function spreadOf(
  runs: readonly SweepRun[],
  service: string,
  key: string,
): Spread | null {
  const values = runs.flatMap(({ figures }) => {
    const value = figures[service]?.[key];
    return typeof value === "number" ? [value] : [];
  });
  if (values.length === 0) return null;
  const mean = values.reduce((sum, each) => sum + each, 0) / values.length;
  return { mean, min: Math.min(...values), max: Math.max(...values) };
}

function servicesOf(runs: readonly SweepRun[]): string[] {
  return Object.keys(runs[0]?.figures ?? {});
}

/** Fields by whose values alone no figure of any run differs, of those that have several. */
export function idlePaths(
  paths: readonly string[],
  outcomes: readonly SweepOutcome[],
): readonly string[] {
  return paths.filter((path) => {
    const figures = new Map<string, Set<string>>();
    const values = new Set<string>();
    for (const { values: { [path]: own, ...others }, runs } of outcomes) {
      values.add(JSON.stringify(own));
      const key = JSON.stringify(others);
      const known = figures.get(key) ?? new Set();
      figures.set(key, known.add(JSON.stringify(runs.map((run) => run.figures))));
    }
    return values.size > 1 && [...figures.values()].every(({ size }) => size === 1);
  });
}

/** Runs of which every expectation held; null where nothing was expected. */
function heldIn(runs: readonly SweepRun[]): number | null {
  if (runs.every(({ expectations }) => expectations === 0)) return null;
  return runs.filter(({ passed, expectations }) => passed === expectations).length;
}

function heldText(runs: readonly SweepRun[]): string {
  const held = heldIn(runs);
  return held === null ? UNKNOWN : `${held}/${runs.length}`;
}

function valueText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/**
 * Means over the seeds; the service has a column where there is more than one. Where the terminal is too
 * narrow, fields are called by the ends of their paths before a figure is left out.
 */
export function sweepText(
  paths: readonly string[],
  outcomes: readonly SweepOutcome[],
  { width }: TextOptions,
): string {
  const many = outcomes.some(({ runs }) => servicesOf(runs).length > 1);
  const kinds = FIGURES.filter(({ key }) => SHOWN.includes(key)).filter(({ key }) =>
    outcomes.some(({ runs }) => servicesOf(runs).some((each) => spreadOf(runs, each, key)))
  );
  const heads = [
    ...paths,
    ...(many ? ["service"] : []),
    "held",
    ...kinds.map(({ label }) => label),
    "calibration",
  ];
  const rows = outcomes.flatMap(({ values, runs }) =>
    servicesOf(runs).map((service) => [
      ...paths.map((path) => valueText(values[path])),
      ...(many ? [service] : []),
      heldText(runs),
      ...kinds.map(({ key, unit }) => formatFigure(unit, spreadOf(runs, service, key)?.mean)),
      runs[0]!.calibration[service] ?? "",
    ])
  );
  const first = paths.length + (many ? 1 : 0);
  const right = [...paths.keys(), ...kinds.map((_, index) => first + 1 + index)];
  const drop = [...kinds.keys()].reverse().map((index) => first + 1 + index);
  const whole = table([heads, ...rows], { indent: "  ", right });
  const fits = width === undefined || whole.every((line) => displayWidth(line) <= width);
  const shorter = [...shortNames(paths), ...heads.slice(paths.length)];
  const lines = fits ? whole : table([shorter, ...rows], { indent: "  ", right, width, drop });
  return lines.join("\n") + "\n";
}

/** Of each path as much of its end as no other ends with: `prefill.replicas`, `spec.replicas`. */
function shortNames(paths: readonly string[]): string[] {
  return paths.map((path, index) => {
    const parts = path.split(".");
    const ends = parts.map((_, from) => parts.slice(from).join(".")).reverse();
    const others = paths.filter((_, other) => other !== index);
    const isOwn = (end: string) =>
      others.every((other) => other !== end && !other.endsWith(`.${end}`));
    return ends.find(isOwn) ?? path;
  });
}

/** `-o json`: each combination, its runs and the spread of every figure. */
export function sweepJson(paths: readonly string[], outcomes: readonly SweepOutcome[]): string {
  const points = outcomes.map(({ values, scenario, runs }) => ({
    values,
    scenarioHash: scenario,
    seeds: runs.length,
    held: heldIn(runs),
    services: Object.fromEntries(
      servicesOf(runs).map((service) => [service, {
        calibration: runs[0]!.calibration[service],
        figures: Object.fromEntries(
          FIGURES.map(({ key }) => [key, spreadOf(runs, service, key)]),
        ),
      }]),
    ),
    runs: runs.map(({ seed, log, passed, expectations }) => ({
      seed,
      logHash: log,
      passed,
      expectations,
    })),
  }));
  return `${JSON.stringify({ paths, points }, undefined, 2)}\n`;
}

/** `-o csv` (RFC 4180): a line for each run and service; unknown is empty. */
export function sweepCsv(paths: readonly string[], outcomes: readonly SweepOutcome[]): string {
  const keys = FIGURES.map(({ key }) => key);
  const heads = [...paths, "seed", "service", "passed", "expectations", ...keys, "calibration"];
  const rows = outcomes.flatMap(({ values, runs }) =>
    runs.flatMap(({ seed, passed, expectations, figures, calibration }) =>
      Object.keys(figures).map((service) => [
        ...paths.map((path) => valueText(values[path])),
        ...[seed, service, passed, expectations].map(String),
        ...keys.map((key) => String(figures[service]![key] ?? "")),
        calibration[service] ?? "",
      ])
    )
  );
  return [heads, ...rows].map((cells) => cells.map(csvCell).join(",") + "\r\n").join("");
}

function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
