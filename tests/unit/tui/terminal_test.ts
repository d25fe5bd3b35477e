import assert from "node:assert/strict";
import { frameText, signalExitCode } from "../../../src/tui/terminal.ts";
import fc from "../../fast_check.ts";

/** What a terminal that knows just these codes shows afterwards. */
function shown(before: readonly string[], text: string): string[] {
  let screen = [...before];
  let row = 0;
  // deno-lint-ignore no-control-regex
  for (const [piece] of text.matchAll(/\x1b\[[?\d;]*[A-Za-z]|[^\x1b]+/g)) {
    // deno-lint-ignore no-control-regex
    const [, place] = /^\x1b\[(\d+);1H$/.exec(piece) ?? [];
    if (place !== undefined) row = Number(place) - 1;
    else if (piece === "\x1b[2J") screen = [];
    else if (piece === "\x1b[J") screen = screen.slice(0, row);
    else if (piece === "\x1b[2K") screen[row] = "";
    else if (!piece.startsWith("\x1b")) screen[row] = piece;
  }
  return Array.from(screen, (line) => line ?? "");
}

const frame = fc.array(fc.stringMatching(/^[a-z ]{0,5}$/), { minLength: 1, maxLength: 6 });

Deno.test("frameText() turns any frame into any other", () => {
  fc.assert(fc.property(frame, frame, (before, lines) => {
    assert.deepEqual(shown(before, frameText(before, lines)), lines);
    assert.deepEqual(shown(["left over", "x", "y"], frameText(undefined, lines)), lines);
  }));
});

Deno.test("frameText() sends only the lines that changed, as one synchronized update", () => {
  const text = frameText(["a", "b", "c"], ["a", "B", "c"]);
  assert.equal(text, "\x1b[?2026h\x1b[2;1H\x1b[2KB\x1b[?2026l");
});

Deno.test("signalExitCode() is 128 and the signal's number", () => {
  assert.deepEqual(
    (["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"] as const).map(signalExitCode),
    [129, 130, 131, 143],
  );
});
