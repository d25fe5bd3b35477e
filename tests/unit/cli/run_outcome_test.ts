// Exit codes of outcomes, the line that reproduces them, the place of a field, and the bar of many runs.
import assert from "node:assert/strict";
import { type Console, HeldConsole } from "../../../src/cli/console.ts";
import { CliError } from "../../../src/cli/exit.ts";
import {
  draftOutcome,
  exitCodeOf,
  troubleOf,
  worstExitCode,
} from "../../../src/cli/run_outcome.ts";
import { findLine } from "../../../src/cli/run_places.ts";
import { barText } from "../../../src/cli/run_progress.ts";
import { shellWord } from "../../../src/cli/shell_word.ts";
import { parseSetting, type Setting } from "../../../src/scenario/setting.ts";
import { failed, outcome, run } from "../report/outcomes.ts";

Deno.test("worstExitCode() is 105, then 107, 104, 1, 99, whatever the order", () => {
  const codes = [0, 99, 1, 104, 107, 105];
  for (const [index, code] of codes.entries()) {
    const upTo = codes.slice(0, index + 1);
    assert.equal(worstExitCode(upTo), code);
    assert.equal(worstExitCode(upTo.toReversed()), code);
  }
  assert.equal(worstExitCode([]), 0);
});

Deno.test("exitCodeOf() is that of the trouble, whatever the runs before it came to", () => {
  assert.equal(exitCodeOf(outcome()), 0);
  assert.equal(exitCodeOf(outcome({ runs: [run(1, [failed()])] })), 99);
  for (const code of [1, 104, 105, 107]) {
    assert.equal(exitCodeOf(outcome({ trouble: troubleOf(new CliError("no", code)) })), code);
  }
  assert.equal(exitCodeOf(outcome({ trouble: troubleOf(new TypeError("no")) })), 1);
});

Deno.test("draftOutcome() has the line that runs the same again, as a shell takes it", () => {
  const set = [parseSetting("load.chat.rps=8") as Setting];
  const options = { speed: Infinity, output: "text", calibration: ["a b.json"], set } as const;
  assert.equal(
    draftOutcome("it's/x.ts", options).again,
    `mtop run 'it'\\''s/x.ts' --calibration 'a b.json' --set 'load.chat.rps=8'`,
  );
  assert.equal(draftOutcome("x", options, "mtop simulate canary").name, "x");
  assert.equal(draftOutcome("a/x.y.ts", options).name, "x.y");
  assert.equal(shellWord("a/b-c_1.ts"), "a/b-c_1.ts");
});

Deno.test("findLine() finds a field at the begin of its line, and no import of that name", () => {
  const text =
    `import {\n  expect,\n} from "mtop";\nscenario({\n  load: [\n  ],\n  "expect": [],\n});\n`;
  assert.equal(findLine(text, "load[0].rps"), 5);
  assert.equal(findLine(text, "expect[2]"), 7);
  assert.equal(findLine(text, "faults"), 1);
  assert.equal(findLine(text, ""), 1);
});

Deno.test("barText() says what is done, what passed and what is left", () => {
  const half = { done: 4, total: 10, passed: 3, underWay: 1, elapsedMs: 30_000 };
  assert.equal(barText(half), `${"█".repeat(12)}${"░".repeat(12)} 4/10, 3 passed, 30s left`);
  const begin = { done: 0, total: 10, passed: 0, underWay: 0.05, elapsedMs: 30_000 };
  assert.equal(barText(begin), `${"░".repeat(24)} 0/10, 0 passed`);
  const { passed: _, ...unjudged } = half;
  assert.match(barText(unjudged), /^[█░]{24} 4\/10, 30s left$/);
  assert.match(barText({ ...half, done: 10, underWay: 0 }), /^█{24} 10\/10, 3 passed, 0s left$/);
});

Deno.test("HeldConsole.release() writes what was written to it in its order", () => {
  const said: string[] = [];
  const console: Console = {
    out: (text) => said.push(`out ${text}`) < 3,
    err: (text) => void said.push(`err ${text}`),
    ...{ outIsTerminal: true, errIsTerminal: true, width: 80 },
  };
  const held = new HeldConsole(console);
  assert.equal(held.errIsTerminal, false);
  held.out("a");
  held.err("b");
  assert.deepEqual(said, []);
  assert.equal(held.release(), true);
  held.out("c");
  assert.equal(held.release(), false);
  assert.deepEqual(said, ["out a", "err b", "out c"]);
});
