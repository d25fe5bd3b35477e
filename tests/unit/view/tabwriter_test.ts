import assert from "node:assert/strict";
import { cellText, DESCRIBE_TABS, tabbed, TABLE_TABS } from "../../../src/view/tabwriter.ts";

Deno.test("tabbed() pads all but the last cell, and at least to six", () => {
  assert.deepEqual(tabbed([["A", "LAST"], ["b", ""]], TABLE_TABS), ["A     LAST", "b     "]);
  assert.deepEqual(tabbed([["long-name", "x"]], TABLE_TABS), ["long-name   x"]);
});

Deno.test("tabbed() aligns a column only over neighbouring rows that have it", () => {
  const rows = [["Name:", "x"], ["Spec:"], ["  Replicas:", "1"], ["  A:", "2"]];
  assert.deepEqual(tabbed(rows, DESCRIBE_TABS), [
    "Name:  x",
    "Spec:",
    "  Replicas:  1",
    "  A:         2",
  ]);
});

Deno.test("tabbed() counts the cells of the terminal, not characters", () => {
  assert.deepEqual(tabbed([["模型模型", "x"], ["ab", "y"]], TABLE_TABS), [
    "模型模型   x",
    "ab         y",
  ]);
});

Deno.test("cellText() shows the first line, and nothing that moves the cursor", () => {
  assert.equal(cellText("one\ntwo"), "one...");
  assert.equal(cellText("\x1b[31mred"), "^[[31mred");
});
