import assert from "node:assert/strict";
import {
  columnHelp,
  COLUMNS,
  findColumn,
  firstDescending,
  sortRows,
} from "../../../src/view/columns.ts";
import { serviceRows } from "../../../src/view/fleet_table.ts";
import { UNKNOWN } from "../../../src/view/format.ts";
import { NOW, sampleFleet } from "./sample_fleet.ts";

const rows = serviceRows(sampleFleet(), NOW);

function names(word: string, descending: boolean): string[] {
  const column = findColumn(word)!;
  return sortRows(rows, { column, descending }).map(({ name }) => name);
}

Deno.test("findColumn() knows a column by head and key, in any case", () => {
  assert.equal(findColumn("ttftp95")?.key, "ttft");
  assert.equal(findColumn("TTFT")?.key, "ttft");
  assert.equal(findColumn("kv%")?.key, "kv");
  assert.equal(findColumn("cpu"), undefined);
});

Deno.test("columns have keys and heads of their own, and all are explained", () => {
  const words = COLUMNS.flatMap(({ key, head }) => [...new Set([key, head.toLowerCase()])]);
  assert.equal(new Set(words).size, words.length);
  assert.equal(columnHelp().length, COLUMNS.length);
});

Deno.test("sortRows() puts what is unknown last in both directions, ties in the order of names", () => {
  assert.deepEqual(names("rps", true).slice(0, 3), [
    "llama-3-70b",
    "llama-3-70b-canary",
    "gemma-3-27b",
  ]);
  assert.deepEqual(names("rps", false).slice(0, 3), [
    "llama-3-70b-canary",
    "llama-3-70b",
    "gemma-3-27b",
  ]);
});

Deno.test("sortRows() by STATE puts the worst first", () => {
  assert.deepEqual(names("state", false).slice(0, 3), [
    "gemma-3-27b",
    "broken",
    "qwen3-235b-a22b-instruct-2507-fp8",
  ]);
});

Deno.test("firstDescending() looks at the largest figures first, at names from A on", () => {
  assert.equal(firstDescending(findColumn("rps")!), true);
  assert.equal(firstDescending(findColumn("name")!), false);
});

Deno.test("every figure of a service that nobody told of is -, never 0", () => {
  const unknown = rows.find(({ name }) => name === "mixtral-8x7b")!;
  for (
    const key of ["rps", "ttft", "itl", "e2e", "kv", "run", "wait", "err", "goodput", "tokens"]
  ) {
    assert.equal(findColumn(key)!.text(unknown), UNKNOWN, key);
  }
});
