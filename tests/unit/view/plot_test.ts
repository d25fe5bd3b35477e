import assert from "node:assert/strict";
import { type Plot, plotLines, type PlotPoint } from "../../../src/view/plot.ts";

const plot = (points: readonly PlotPoint[], fields: Partial<Plot> = {}) =>
  plotLines({
    points,
    limit: 10,
    formatX: (x) => `${x} rps`,
    formatY: (y) => `${y}ms`,
    columns: 24,
    rows: 6,
    ...fields,
  });

Deno.test("plotLines() joins points over two axes from 0, the limit across", () => {
  const lines = plot([{ x: 20, y: 12, mark: "✗" }, { x: 10, y: 5 }]);
  assert.deepEqual(lines, [
    "12.5ms ┤                     ⣀⡤✗",
    "  10ms ┤┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄⢀⣠⠴⠊⠁┄┄",
    "       │              ⣀⡤⠚⠉",
    "       │            ●⠋⠁",
    "       │",
    "     0 ┤",
    "       └────────────────────────",
    "        0        10 rps   20 rps",
  ]);
});

Deno.test("plotLines() draws what is far beyond the limit at the upper edge, and leaves out what is unknown", () => {
  const lines = plot([{ x: 1, y: 900, mark: "✗" }, { x: 2, y: undefined }]);
  assert.match(lines[0]!, /^20ms ┤ +▲$/);
  assert.equal(lines.join("").match(/[✗●▲]/g)?.length, 1);
  assert.deepEqual(plot([{ x: 1, y: undefined }]), []);
});

Deno.test("plotLines() keeps to its columns whatever the labels are", () => {
  for (const columns of [20, 33, 60]) {
    const lines = plot([{ x: 123.5, y: 1 }, { x: 61.75, y: 3 }], { columns });
    assert.ok(lines.every((line) => line.length <= columns + 8), lines.join("\n"));
    assert.match(lines.at(-1)!, /123\.5 rps$/);
  }
});
