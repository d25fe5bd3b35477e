// The coverage floor's arithmetic: what counts as a line, and what as run.
import assert from "node:assert/strict";
import { countCodeLines, readLcov, table, totalOf } from "../../lint/coverage.ts";

const LCOV = [
  "SF:/tree/src/sim/clock.ts",
  "FNDA:1,run",
  "BRDA:2,1,0,0",
  "DA:1,3",
  "DA:2,0",
  "LH:1",
  "LF:2",
  "end_of_record",
  "SF:/tree/tests/a_test.ts",
  "DA:1,1",
  "end_of_record",
].join("\n");

Deno.test("readLcov() counts lines of src alone", () => {
  const files = readLcov(LCOV, "/tree/src/");
  assert.deepEqual(files, [{ path: "sim/clock.ts", lines: 2, covered: 1 }]);
});

Deno.test("countCodeLines() leaves out types, comments and blank lines", () => {
  const source = `// Header.

/**
 * Doc.
 */
import type { X } from "./x.ts";
export interface Y extends X {
  b: string;
}
  /* one */
export function f(y: Y): number { // why
  // because
  return y.b.length; /* ok */
}
`;
  assert.equal(countCodeLines(source), 3);
});

Deno.test("table() shows the file with the most unrun lines first and the total last", () => {
  const files = [
    { path: "a.ts", lines: 4, covered: 4 },
    { path: "b.ts", lines: 4, covered: 3 },
    { path: "c.ts", lines: 8, covered: 4 },
  ];
  assert.deepEqual(totalOf(files), { lines: 16, covered: 11 });
  assert.deepEqual(table(files).split("\n").map((line) => line.trim().split(/\s{2,}/).join(" ")), [
    "UNRUN LINES % FILE",
    "4 8 50.0 c.ts",
    "1 4 75.0 b.ts",
    "5 16 68.8 all of src",
  ]);
});

Deno.test("table() calls an empty tree covered", () => {
  assert.match(table([]), /100\.0 {2}all of src$/);
});
