// The rows of `top` as a table: which columns fit, how wide each is, and the cells as styled pieces.

import { type Column, COLUMNS, type Sort } from "./columns.ts";
import type { ServiceRow } from "./fleet_table.ts";
import { SERVICE_WORDS } from "./service_state.ts";
import { cells, cut, padEnd, padStart, printable, type Span } from "./spans.ts";
import { LEVEL_MARKS, levelStyle, type Style } from "./theme.ts";
import type { Thresholds } from "./thresholds.ts";

export interface LayoutOptions {
  readonly columns: readonly Column[];
  /** Whether other useful columns are shown where there is room. */
  readonly more: boolean;
  /** Cells of the terminal; undefined has no limit. */
  readonly width: number | undefined;
  /** Glyphs and marks are for eyes; a pipe gets words and bare figures. */
  readonly decorated: boolean;
  readonly thresholds: Thresholds;
  readonly sort?: Sort;
}

export interface FleetLines {
  readonly columns: readonly Column[];
  readonly head: readonly Span[];
  /** One of each row, in the order given. */
  readonly body: readonly (readonly Span[])[];
}

/** Between two columns; kubectl's three cells are a luxury on a terminal. */
const GAP = "  ";
/** A name is cut to a quarter of the line before a column is left out, but not below this ... */
const NAME_CELLS = 18;
/** ... unless nothing else is left. */
const LEAST_NAME_CELLS = 6;

interface CellText {
  readonly text: string;
  readonly style: Style;
  readonly mark: string;
}

interface Laid {
  readonly column: Column;
  readonly head: string;
  readonly cells: readonly CellText[];
  readonly marks: number;
  readonly width: number;
}

export function fleetLines(rows: readonly ServiceRow[], options: LayoutOptions): FleetLines {
  const { sort } = options;
  const laid = toldApart(rows, options);
  return {
    columns: laid.map(({ column }) => column),
    head: joined(laid.map((one) => headSpan(one, sort))),
    body: rows.map((_, index) => joined(laid.map((one) => cellSpans(one, one.cells[index]!)))),
  };
}

/** Names that could be taken for each other get their namespaces, where no column says those. */
function toldApart(rows: readonly ServiceRow[], options: LayoutOptions): Laid[] {
  const { width = Infinity } = options;
  const columns = candidates(rows, options);
  const fit = (shown: readonly ServiceRow[], of: readonly Column[], nameCells?: number) =>
    fitted(of.map((column) => layOut(column, shown, options)), options, width, nameCells);
  const laid = fit(rows, columns);
  const count = new Map<string, number>();
  for (const { name } of rows) count.set(name, (count.get(name) ?? 0) + 1);
  if (count.size === rows.length || laid.some(({ column }) => isNamespace(column))) return laid;
  const qualified = rows.map((row) =>
    count.get(row.name) === 1 ? row : { ...row, name: `${row.namespace}/${row.name}` }
  );
  return fit(qualified, columns.filter((column) => !isNamespace(column)), Math.floor(width / 3));
}

function isNamespace({ key }: Column): boolean {
  return key === "namespace";
}

/**
 * What is asked for, and in their places the columns that may be added. A pipe always gets the same:
 * only names that could be taken for each other get their namespaces.
 */
function candidates(
  rows: readonly ServiceRow[],
  { columns, more, width }: LayoutOptions,
): Column[] {
  if (!more) return [...columns];
  const added = (column: Column) => width !== undefined || column.key === "namespace";
  return COLUMNS.filter((column) =>
    columns.includes(column) || (added(column) && column.useful?.(rows))
  );
}

function layOut(
  column: Column,
  rows: readonly ServiceRow[],
  { decorated, thresholds, sort }: LayoutOptions,
): Laid {
  const texts = rows.map((row) => cellText(column, row, decorated, thresholds));
  const marks = Math.max(0, ...texts.map(({ mark }) => mark.length));
  const arrow = sort?.column === column ? (sort.descending ? "▼" : "▲") : "";
  const head = column.align === "right" ? `${arrow}${column.head}` : `${column.head}${arrow}`;
  const widest = Math.max(0, ...texts.map(({ text }) => cells(text)));
  return { column, head, cells: texts, marks, width: Math.max(cells(head), widest + marks) };
}

function cellText(
  column: Column,
  row: ServiceRow,
  decorated: boolean,
  thresholds: Thresholds,
): CellText {
  const text = printable(column.text(row));
  if (!decorated) return { text, style: "plain", mark: "" };
  const level = column.level?.(row, thresholds) ?? "none";
  const { glyph } = SERVICE_WORDS[row.state];
  return {
    text: column.key === "state" ? `${glyph} ${text}` : text,
    style: column.style?.(row) ?? levelStyle(level),
    mark: LEVEL_MARKS[level],
  };
}

/** Columns that fit: the asked ones leave by rank; others come by rank into what room is left. */
function fitted(
  laid: readonly Laid[],
  { columns }: LayoutOptions,
  width: number,
  wantedCells: number = Math.floor(width / 4),
): Laid[] {
  const nameCells = Math.max(NAME_CELLS, wantedCells);
  const all = laid.map((one) => narrowed(one, nameCells));
  const shown = new Set(all.filter(({ column }) => columns.includes(column)));
  const inOrder = () => all.filter((one) => shown.has(one));
  const asked = inOrder().filter(({ column }) => column.rank > 0);
  for (const one of asked.sort((a, b) => b.column.rank - a.column.rank)) {
    if (widthOf(inOrder()) <= width) break;
    shown.delete(one);
  }
  const over = widthOf(inOrder()) - width;
  if (over > 0) {
    return inOrder().map((one) => narrowed(one, Math.max(LEAST_NAME_CELLS, one.width - over)));
  }
  const others = all.filter((one) => !columns.includes(one.column));
  // Only where all that was asked for is there is room for more.
  if (columns.some((column) => inOrder().every((one) => one.column !== column))) return inOrder();
  for (const one of others.sort((a, b) => a.column.rank - b.column.rank)) {
    shown.add(one);
    if (widthOf(inOrder()) <= width) continue;
    shown.delete(one);
    break;
  }
  return inOrder();
}

function widthOf(laid: readonly Laid[]): number {
  return laid.reduce((sum, { width }) => sum + width + GAP.length, -GAP.length);
}

/** Only a name can be cut and still be read. */
function narrowed(laid: Laid, width: number): Laid {
  if (laid.column.key !== "name" || laid.width <= width) return laid;
  return {
    ...laid,
    width,
    head: cut(laid.head, width),
    cells: laid.cells.map((cell) => ({ ...cell, text: cut(cell.text, width) })),
  };
}

function headSpan({ column, head, width, marks }: Laid, sort: Sort | undefined): Span[] {
  const style = sort?.column === column ? "reverse" : "bold";
  // Over the figures, not over their marks.
  const before = column.align === "left" ? 0 : Math.max(0, width - cells(head) - marks);
  const after = Math.max(0, width - cells(head) - before);
  return [{ text: " ".repeat(before) }, { text: head, style }, { text: " ".repeat(after) }];
}

function cellSpans({ column, width, marks }: Laid, { text, style, mark }: CellText): Span[] {
  if (column.align === "left") return [{ text: padEnd(text, width), style }];
  return [
    { text: padStart("", width - marks - cells(text)) },
    { text: `${text}${mark}`, style },
    { text: " ".repeat(marks - mark.length) },
  ];
}

function joined(pieces: readonly (readonly Span[])[]): Span[] {
  return pieces.flatMap((piece, index) => index === 0 ? [...piece] : [{ text: GAP }, ...piece]);
}
