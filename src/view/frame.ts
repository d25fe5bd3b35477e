// A whole screen of `top`: state in, lines of a given size out. It knows no terminal and no clock.

import type { FleetState } from "../fleet/state.ts";
import { PPM } from "../metrics/names.ts";
import { calibrationErrorText } from "./calibration_error.ts";
import { type Column, findColumn, formatUsd, type Sort, sortRows } from "./columns.ts";
import { fleetLines } from "./fleet_lines.ts";
import { type RowOptions, type ServiceRow, serviceRows } from "./fleet_table.ts";
import { formatCount, formatInstant, formatPpm, formatRate } from "./format.ts";
import { cells, line, type Span } from "./spans.ts";
import type { Theme } from "./theme.ts";
import type { Thresholds } from "./thresholds.ts";

export type { FleetState } from "../fleet/state.ts";

export interface Hint {
  readonly keys: string;
  readonly about: string;
}

/** What of the screen its user changes. */
export interface FrameView {
  readonly sort: Sort;
  /** The first row that is shown, from 0. */
  readonly scroll: number;
  /** Virtual seconds a second; Infinity is as fast as it goes. */
  readonly speed: number;
  readonly paused: boolean;
  readonly ended: boolean;
  /** Keys that do something now. */
  readonly hints: readonly Hint[];
  /** Shown instead of the table. */
  readonly help?: readonly string[];
}

export interface FrameOptions {
  readonly width: number;
  readonly height: number;
  readonly theme: Theme;
  /** What is looked at: `mock`, `scenario canary-failure`, `log run.jsonl`. */
  readonly label: string;
  readonly columns: readonly Column[];
  /** Whether other columns are shown where there is room. */
  readonly more: boolean;
  readonly thresholds: Thresholds;
  readonly rows: RowOptions;
}

export interface Frame {
  readonly lines: readonly string[];
  /** The first row that is shown: no further down than there are rows for. */
  readonly scroll: number;
  /** Rows that fit on one screen. */
  readonly page: number;
  /** Columns that fit, from the left. */
  readonly columns: readonly Column[];
}

const SHOWN_EVENTS = 3;
/** Below this many lines for rows the events give way. */
const LEAST_ROWS = 4;
const BETWEEN = "  ";

export function frame(
  state: FleetState,
  nowUs: number,
  view: FrameView,
  options: FrameOptions,
): Frame {
  const { width, height, theme } = options;
  const draw = (spans: readonly Span[]) => line(spans, width, theme);
  const rows = sortRows(serviceRows(state, nowUs, options.rows), view.sort);
  const isHelp = view.help !== undefined;
  const around = whatFits({
    head: flow(headSegments(state, nowUs, rows, view, options), width).map(draw),
    notes: isHelp ? [] : notesOf(rows).map(draw),
    foot: true,
  }, height);
  const { head, notes, foot } = around;
  const events = isHelp ? [] : eventLines(state).map(draw);
  const fixed = linesOf(around);
  const strip = height - fixed - events.length - 1 >= Math.min(LEAST_ROWS, rows.length) && !isHelp
    ? ["", ...events]
    : [];
  const page = Math.max(1, height - fixed - strip.length);
  const last = view.help === undefined ? rows.length - page : view.help.length - page - 1;
  const scroll = Math.max(0, Math.min(view.scroll, last));
  const table = fleetLines(rows, { ...options, decorated: true, sort: view.sort });
  const body = view.help?.slice(scroll).map((text) => [{ text }]) ??
    [table.head, ...tableBody(table.body).slice(scroll, scroll + page)];
  const filled = [...body.slice(0, page + 1).map(draw), ...blank(page + 1 - body.length)];
  const footers = foot ? [footer(rows, scroll, page, view, options)] : [];
  const lines = [...head, ...filled, ...notes, ...strip, ...footers];
  return { lines: lines.slice(0, height), scroll, page, columns: table.columns };
}

/** What stands above and below the table. */
interface Around {
  readonly head: readonly string[];
  readonly notes: readonly string[];
  readonly foot: boolean;
}

/** With the table's own head. */
function linesOf({ head, notes, foot }: Around): number {
  return head.length + 1 + notes.length + (foot ? 1 : 0);
}

/** Of a terminal of few lines a row at least is the table's: the notes go first, then the totals. */
function whatFits(around: Around, height: number): Around {
  const { head } = around;
  const less: readonly Around[] = [
    around,
    { ...around, notes: [] },
    { head: head.slice(0, 1), notes: [], foot: true },
    { head: head.slice(0, 1), notes: [], foot: false },
    { head: [], notes: [], foot: false },
  ];
  return less.find((each) => linesOf(each) < height) ?? less.at(-1)!;
}

function tableBody(body: readonly (readonly Span[])[]): readonly (readonly Span[])[] {
  return body.length === 0 ? [[{ text: "no services" }]] : body;
}

/** What stands above the table, in pieces that are not torn apart. */
function headSegments(
  state: FleetState,
  nowUs: number,
  rows: readonly ServiceRow[],
  view: FrameView,
  { label }: FrameOptions,
): Span[][] {
  const ready = rows.filter((row) => row.state === "Ready").length;
  return [
    [{ text: "mtop ", style: "bold" }, { text: label }],
    timeSpans(state, nowUs, view),
    [
      { text: "services " },
      { text: `${ready}/${rows.length}`, style: ready === rows.length ? "ok" : "warn" },
      { text: " ready" },
    ],
    ...totalsOf(rows).map((text) => [{ text }]),
  ];
}

/** A run that lasts for days is watched, and nobody waits for its end. */
const ENDLESS_US = 24 * 3_600_000_000;

function timeSpans({ run }: FleetState, nowUs: number, view: FrameView): Span[] {
  const end = run === undefined || run.durationUs === 0 || run.durationUs >= ENDLESS_US
    ? ""
    : ` of ${formatInstant(run.durationUs)}`;
  const time = `${formatInstant(nowUs)}${end}`;
  if (view.ended) return [{ text: `${time} ` }, { text: "ENDED", style: "reverse" }];
  if (view.paused) return [{ text: `${time} ` }, { text: "PAUSED", style: "reverse" }];
  return [{ text: `${time} ${speedText(view.speed)}` }];
}

function speedText(speed: number): string {
  return speed === Infinity ? "max" : `${speed}x`;
}

/** Sums over the rows; unknown where no row knows. */
function totalsOf(rows: readonly ServiceRow[]): string[] {
  const sum = (of: (row: ServiceRow) => number | undefined) => {
    const known = rows.map(of).filter((value) => value !== undefined);
    return known.length === 0 ? undefined : known.reduce((total, value) => total + value, 0);
  };
  const bad = sum(({ requests }) => requests && requests.failed + requests.rejected);
  const good = sum(({ requests }) => requests?.completed);
  const ended = bad === undefined || good === undefined ? undefined : bad + good;
  const errors = bad === undefined || !ended ? undefined : Math.round(bad / ended * PPM);
  // A sum that leaves out a service would look like a saving.
  const cost = rows.every(({ usdPerHour }) => usdPerHour !== undefined)
    ? sum(({ usdPerHour }) => usdPerHour)
    : undefined;
  const rounded = errors === undefined ? undefined : Math.round(errors / 1000) * 1000;
  return [
    `${formatRate(sum(({ rps }) => rps))} rps`,
    `${formatRate(sum(({ outputTokensPerSecond }) => outputTokensPerSecond))} tok/s`,
    `${formatCount(sum(({ waiting }) => waiting))} waiting`,
    `errors ${formatPpm(rounded)}`,
    `$/h ${formatUsd(cost)}`,
  ];
}

/** Segments beside each other as long as they fit, then below. */
function flow(segments: readonly (readonly Span[])[], width: number): Span[][] {
  const lines: Span[][] = [];
  let left = -1;
  for (const segment of segments) {
    const taken = segment.reduce((sum, { text }) => sum + cells(text), 0);
    if (left >= taken + BETWEEN.length) {
      lines.at(-1)!.push({ text: BETWEEN }, ...segment);
      left -= taken + BETWEEN.length;
    } else {
      lines.push([...segment]);
      left = width - taken;
    }
  }
  return lines;
}

/** Law 1: numbers of what was not measured say so wherever they appear, and so do missing ones. */
function notesOf(rows: readonly ServiceRow[]): Span[][] {
  const of = (calibration: string) =>
    rows.filter((row) => row.calibration === calibration).map(({ namespace, name }) =>
      namespace === "default" ? name : `${namespace}/${name}`
    );
  const errors = rows.flatMap(({ name, calibrationError }) => {
    const text = calibrationErrorText(calibrationError);
    return text === "" ? [] : [`${name} (${text})`];
  });
  const [guessed, missing] = [of("uncalibrated"), of("not simulated")];
  const all = of("calibrated").length === 0;
  const notes = [
    ...(guessed.length > 0 ? [`uncalibrated: ${all ? "all figures" : guessed.join(", ")}`] : []),
    ...(errors.length > 0 ? [`calibrated: ${errors.join(", ")}`] : []),
    ...(missing.length > 0 ? [`not simulated: ${missing.join(", ")}`] : []),
  ];
  return notes.length === 0 ? [] : [[{ text: notes.join("; "), style: "dim" }]];
}

/** The last warnings, each told once, the latest at the bottom. */
function eventLines({ events }: FleetState): Span[][] {
  const last = new Map<string, FleetState["events"][number]>();
  for (const event of events.toReversed()) {
    if (last.size === SHOWN_EVENTS) break;
    const id = `${event.reason} ${event.object}`;
    if (event.type === "Warning" && !last.has(id)) last.set(id, event);
  }
  return [...last.values()].reverse().map(({ at, reason, object, message }) => [
    { text: `${formatInstant(at)}${BETWEEN}` },
    { text: reason, style: "warn" },
    { text: `${BETWEEN}${object.slice(object.lastIndexOf("/") + 1)}: ${message}` },
  ]);
}

function footer(
  rows: readonly ServiceRow[],
  scroll: number,
  page: number,
  { hints, help }: FrameView,
  { width, theme }: FrameOptions,
): string {
  const hidden = help === undefined && rows.length > page;
  const place = hidden
    ? [[{ text: `${scroll + 1}-${scroll + page} of ${rows.length}`, style: "dim" as const }]]
    : [];
  const segments = [
    ...place,
    ...hints.map(({ keys, about }): Span[] => [
      { text: keys, style: "bold" },
      { text: ` ${about}` },
    ]),
  ];
  return line(flow(segments, width)[0] ?? [], width, theme);
}

function blank(count: number): string[] {
  return Array.from({ length: Math.max(0, count) }, () => "");
}

/** One table without a screen around it: for a pipe, a dumb terminal, or a single look. */
export function plainTable(
  state: FleetState,
  nowUs: number,
  sort: Sort,
  options: Omit<FrameOptions, "height" | "label" | "width"> & {
    readonly width: number | undefined;
    readonly decorated: boolean;
  },
): string[] {
  const rows = sortRows(serviceRows(state, nowUs, options.rows), sort);
  const { head, body } = fleetLines(rows, { ...options, columns: withCalibration(rows, options) });
  const { width = Infinity, theme, decorated } = options;
  const notes = decorated ? notesOf(rows) : [];
  return [head, ...body, ...notes].map((spans) => line(spans, width, theme));
}

/** On a pipe a line below the table would be taken for a row: there a column says it. */
function withCalibration(
  rows: readonly ServiceRow[],
  { columns, decorated }: { readonly columns: readonly Column[]; readonly decorated: boolean },
): readonly Column[] {
  const known = ["calibrated", undefined];
  if (decorated || rows.every(({ calibration }) => known.includes(calibration))) return columns;
  const column = findColumn("calibration")!;
  return columns.includes(column) ? columns : [...columns, column];
}
