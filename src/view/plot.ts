// One curve as text: points joined by braille dots over two axes, with a limit as a line across. Knows no units.

import { displayWidth } from "./table.ts";

export interface PlotPoint {
  readonly x: number;
  /** Undefined where it is not known: the point is left out. */
  readonly y: number | undefined;
  /** One cell: ● unless said. */
  readonly mark?: string;
}

export interface Plot {
  /** In any order. */
  readonly points: readonly PlotPoint[];
  readonly limit: number;
  readonly formatX: (x: number) => string;
  readonly formatY: (y: number) => string;
  /** Cells of the area between the axes. */
  readonly columns: number;
  readonly rows: number;
}

/** What is higher than so many limits is drawn at the upper edge, as ▲. */
const TOP_LIMITS = 2;
const BEYOND = "▲";
const POINT = "●";

/** Braille: a cell has 2 × 4 dots, the bits by column and row from above. */
const DOTS = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]] as const;
const BRAILLE = 0x2800;

/** Lines without trailing blanks, both axes from 0. Empty where no point is known. */
export function plotLines(plot: Plot): string[] {
  const { limit, columns, rows, formatX, formatY } = plot;
  const known = plot.points.flatMap(({ x, y, mark = POINT }) =>
    y === undefined ? [] : { x, y, mark }
  )
    .toSorted((a, b) => a.x - b.x);
  if (known.length === 0) return [];
  const highest = Math.max(...known.map(({ y }) => y));
  const top = Math.min(Math.max(highest, limit * 1.25), limit * TOP_LIMITS);
  const right = Math.max(...known.map(({ x }) => x));
  const canvas = new Canvas(columns, rows);
  const limitRow = rowOf(limit / top, rows);
  canvas.fill(limitRow, "┄");
  const places = known.map(({ x, y }) => ({ x: right > 0 ? x / right : 0, y: y / top }));
  places.slice(1).forEach((to, index) => canvas.join(places[index]!, to));
  known.forEach(({ y, mark }, index) => {
    canvas.put(places[index]!, y > top ? BEYOND : mark);
  });
  const labels = new Map([[0, formatY(top)], [limitRow, formatY(limit)], [rows - 1, "0"]]);
  const width = Math.max(...[...labels.values()].map(displayWidth));
  return [
    ...canvas.lines().map((line, row) => {
      const label = labels.get(row) ?? "";
      const axis = labels.has(row) ? "┤" : "│";
      return `${" ".repeat(width - displayWidth(label))}${label} ${axis}${line}`.trimEnd();
    }),
    `${" ".repeat(width + 1)}└${"─".repeat(columns)}`,
    `${" ".repeat(width + 2)}${scaleLine(formatX(right), halfOf(right, formatX), columns)}`,
  ];
}

function halfOf(right: number, formatX: Plot["formatX"]): string {
  return formatX(Number((right / 2).toPrecision(3)));
}

/** `0`, what is in the middle where there is room for it, and the end. */
function scaleLine(end: string, half: string, columns: number): string {
  const [endWidth, halfWidth] = [end, half].map(displayWidth) as [number, number];
  const before = Math.floor((columns - halfWidth) / 2);
  const after = columns - before - halfWidth - endWidth;
  return before > 1 && after > 1
    ? `0${" ".repeat(before - 1)}${half}${" ".repeat(after)}${end}`
    : `0${" ".repeat(Math.max(1, columns - 1 - endWidth))}${end}`;
}

/** Of a share from below 0 to above 1, the row from above. */
function rowOf(share: number, rows: number): number {
  return Math.min(rows - 1, Math.max(0, Math.floor((1 - share) * rows)));
}

interface Place {
  /** Shares of the area, from the left and from below. */
  readonly x: number;
  readonly y: number;
}

class Canvas {
  readonly #columns: number;
  readonly #rows: number;
  readonly #cells: string[][];
  readonly #dots: number[][];

  constructor(columns: number, rows: number) {
    this.#columns = columns;
    this.#rows = rows;
    this.#cells = Array.from({ length: rows }, () => Array.from({ length: columns }, () => " "));
    this.#dots = Array.from({ length: rows }, () => Array.from({ length: columns }, () => 0));
  }

  fill(row: number, mark: string): void {
    this.#cells[row]!.fill(mark);
  }

  put({ x, y }: Place, mark: string): void {
    const row = rowOf(y, this.#rows);
    const column = this.#columnOf(x);
    this.#dots[row]![column] = 0;
    this.#cells[row]![column] = mark;
  }

  /** Dots along the straight line; above the upper edge there are none. */
  join(from: Place, to: Place): void {
    const steps = 4 * Math.max(this.#columns, this.#rows);
    for (let step = 0; step <= steps; step++) {
      const share = step / steps;
      const y = from.y + (to.y - from.y) * share;
      if (y <= 1) this.#dot({ x: from.x + (to.x - from.x) * share, y });
    }
  }

  #dot({ x, y }: Place): void {
    const column = Math.min(2 * this.#columns - 1, Math.floor(x * 2 * this.#columns));
    const row = rowOf(y, 4 * this.#rows);
    const line = this.#dots[row >> 2]!;
    const cell = column >> 1;
    line[cell] = line[cell]! | DOTS[column % 2 === 0 ? 0 : 1][row % 4]!;
  }

  #columnOf(x: number): number {
    return Math.min(this.#columns - 1, Math.floor(x * this.#columns));
  }

  lines(): string[] {
    return this.#cells.map((cells, row) =>
      cells.map((mark, column) => {
        const dots = this.#dots[row]![column]!;
        return dots === 0 ? mark : String.fromCharCode(BRAILLE + dots);
      }).join("")
    );
  }
}
