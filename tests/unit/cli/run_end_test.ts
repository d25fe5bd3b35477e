import assert from "node:assert/strict";
import { tellEnd } from "../../../src/cli/run_end.ts";

const MINUTE = 60_000_000;

function told(wantedUs: number | undefined, state: Parameters<typeof tellEnd>[1]): string {
  let text = "";
  tellEnd(wantedUs, state, {
    out: () => true,
    err: (line) => void (text += line),
    outIsTerminal: false,
    errIsTerminal: false,
    width: undefined,
  });
  return text;
}

Deno.test("tellEnd() warns of an instant beyond the end, and of no other", () => {
  const whole = { at: 30 * MINUTE, ended: { at: 30 * MINUTE, inFlight: {} } };
  assert.equal(told(45 * MINUTE, whole), "warning: the run ends at 30m00s: shown is its end\n");
  assert.equal(told(30 * MINUTE, whole), "");
  assert.equal(told(undefined, whole), "");
  // A run that died ends with its last line.
  assert.match(told(6 * MINUTE, { at: 5 * MINUTE }), /^warning: the run ends at 5m00s: /);
});
