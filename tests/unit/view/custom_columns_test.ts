import assert from "node:assert/strict";
import { customColumnsTable, parseCustomColumns } from "../../../src/view/custom_columns.ts";

const ITEMS = [
  { metadata: { name: "a", labels: { x: "1", y: "2" } }, spec: { list: [1, 2] } },
  { metadata: { name: "long-name" } },
];

Deno.test("customColumnsTable() prints <none> for what is missing, and Go's words for the rest", () => {
  const columns = parseCustomColumns("N:.metadata.name,L:metadata.labels,ALL:{.spec.list[*]}");
  assert.deepEqual(customColumnsTable(columns, ITEMS, true), [
    "N           L              ALL",
    "a           map[x:1 y:2]   1,2",
    "long-name   <none>         <none>",
  ]);
  assert.equal(customColumnsTable(columns, ITEMS, false).length, 2);
});

Deno.test("parseCustomColumns() refuses in kubectl's words", () => {
  assert.throws(() => parseCustomColumns(""), {
    message: "custom-columns format specified but no custom columns given",
  });
  assert.throws(() => parseCustomColumns("A"), {
    message: "unexpected custom-columns spec: A, expected <header>:<json-path-expr>",
  });
});
