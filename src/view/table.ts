// A table in kubectl's manner: columns three spaces apart, as wide as their widest cell, no borders.

/** Lines without trailing blanks; `right` names the columns whose cells are numbers. */
export function table(
  rows: readonly (readonly string[])[],
  { indent = "", right = [] }: { indent?: string; right?: readonly number[] } = {},
): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length))
  );
  return rows.map((row) => {
    const cells = row.map((cell, column) =>
      right.includes(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)
    );
    return `${indent}${cells.join("   ")}`.trimEnd();
  });
}
