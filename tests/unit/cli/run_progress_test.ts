import assert from "node:assert/strict";
import { RunProgress } from "../../../src/cli/run_progress.ts";

function consoleOf(errIsTerminal: boolean) {
  const written: string[] = [];
  const err = (text: string) => void written.push(text);
  return { written, out: () => true, err, outIsTerminal: false, errIsTerminal, width: undefined };
}

Deno.test("RunProgress.listenerOf() draws how far a run is on a terminal", () => {
  const console = consoleOf(true);
  const progress = new RunProgress(console, 2);
  progress.listenerOf({}, 10_000_000).progress!(5_000_000);
  assert.match(console.written.join(""), /█{6}░{18} 0\/2, \S+ left/);
});

Deno.test("RunProgress.listenerOf() hears nothing where nobody sees it", () => {
  const console = consoleOf(false);
  assert.deepEqual(new RunProgress(console, 2).listenerOf({}, 10_000_000), {});
  assert.deepEqual(console.written, []);
});
