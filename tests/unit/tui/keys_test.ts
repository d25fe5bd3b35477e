import assert from "node:assert/strict";
import { parseKeys } from "../../../src/tui/key_names.ts";
import { actionOf, hintsOf, keyLines, KEYMAP } from "../../../src/tui/keys.ts";
import { findColumn } from "../../../src/view/columns.ts";
import fc from "../../fast_check.ts";

const RUNNING = { paused: false, ended: false, help: false };
const PAUSED = { ...RUNNING, paused: true };
const SITUATIONS = [RUNNING, PAUSED, { ...RUNNING, ended: true }, { ...RUNNING, help: true }];

Deno.test("parseKeys() names what terminals send", () => {
  assert.deepEqual(parseKeys("q N\x03\x1b[A\x1bOB\x1b[6~\x1b[H\x1b[21~\x1b"), [
    "q",
    "space",
    "N",
    "ctrl-c",
    "up",
    "down",
    "pgdn",
    "home",
    "F10",
    "esc",
  ]);
});

Deno.test("parseKeys() takes no letter out of a sequence that it does not know", () => {
  assert.deepEqual(parseKeys("\x1b[200~\x1b[1;5q\x1bOqé模"), [
    "unknown",
    "unknown",
    "unknown",
    "é",
    "模",
  ]);
});

Deno.test("parseKeys() loses nothing of plain text", () => {
  const text = fc.string({ unit: "grapheme" }).map((written) =>
    // deno-lint-ignore no-control-regex
    written.replace(/[\x00-\x20\x7f]/g, "")
  );
  fc.assert(fc.property(text, (written) => assert.equal(parseKeys(written).join(""), written)));
});

Deno.test("a key means one thing at a time", () => {
  for (const situation of SITUATIONS) {
    const keys = KEYMAP.filter(({ when }) => when?.(situation) ?? true).flatMap(({ keys }) => keys);
    assert.equal(new Set(keys).size, keys.length, JSON.stringify(situation));
  }
});

Deno.test("actionOf() knows keys only while they do something", () => {
  assert.deepEqual(actionOf("q", RUNNING), { kind: "quit" });
  assert.equal(actionOf(".", RUNNING), undefined);
  assert.deepEqual(actionOf(".", PAUSED), { kind: "step" });
  assert.equal(actionOf("space", { ...RUNNING, ended: true }), undefined);
  assert.equal(actionOf("esc", RUNNING), undefined);
});

Deno.test("hintsOf() tells the keys of now", () => {
  const words = (situation: typeof RUNNING) =>
    hintsOf(situation).map(({ keys, about }) => `${keys} ${about}`);
  assert.deepEqual(words(RUNNING), [
    "q quit",
    "space pause",
    "I reverse",
    "<> sort",
    "+- speed",
    "? help",
  ]);
  assert.ok(words(PAUSED).includes(". +1s"));
  assert.ok(words(PAUSED).includes("space go on"));
  assert.deepEqual(words({ ...RUNNING, ended: true }), [
    "q quit",
    "I reverse",
    "<> sort",
    "? help",
  ]);
  assert.deepEqual(words({ ...PAUSED, help: true }), ["q quit", "esc back"]);
});

Deno.test("keyLines() tells every key, and every sort is by a column that there is", () => {
  const lines = keyLines().join("\n");
  for (const { keys } of KEYMAP) assert.ok(lines.includes(`  ${keys.join(" ")} `), keys.join(" "));
  for (const { action } of KEYMAP) {
    if (action.kind === "sort") assert.ok(findColumn(action.column), action.column);
  }
});
