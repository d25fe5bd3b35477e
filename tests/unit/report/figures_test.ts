import assert from "node:assert/strict";
import { FIGURES, figuresOf, formatDifference, formatFigure } from "../../../src/report/figures.ts";
import { summarize } from "../../../src/report/summary.ts";
import { run, smallScenario } from "../scenario/small_run.ts";

Deno.test("figuresOf() finds every figure of its list in a run that has them all", () => {
  const slo = { chat: { ttft: { p95: "2s" }, goodput: "99%" } };
  const { state } = run(smallScenario({ duration: "1m", slo }));
  const summary = summarize(state);
  const { chat } = figuresOf(summary);
  const unknown = FIGURES.filter(({ key }) => chat![key] === null).map(({ key }) => key);
  assert.deepEqual(unknown, []);
  assert.equal(chat!["ttftMs.p95"], summary.services["chat"]!.ttftMs!["p95"]);
  assert.equal(chat!["requests.arrived"], summary.services["chat"]!.requests.arrived);
});

Deno.test("formatFigure() writes a figure in its unit, unknown as -", () => {
  assert.equal(formatFigure("ms", 1520), "1.52s");
  assert.equal(formatFigure("share", 0.0412), "4.12%");
  assert.equal(formatFigure("count", 40021), "40,021");
  assert.equal(formatFigure("usd", -10.77), "-$10.77");
  assert.equal(formatFigure("kWh", 4.24149), "4.241 kWh");
  assert.equal(formatFigure("perSecond", null), "-");
});

Deno.test("formatDifference() tells the difference and its share; of shares, points", () => {
  assert.equal(formatDifference("ms", 400, 462), "+62ms (+15.5%)");
  assert.equal(formatDifference("usd", 44.59, 33.82), "-$10.77 (-24.2%)");
  assert.equal(formatDifference("share", 0.9957, 0.9968), "+0.11 points");
  assert.equal(formatDifference("share", 0.001669, 0.00167), "+0.0001 points");
  assert.equal(formatDifference("count", 0, 7), "+7");
  assert.equal(formatDifference("count", 7, 7), "=");
  assert.equal(formatDifference("count", null, 7), "-");
  assert.equal(formatDifference("count", null, null), "-");
});
