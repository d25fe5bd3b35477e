import assert from "node:assert/strict";
import { apply, type Controls, sortBy } from "../../../src/tui/controls.ts";
import type { Action } from "../../../src/tui/keys.ts";
import { findColumn } from "../../../src/view/columns.ts";

const START: Controls = {
  sort: sortBy(findColumn("name")!),
  scroll: 0,
  paused: false,
  speed: 1,
  help: false,
  stepUs: 0,
};
const SHOWN = {
  columns: ["name", "state", "ttft"].map((key) => findColumn(key)!),
  scroll: 3,
  page: 10,
  rollouts: ["chat", "code", "docs"],
  rollout: "code",
};

function after(...actions: readonly Action[]): Controls {
  return actions.reduce((controls, action) => apply(controls, action, SHOWN), START);
}

function sorts(...actions: readonly Action[]): string {
  const { column, descending } = after(...actions).sort;
  return `${column.key} ${descending ? "down" : "up"}`;
}

Deno.test("apply() sorts by the columns that are shown, and stops at the last", () => {
  assert.equal(sorts({ kind: "sortNext" }), "state up");
  assert.equal(sorts({ kind: "sortNext" }, { kind: "sortNext" }), "ttft down");
  assert.equal(
    sorts(...Array.from({ length: 9 }, () => ({ kind: "sortNext" } as const))),
    "ttft down",
  );
  assert.equal(sorts({ kind: "sortPrevious" }), "name up");
  assert.equal(sorts({ kind: "sort", column: "ttft" }, { kind: "reverse" }), "ttft up");
});

Deno.test("apply() comes back from a column that is not shown", () => {
  const hidden = { kind: "sort", column: "gpus" } as const;
  assert.equal(sorts(hidden), "gpus down");
  assert.equal(sorts(hidden, { kind: "sortNext" }), "name up");
  assert.equal(sorts(hidden, { kind: "sortPrevious" }), "ttft down");
});

Deno.test("apply() changes the speed in steps, within limits", () => {
  assert.equal(after({ kind: "faster" }).speed, 2);
  assert.equal(after({ kind: "slower" }, { kind: "slower" }, { kind: "slower" }).speed, 0.25);
  assert.equal(
    after(...Array.from({ length: 20 }, () => ({ kind: "faster" } as const))).speed,
    1000,
  );
  assert.equal(apply({ ...START, speed: 17 }, { kind: "slower" }, SHOWN).speed, 10);
  assert.equal(apply({ ...START, speed: Infinity }, { kind: "slower" }, SHOWN).speed, 1000);
  assert.equal(after({ kind: "faster" }, { kind: "realtime" }).speed, 1);
});

Deno.test("apply() scrolls from what is shown, never above the first row", () => {
  assert.equal(after({ kind: "scroll", rows: 1 }).scroll, 4);
  assert.equal(after({ kind: "page", pages: -1 }).scroll, 0);
  assert.equal(after({ kind: "page", pages: 1 }).scroll, 13);
  assert.equal(after({ kind: "scroll", rows: -Infinity }).scroll, 0);
});

Deno.test("apply() pauses, steps, helps and ends", () => {
  assert.equal(after({ kind: "pause" }).paused, true);
  assert.equal(after({ kind: "pause" }, { kind: "pause" }).paused, false);
  assert.equal(after({ kind: "step" }, { kind: "step" }).stepUs, 2_000_000);
  assert.equal(after({ kind: "help" }).help, true);
  assert.equal(after({ kind: "help" }, { kind: "close" }).help, false);
  assert.equal(after({ kind: "quit" }).ending, "quit");
  assert.equal(after({ kind: "interrupt" }).ending, "interrupt");
});

Deno.test("apply() marks the next rollout, after the last the first", () => {
  assert.equal(after({ kind: "nextRollout" }).rollout, "docs");
  const last = apply(START, { kind: "nextRollout" }, { ...SHOWN, rollout: "docs" });
  assert.equal(last.rollout, "chat");
});

Deno.test("apply() has no question any more once it was answered", () => {
  const asked = { ...START, asking: { act: "abort", rollout: "code" } } as const;
  assert.equal(apply(asked, { kind: "answer", yes: true }, SHOWN).asking, undefined);
});
