// A whole screen of `top`: state in, lines of a given size out. It knows no terminal and no clock.

import type { FleetState } from "../fleet/state.ts";
import { type Column, findColumn, type Sort, sortRows } from "./columns.ts";
import { fleetLines } from "./fleet_lines.ts";
import { type RowOptions, type ServiceRow, serviceRows } from "./fleet_table.ts";
import { eventLines, notesOf, noticeLines } from "./frame_below.ts";
import { headSegments, type Progress } from "./frame_head.ts";
import { rolloutBlock, rolloutTable } from "./rollout_lines.ts";
import { rolloutRows } from "./rollout_rows.ts";
import { cells, line, type Span } from "./spans.ts";
import type { Theme } from "./theme.ts";
import type { Thresholds } from "./thresholds.ts";

export type { FleetState } from "../fleet/state.ts";

export interface Hint {
  readonly keys: string;
  readonly about: string;
}

/** What of the screen its user changes. */
export interface FrameView extends Progress {
  readonly sort: Sort;
  /** The first row that is shown, from 0. */
  readonly scroll: number;
  /** Keys that do something now. */
  readonly hints: readonly Hint[];
  /** The id of the rollout that was chosen; without it the first that is under way. */
  readonly rollout?: string;
  /** What came of what was done last, in a sentence. */
  readonly notice?: string;
  /** What is to be answered before anything else, by the keys of the hints. */
  readonly question?: string;
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
  const rollouts = rolloutBlock(rolloutRows(state, options.rows), view.rollout, width);
  const notice = view.notice === undefined ? [] : noticeLines(view.notice, width);
  const below = isHelp ? NOTHING_BELOW : {
    full: rollouts.full.length === 0 ? [] : ["", ...rollouts.full.map(draw)],
    brief: rollouts.brief.map(draw),
    notice: notice.map(draw),
    notes: notesOf(rows).map(draw),
  };
  const head = flow(headSegments(state, nowUs, rows, view, options.label), width).map(draw);
  const asked = questionLines(view, width).map(draw);
  const around = whatFits(head, below, Math.min(LEAST_ROWS, rows.length), {
    height,
    asked: asked.length,
  });
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
  const foot = asked.length > 0 ? asked : [footer(rows, scroll, page, view, options)];
  const footers = foot.slice(0, around.foot);
  const lines = [...around.head, ...filled, ...around.below, ...strip, ...footers];
  return { lines: lines.slice(0, height), scroll, page, columns: table.columns };
}

/** What stands above and below the table. */
interface Around {
  readonly head: readonly string[];
  readonly below: readonly string[];
  /** So many lines at the bottom. */
  readonly foot: number;
}

/** What may stand below it, in this order; the rollouts in full or in brief. */
type Below = Readonly<Record<"full" | "brief" | "notice" | "notes", readonly string[]>>;

const NOTHING_BELOW: Below = { full: [], brief: [], notice: [], notes: [] };

/** With the table's own head. */
function linesOf({ head, below, foot }: Around): number {
  return head.length + 1 + below.length + foot;
}

/**
 * Of a terminal of few lines a row at least is the table's: the notes go first, then the totals. What is
 * asked, in so many lines, stays longest: else nobody would know what to press.
 */
function whatFits(
  head: readonly string[],
  { full, brief, notice, notes }: Below,
  leastRows: number,
  { height, asked }: { readonly height: number; readonly asked: number },
): Around {
  const foot = Math.max(1, asked);
  const whole = { head, below: [...full, ...notice, ...notes], foot };
  if (linesOf(whole) + leastRows <= height) return whole;
  const first = head.slice(0, 1);
  const less: readonly Around[] = [
    { head, below: [...brief, ...notice, ...notes], foot },
    { head, below: [...brief, ...notice], foot },
    { head: first, below: [...brief, ...notice], foot },
    { head: first, below: notice, foot },
    { head: first, below: [], foot },
    ...(asked > 0 ? [{ head: [], below: [], foot: Math.min(foot, Math.max(0, height - 2)) }] : []),
    { head: first, below: [], foot: 0 },
    { head: [], below: [], foot: 0 },
  ];
  return less.find((each) => linesOf(each) < height) ?? less.at(-1)!;
}

function tableBody(body: readonly (readonly Span[])[]): readonly (readonly Span[])[] {
  return body.length === 0 ? [[{ text: "no services" }]] : body;
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

/** Before anything else: the question and the keys that answer it, all of them. */
function questionLines({ question, hints }: FrameView, width: number): Span[][] {
  if (question === undefined) return [];
  return flow([[{ text: question, style: "reverse" }], ...hints.map(hintSpans)], width);
}

function footer(
  rows: readonly ServiceRow[],
  scroll: number,
  page: number,
  { hints, help }: FrameView,
  { width, theme }: FrameOptions,
): string {
  const hidden = help === undefined && rows.length > page;
  const place: Span[][] = hidden
    ? [[{ text: `${scroll + 1}-${scroll + page} of ${rows.length}`, style: "dim" }]]
    : [];
  return line(flow([...place, ...hints.map(hintSpans)], width)[0] ?? [], width, theme);
}

function hintSpans({ keys, about }: Hint): Span[] {
  return [{ text: keys, style: "bold" }, { text: ` ${about}` }];
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
  const lines = [head, ...body, ...notes].map((spans) => line(spans, width, theme));
  const rollouts = rolloutTable(rolloutRows(state, options.rows), {
    width: options.width,
    decorated,
  });
  // Apart from the services, as kubectl puts one kind of object below another.
  return rollouts.length === 0 ? lines : [...lines, "", ...rollouts];
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
