// Columns as kubectl's tables have them: Go's text/tabwriter, padded with blanks.

import { displayWidth } from "./table.ts";

export interface TabOptions {
  /** Blanks between two columns. */
  readonly padding: number;
  /** A column and its padding are at least so wide. */
  readonly minWidth: number;
}

/** What `kubectl get` writes with (cli-runtime, pkg/printers/tabwriter.go). */
export const TABLE_TABS: TabOptions = { padding: 3, minWidth: 6 };
/** What `kubectl describe` writes with. */
export const DESCRIBE_TABS: TabOptions = { padding: 2, minWidth: 0 };

/**
 * The lines of rows of cells. A column reaches over neighbouring rows that have a cell right of it;
 * the last cell of a row belongs to none, so that it pads nothing, and an empty one leaves the blanks
 * before it standing.
 */
export function tabbed(rows: readonly (readonly string[])[], options: TabOptions): string[] {
  const padded = rows.map((row) => [...row]);
  const columns = Math.max(0, ...rows.map((row) => row.length));
  for (let column = 0; column < columns; column++) {
    for (let row = 0; row < rows.length;) {
      const end = blockEnd(rows, row, column);
      if (end > row) padBlock(padded.slice(row, end), column, options);
      row = Math.max(end, row + 1);
    }
  }
  return padded.map((row) => row.join(""));
}

/** The first row from `start` that does not have this column. */
function blockEnd(rows: readonly (readonly string[])[], start: number, column: number): number {
  let end = start;
  while (end < rows.length && column < rows[end]!.length - 1) end++;
  return end;
}

function padBlock(rows: readonly string[][], column: number, options: TabOptions): void {
  const widths = rows.map((row) => displayWidth(row[column]!));
  const width = Math.max(options.minWidth, Math.max(...widths) + options.padding);
  for (const [index, row] of rows.entries()) {
    row[column] += " ".repeat(width - widths[index]!);
  }
}

/** One cell as kubectl prints it: of several lines the first, and nothing that moves the cursor. */
export function cellText(text: string): string {
  const end = text.search(/[\f\n\r]/);
  const line = end < 0 ? text : `${text.slice(0, end)}...`;
  return line.replaceAll("\x1b", "^[").replaceAll("\t", " ");
}
