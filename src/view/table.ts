// A table in kubectl's manner: columns three spaces apart, as wide as their widest cell, no borders.

import fastStringWidth from "fast-string-width";

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
    rows.reduce((widest, row) => Math.max(widest, displayWidth(row[column] ?? "")), 0)
  );
  const shown = columnsThatFit(widths, width - indent.length, options.drop ?? []);
  return rows.map((row) => {
    const cells = shown.map((column) => {
      const cell = row[column] ?? "";
      const blanks = " ".repeat(widths[column]! - displayWidth(cell));
      return right.includes(column) ? blanks + cell : cell + blanks;
    });
    const line = `${indent}${cells.join(" ".repeat(GAP))}`.trimEnd();
    return cutToWidth(line, width);
  });
}

/** Cells of the terminal that a text takes: two for a wide character, none for a colour. */
export function displayWidth(text: string): number {
  return PLAIN.test(text) ? text.length : fastStringWidth(text);
}

/** The text as far as it fits, with a `…` at the end where it does not. */
export function cutToWidth(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let kept = "";
  let taken = 0;
  for (const character of text) {
    taken += displayWidth(character);
    if (taken > width - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

/** Nearly every text there is; counting those needs no tables. */
const PLAIN = /^[\x20-\x7e]*$/;

/** The columns that are left when those of `drop` went, one after the other, until the rest fits. */
export function columnsThatFit(
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
