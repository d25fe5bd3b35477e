// The table of a service's loads: which columns it has, and what it leaves out where there is no room.
import assert from "node:assert/strict";
import { totalsHtml } from "../../../src/report/html/tables.ts";
import { loadTable } from "../../../src/report/loads_text.ts";
import { summarize } from "../../../src/report/summary.ts";
import { runText } from "../../../src/report/text.ts";
import { run, smallScenario } from "../scenario/small_run.ts";

const load = (name: string, fields: object = {}) => ({
  ...{ kind: "constant", name, to: "chat", rps: 2, end: "50s" },
  ...{ prompt: { kind: "fixed", tokens: 200 }, output: { kind: "fixed", tokens: 20 } },
  ...fields,
});

const stateOf = (loads: readonly unknown[], fields: object = {}) =>
  run(smallScenario({ duration: "1m", load: loads, ...fields })).state;

const LATENCIES = ["ttft p95", "itl p95", "tpot p95", "e2e p95"];

/** Rows without the header, whatever is dropped from them. */
function tableIn(text: string): string[] {
  const lines = text.split("\n");
  const at = lines.findIndex((line) => /^ {4}load +/.test(line));
  return lines.slice(at, at + 3).map((line) => line.trimEnd());
}

Deno.test("loadTable() has columns of what somebody said something of, and latencies always", () => {
  const plain = summarize(stateOf([load("a"), load("b", { rps: 1 })])).services["chat"]!;
  const { heads, rows } = loadTable(plain.loads)!;
  assert.deepEqual(heads, ["load", "arrived", "errors", ...LATENCIES]);
  assert.deepEqual(rows.map((row) => row.slice(0, 3)), [["a", "100", "0%"], ["b", "50", "0%"]]);
  const p95 = ["ttftMs", "itlMs", "tpotMs", "e2eMs"] as const;
  for (const [index, key] of p95.entries()) {
    assert.ok(plain.loads["b"]![key]!["p95"]! > 0);
    assert.match(rows[1]![3 + index]!, /^[\d.]+m?s$/);
  }
  const classes = [
    load("a", { priority: 1, slo: { e2e: { p95: "2s" }, goodput: "90%" } }),
    load("b"),
  ];
  const classed = loadTable(summarize(stateOf(classes)).services["chat"]!.loads)!;
  assert.deepEqual(classed.heads, [
    ...["load", "priority", "arrived", "errors", "goodput", "objective", "budget spent"],
    ...LATENCIES,
  ]);
  assert.deepEqual(classed.rows.map((row) => row.slice(4, 7)), [
    ["100%", "90%", "0%"],
    ["100%", "-", "-"],
  ]);
  assert.equal(loadTable({}), undefined);
});

Deno.test("the table of loads fits narrow terminals: arrived, goodput and ttft stay", () => {
  const slo = { e2e: { p95: "2s" }, goodput: "90%" };
  const state = stateOf([load("a", { priority: 1, slo }), load("b", { slo })]);
  const wide = tableIn(runText(state, { width: 200 }));
  assert.match(wide[0]!, /budget spent +ttft p95 +itl p95 +tpot p95 +e2e p95$/);
  const narrow = tableIn(runText(state, { width: 40 }));
  assert.match(narrow[0]!, /^ {4}load +arrived +goodput +ttft p95$/);
  assert.equal(narrow.length, 3);
  assert.ok(narrow.every((line) => line.length <= 40), narrow.join("\n"));
});

Deno.test("totalsHtml() has the table of loads where there are several", () => {
  const html = (loads: readonly unknown[]) => totalsHtml(summarize(stateOf(loads)));
  assert.doesNotMatch(html([load("a")]), /Loads/);
  const two = html([load("a"), load("b")]);
  assert.match(two, /<caption class="unseen">Loads<\/caption>/);
  assert.match(two, /<th scope="row">b<\/th><td class="number">100<\/td>/);
});
