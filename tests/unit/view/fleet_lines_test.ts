import assert from "node:assert/strict";
import { DEFAULTS } from "../../../src/cli/settings.ts";
import { findColumn } from "../../../src/view/columns.ts";
import { fleetLines } from "../../../src/view/fleet_lines.ts";
import { serviceRows } from "../../../src/view/fleet_table.ts";
import { applied, SECOND, service, stateOf } from "./sample_fleet.ts";

const SERVICES = [
  service("granite-3-3-8b"),
  service("granite-3-3-8b", { namespace: "research" }),
  service("phi-4", { namespace: "research" }),
];
const ROWS = serviceRows(stateOf(SERVICES.map((object) => [0, applied(object)])), SECOND);

function names(width: number | undefined, columns: readonly string[] = DEFAULTS.columns) {
  const { thresholds } = DEFAULTS;
  const options = { more: columns === DEFAULTS.columns, width, decorated: true, thresholds };
  const { columns: shown, body } = fleetLines(ROWS, {
    ...options,
    columns: columns.map((head) => findColumn(head)!),
  });
  const first = body.map((spans) => spans.map(({ text }) => text).join("").split(/ {2,}/)[0]!);
  return { first, heads: shown.map(({ head }) => head) };
}

Deno.test("fleetLines() puts the namespace before names that repeat, where no column says it", () => {
  const expected = ["default/granite-3-3-8b", "research/granite-3-3-8b", "phi-4"];
  const { first, heads } = names(76);
  assert.ok(!heads.includes("NAMESPACE"), heads.join());
  assert.deepEqual(first, expected);
  assert.deepEqual(names(undefined, ["NAME", "STATE"]).first, expected);
});

Deno.test("fleetLines() leaves names alone beside the column NAMESPACE", () => {
  const { first, heads } = names(200);
  assert.ok(heads.includes("NAMESPACE"));
  assert.deepEqual(first, ["default", "research", "research"]);
});
