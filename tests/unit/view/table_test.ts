import assert from "node:assert/strict";
import { table } from "../../../src/view/table.ts";
import fc from "../../fast_check.ts";

const ROWS = [["name", "count", "node"], ["a-long-name", "7", "n1"], ["b", "1,234", ""]];

Deno.test("table() lines columns up, three spaces apart", () => {
  assert.deepEqual(table(ROWS), [
    "name          count   node",
    "a-long-name   7       n1",
    "b             1,234",
  ]);
});

Deno.test("table() puts numbers to the right, and indents", () => {
  assert.deepEqual(table(ROWS, { indent: "  ", right: [1] }), [
    "  name          count   node",
    "  a-long-name       7   n1",
    "  b             1,234",
  ]);
});

Deno.test("table() has no lines when it has no rows", () => {
  assert.deepEqual(table([]), []);
});

Deno.test("table() leaves no trailing blanks, and begins each column at one place", () => {
  const cell = fc.stringMatching(/^[a-z]{0,9}$/);
  const rows = fc.integer({ min: 1, max: 5 }).chain((columns) =>
    fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { minLength: 1 })
  );
  fc.assert(fc.property(rows, (cells) => {
    const lines = table(cells);
    let start = 0;
    for (const column of cells[0]!.keys()) {
      for (const [index, row] of cells.entries()) {
        assert.equal(lines[index], lines[index]!.trimEnd());
        const text = lines[index]!.slice(start, start + row[column]!.length);
        assert.equal(text, row[column]);
      }
      start += Math.max(...cells.map((row) => row[column]!.length)) + 3;
    }
  }));
});
