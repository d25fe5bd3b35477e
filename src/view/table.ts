// A table in kubectl's manner: columns three spaces apart, as wide as their widest cell, no borders.

export interface TableOptions {
  readonly indent?: string;
  /** Columns of numbers, aligned to the right. */
  readonly right?: readonly number[];
  /** Columns of the terminal; without it nothing is left out. */
  readonly width?: number | undefined;
  /** Columns to leave out where the width does not suffice, the first to go first. */
  readonly drop?: readonly number[];
}

type Rows = readonly (readonly string[])[];

const GAP = 3;

/** Lines without trailing blanks. What still does not fit is cut at the end, with a `…`. */
export function table(rows: Rows, options: TableOptions = {}): string[] {
  const { indent = "", right = [], width = Infinity } = options;
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length))
  );
  const shown = columnsThatFit(widths, width - indent.length, options.drop ?? []);
  return rows.map((row) => {
    const cells = shown.map((column) => {
      const cell = row[column] ?? "";
      return right.includes(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!);
    });
    const line = `${indent}${cells.join(" ".repeat(GAP))}`.trimEnd();
    return line.length <= width ? line : `${line.slice(0, Math.max(0, width - 1))}…`;
  });
}

function columnsThatFit(
  widths: readonly number[],
  width: number,
  drop: readonly number[],
): number[] {
  let shown = widths.map((_, column) => column);
  const taken = () => shown.reduce((sum, column) => sum + widths[column]! + GAP, -GAP);
  for (const column of drop) {
    if (taken() <= width) break;
    shown = shown.filter((other) => other !== column);
  }
  return shown;
}
