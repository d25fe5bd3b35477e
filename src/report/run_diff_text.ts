// Two runs side by side, as text: where they part, then what they came to.

import type { LogEvent } from "../log/codec.ts";
import { dataDifferences } from "../log/data_diff.ts";
import { formatPath } from "../scenario/set_path.ts";
import { formatCount, formatInstant, formatUs, UNKNOWN } from "../view/format.ts";
import { cutToWidth, displayWidth, table } from "../view/table.ts";
import {
  type FigureKind,
  FIGURES,
  formatDifference,
  formatFigure,
  LOAD_FIGURES,
} from "./figures.ts";
import type { FigurePair, RolloutOutcome, RunDiff, RunFacts } from "./run_diff.ts";
import type { LimitOutcome } from "./slo_limits.ts";
import type { TextOptions } from "./text.ts";

/** Longer values of a scenario or an event are cut: the log holds them whole. */
const VALUE_WIDTH = 48;
/** More fields than these are counted. */
const MAX_FIELDS = 12;
/** Means and tails: the percentiles between are in `-o json`. */
const HIDDEN = / p(?:50|90)$/;

export function runDiffText(diff: RunDiff, options: TextOptions): string {
  return [
    ...legendLines(diff),
    ...scenarioLines(diff, options),
    ...firstLines(diff, options),
    ...sloLines(diff, options),
    ...serviceLines(diff, options),
    ...loadLines(diff, options),
    ...rolloutLines(diff, options),
    ...expectationLines(diff, options),
    conclusion(diff),
  ].join("\n") + "\n";
}

function legendLines({ a, b }: RunDiff): string[] {
  const text = (name: string, run: RunFacts) => {
    const hash = run.logHash === null ? "no footer" : `log ${run.logHash.slice(0, 12)}`;
    const about = `${run.scenario}, seed ${run.seed}, ${formatCount(run.events)} events, ${hash}`;
    return `${name}  ${run.log}: ${about}`;
  };
  const engines = a.mtop === b.mtop ? [] : [`   a is of mtop ${a.mtop}, b of ${b.mtop}`];
  return [text("a", a), text("b", b), ...engines, ""];
}

function valueText(value: unknown): string {
  return value === null || value === undefined
    ? UNKNOWN
    : cutToWidth(typeof value === "string" ? value : JSON.stringify(value), VALUE_WIDTH);
}

function scenarioLines({ scenario, a, b }: RunDiff, options: TextOptions): string[] {
  const seeds = a.seed === b.seed ? [] : [["seed of the run", String(a.seed), String(b.seed)]];
  const rows = [
    ...seeds,
    ...scenario.map(({ path, a, b }) => [path, valueText(a), valueText(b)]),
  ];
  return section("scenario", ["", "a", "b"], rows, options);
}

/** The rows under a head, as many as are worth reading; nothing where there are none. */
function section(
  head: string,
  heads: readonly string[],
  rows: readonly string[][],
  { width }: TextOptions,
  right: readonly number[] = [],
): string[] {
  if (rows.length === 0) return [];
  const left = rows.length - MAX_FIELDS;
  const more = left > 0 && right.length === 0 ? [`    (and ${left} more: -o json has all)`] : [];
  const shown = more.length > 0 ? rows.slice(0, MAX_FIELDS) : rows;
  return [
    `  ${head}`,
    ...fitted([heads, ...shown], right, width),
    ...more,
    "",
  ];
}

/** Where not all fits, the difference stays the longest, cut at its end. */
function fitted(
  rows: readonly (readonly string[])[],
  right: readonly number[],
  width = Infinity,
): string[] {
  const indent = "    ";
  const whole = table(rows, { indent, right });
  const [heads] = rows;
  const last = heads!.length - 1;
  if (heads![last] !== "difference" || whole.every((line) => displayWidth(line) <= width)) {
    return table(rows, { indent, right, width });
  }
  const drop = heads!.map((_, column) => column).slice(1, last);
  return table(rows, { indent, right: right.filter((column) => column !== last), width, drop });
}

function firstLines({ first }: RunDiff, options: TextOptions): string[] {
  if (first === null) return [];
  const { a, b } = first;
  const event = (a ?? b)!;
  const head = `  first difference: event ${formatCount(event.seq)} at ${instant(a, b)}`;
  if (a === null || b === null) {
    const [has, ended] = a === null ? ["b", "a"] : ["a", "b"];
    return [head, `    ${has} goes on with ${about(event)}, ${ended} has no more`, ""];
  }
  const kinds = a.kind === b.kind && a.at === b.at
    ? `${about(a)} in both`
    : `${about(a)} in a, ${about(b)} in b`;
  if (a.kind !== b.kind) return [head, `    ${kinds}`, ""];
  const rows = dataDifferences(a, b).map(({ path, a, b }) => [
    formatPath(path),
    valueText(a),
    valueText(b),
  ]);
  return [...section(`${head.trim()}, ${kinds}`, ["", "a", "b"], rows, options)];
}

function instant(a: LogEvent | null, b: LogEvent | null): string {
  const [left, right] = [a, b].map((event) => event && exactInstant(event.at));
  return left === null || right === null || left === right
    ? (left ?? right)!
    : `${left} in a, ${right} in b`;
}

/** To the millisecond: events of one second follow each other. */
function exactInstant(us: number): string {
  const ms = Math.floor(us / 1000) % 1000;
  return ms === 0 ? formatInstant(us) : `${formatInstant(us)} ${ms}ms`;
}

/** `window of llama-3-70b stable`. */
function about(event: LogEvent): string {
  const fields = event as unknown as Record<string, unknown>;
  const named = ["service", "revision", "fault", "rollout", "analysis", "key", "object", "reason"];
  const words = named.map((field) => fields[field]).filter((word) => typeof word === "string");
  return words.length === 0 ? event.kind : `${event.kind} of ${words.join(" ")}`;
}

function sloLines({ slo }: RunDiff, options: TextOptions): string[] {
  const rows = slo.map(({ a, b }) => {
    const { service, label } = (a ?? b)!;
    const limits = [a, b].map((side) => side ? `≤ ${formatUs(side.limitMs * 1000)}` : UNKNOWN);
    const limit = limits[0] === limits[1] ? limits[0]! : limits.join(" / ");
    const difference = formatDifference("ms", a?.gotMs, b?.gotMs);
    return [`${service} ${label}`, limit, kept(a, options), kept(b, options), difference];
  });
  return section("slo", ["", "limit", "a", "b", "difference"], rows, options, [1, 2, 3, 4]);
}

function kept(side: LimitOutcome | null, { marks }: TextOptions): string {
  if (side === null || side.gotMs === null) return UNKNOWN;
  const { passed, failed } = marks ?? { passed: "✓", failed: "✗" };
  return `${formatUs(side.gotMs * 1000)} ${side.met ? passed : failed}`;
}

/** Figures of which either run has something. */
function figureRows(
  kinds: readonly FigureKind[],
  figures: Readonly<Record<string, FigurePair>>,
): string[][] {
  return kinds.flatMap(({ key, label, unit }) => {
    const { a = null, b = null } = figures[key] ?? {};
    const nothing = (a ?? 0) === 0 && (b ?? 0) === 0;
    if (nothing) return [];
    const difference = formatDifference(unit, a, b);
    return [[label, formatFigure(unit, a), formatFigure(unit, b), difference]];
  });
}

function serviceLines({ services, calibration }: RunDiff, options: TextOptions): string[] {
  const shown = FIGURES.filter(({ label }) => !HIDDEN.test(label));
  return Object.entries(services).flatMap(([name, figures]) => {
    const rows = figureRows(shown, figures);
    const { a, b } = calibration[name] ?? {};
    const state = a === b ? a : `${a ?? "not"} in a, ${b ?? "not"} in b`;
    return section(`${name}, ${state}`, ["", "a", "b", "difference"], rows, options, [1, 2, 3]);
  });
}

function loadLines({ loads }: RunDiff, options: TextOptions): string[] {
  const shown = LOAD_FIGURES.filter(({ unit, label }) => unit !== "ms" || label.endsWith(" p95"));
  return Object.entries(loads).flatMap(([service, figures]) =>
    Object.entries(figures).flatMap(([load, its]) => {
      const head = `${service}, load ${load}`;
      const rows = figureRows(shown, its);
      return section(head, ["", "a", "b", "difference"], rows, options, [1, 2, 3]);
    })
  );
}

function rolloutLines({ rollouts }: RunDiff, options: TextOptions): string[] {
  const text = (side: RolloutOutcome | null) => {
    if (side === null) return UNKNOWN;
    const at = side.atSeconds === null ? "" : ` at ${formatInstant(side.atSeconds * 1e6)}`;
    return `${side.outcome}${at} in step ${side.step}`;
  };
  const rows = Object.entries(rollouts).map(([id, { a, b }]) => {
    const same = text(a) === text(b);
    return [
      `${id} of ${(a ?? b)!.service}`,
      text(a),
      text(b),
      same ? "=" : changed(a?.atSeconds, b?.atSeconds),
    ];
  });
  return section("rollouts", ["", "a", "b", "difference"], rows, options);
}

function changed(a: number | null | undefined, b: number | null | undefined): string {
  if (typeof a !== "number" || typeof b !== "number" || a === b) return "";
  return `${b > a ? "+" : "-"}${formatInstant(Math.abs(b - a) * 1e6)}`;
}

function expectationLines({ expectations }: RunDiff, options: TextOptions): string[] {
  const { passed, failed } = options.marks ?? { passed: "✓", failed: "✗" };
  const text = (side: RunDiff["expectations"][number]["a"]) =>
    side === null ? UNKNOWN : `${side.passed ? passed : failed} ${side.got}`;
  const rows = expectations.map(({ about, a, b }) => [about, text(a), text(b)]);
  return section("expectations", ["", "a", "b"], rows, options);
}

function conclusion({ same, first, a, b }: RunDiff): string {
  if (same) return `the same ${formatCount(a.events)} events`;
  if (first === null) {
    return `another scenario or seed, but the same ${formatCount(a.events - 1)} events after it`;
  }
  const before = formatCount((first.a ?? first.b)!.seq);
  return `different: ${before} events before the first difference, ` +
    `${formatCount(a.events)} in a and ${formatCount(b.events)} in b`;
}
