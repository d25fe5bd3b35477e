import assert from "node:assert/strict";
import { parseKeys } from "../../../src/tui/key_names.ts";
import {
  actionOf,
  hintsOf,
  isOn,
  keyLines,
  KEYMAP,
  type Situation,
} from "../../../src/tui/keys.ts";
import { findColumn } from "../../../src/view/columns.ts";
import fc from "../../fast_check.ts";

const RUNNING: Situation = {
  ...{ paused: false, ended: false, help: false, asking: undefined },
  ...{ rollouts: 0, acts: [], faults: 0 },
};
const PAUSED = { ...RUNNING, paused: true };
const IN_STEPS: Situation = {
  ...RUNNING,
  rollouts: 2,
  acts: ["promote", "promoteFull", "abort", "pauseRollout", "undo"],
};
const HELD: Situation = {
  ...RUNNING,
  rollouts: 1,
  acts: ["promote", "promoteFull", "abort", "resume", "undo"],
};
const SITUATIONS = [
  RUNNING,
  PAUSED,
  { ...RUNNING, ended: true },
  { ...RUNNING, help: true },
  IN_STEPS,
  HELD,
  { ...IN_STEPS, help: true },
  { ...IN_STEPS, faults: 2 },
  { ...IN_STEPS, asking: "yesOrNo" },
  { ...IN_STEPS, asking: ["xid79", "noise"] },
] as const;

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
    const keys = KEYMAP.filter((binding) => isOn(binding, situation)).flatMap(({ keys }) => keys);
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

function words(situation: Situation): string[] {
  return hintsOf(situation).map(({ keys, about }) => `${keys} ${about}`);
}

Deno.test("hintsOf() tells the keys of now", () => {
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

Deno.test("hintsOf() tells what can be done about the marked rollout, and no more than eight keys", () => {
  assert.deepEqual(words(IN_STEPS), [
    ...["q quit", "space pause", "p promote", "P full", "a abort", "tab next", "+- speed"],
    "? help",
  ]);
  assert.deepEqual(words(HELD), [
    ...["q quit", "space pause", "H resume", "P full", "a abort", "<> sort", "+- speed", "? help"],
  ]);
  const aborted: Situation = { ...RUNNING, rollouts: 1, acts: ["retry", "undo"] };
  assert.deepEqual(words(aborted), [
    ...["q quit", "space pause", "b retry", "u undo", "I reverse", "<> sort", "+- speed", "? help"],
  ]);
  for (const situation of SITUATIONS) {
    for (const paused of [false, true]) {
      const { length } = hintsOf({ ...situation, paused });
      assert.ok(length <= 8, JSON.stringify(hintsOf({ ...situation, paused })));
    }
  }
});

Deno.test("a question is answered before any other key does something, but Ctrl-C", () => {
  const asking = { ...IN_STEPS, asking: "yesOrNo" } as const;
  assert.deepEqual(words(asking), ["y yes", "n no"]);
  assert.deepEqual(actionOf("y", asking), { kind: "answer", yes: true });
  for (const key of ["n", "N", "enter", "esc", "q"]) {
    assert.deepEqual(actionOf(key, asking), { kind: "answer", yes: false });
  }
  for (const key of ["a", "p", "space", "tab", "?"]) assert.equal(actionOf(key, asking), undefined);
  assert.deepEqual(actionOf("ctrl-c", asking), { kind: "interrupt" });
  assert.equal(actionOf("y", IN_STEPS), undefined);
});

Deno.test("a choice is made by its digit, of no more than there are", () => {
  const asking = { ...IN_STEPS, asking: ["xid79", "noise"] };
  assert.deepEqual(words(asking), ["1 xid79", "2 noise", "n no"]);
  assert.deepEqual(actionOf("2", asking), { kind: "choice", place: 1 });
  for (const key of ["3", "y", "a"]) assert.equal(actionOf(key, asking), undefined);
  assert.deepEqual(actionOf("esc", asking), { kind: "answer", yes: false });
  assert.equal(actionOf("1", IN_STEPS), undefined);
  const many = Array.from({ length: 20 }, (_, place) => `fault ${place}`);
  assert.equal(words({ ...IN_STEPS, asking: many }).length, 10);
  assert.equal(actionOf("0", { ...IN_STEPS, asking: many }), undefined);
});

Deno.test("keyLines() tells every key, and every sort is by a column that there is", () => {
  const lines = keyLines().join("\n");
  for (const { keys, action } of KEYMAP) {
    if (action.kind === "choice" && action.place > 0) continue;
    assert.ok(lines.includes(`  ${keys.join(" ")} `), keys.join(" "));
  }
  for (const { action } of KEYMAP) {
    if (action.kind === "sort") assert.ok(findColumn(action.column), action.column);
  }
});
