// `mtop run` on a terminal: the live table of --top, and the bar of many runs.

import { doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import { inTempDir, mtop, smallScenario } from "./program.ts";
import { ENTER, ignore, LEAVE, onPty } from "./pty.ts";

async function withScenario(
  changes: Readonly<Record<string, string>>,
  test: (file: string, dir: string) => Promise<void>,
): Promise<void> {
  await inTempDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/small.ts`, smallScenario(changes));
    await test(`${dir}/small.ts`, dir);
  });
}

Deno.test({
  name: "mtop run --top shows the run live, then its verdicts, and records the same log",
  ignore,
  fn: () =>
    withScenario({ expect: '[metric.errorRate().above("1%")]' }, async (file, dir) => {
      const log = `${dir}/run.jsonl`;
      const { output, code } = await onPty(
        ["run", file, "--top", "--speed", "max", "--record", log],
        { type: [[/2m00s of 2m00s/, "q"]] },
      );
      strictEqual(code, 99, output);
      const left = output.lastIndexOf(LEAVE);
      ok(output.includes(ENTER) && left > 0, output);
      match(
        output.slice(left),
        /errorRate above 1%[\s\S]*1 of 1 expectations failed, .* log [0-9a-f]{12}/,
      );
      const { code: verified, stderr } = await mtop(["verify", log]);
      strictEqual(verified, 0, stderr);
    }),
});

Deno.test({
  name: "mtop run --top is interrupted when its user quits before the end",
  ignore,
  fn: () =>
    withScenario({ duration: '"2h"' }, async (file) => {
      const { output, code, restored } = await onPty(["run", file, "--top"], {
        type: [[/[1-9]\d*m\d\ds of 2h00m00s 60x/, "q"]],
      });
      strictEqual(code, 105, output);
      match(output, /error: Interrupted at \S+ of 2h00m00s/);
      ok(restored);
    }),
});

Deno.test("mtop run --top says what it cannot show: a pipe, several files, a log", () =>
  withScenario({}, async (file) => {
    const refused = async (...args: string[]) => {
      const { code, stdout, stderr } = await mtop(["run", file, "--top", ...args]);
      strictEqual(code, 1);
      strictEqual(stdout, "");
      return stderr;
    };
    match(await refused(), /^error: Cannot show the run live: standard output is no terminal\n$/);
    match(await refused("-o", "ndjson"), /^error: Cannot show a run live and print its log/);
    match(
      await refused(file.replace("small", "*"), "other.ts"),
      /^error: Cannot show several runs/,
    );
  }));

Deno.test({
  name: "--seeds draws a bar on a terminal, takes it away, and leaves its lines",
  ignore,
  fn: () =>
    withScenario({ duration: '"20m"' }, async (file) => {
      const { output, code } = await onPty(["run", file, "--seeds", "6", "--jobs", "2"]);
      strictEqual(code, 0, output);
      match(output, /[█░]{24} \d\/6, \d passed/);
      const lines = output.split("\r\x1b[K").filter((text) => !/^[█░]/.test(text)).join("");
      doesNotMatch(lines, /[█░]/);
      match(lines, /seed 1, .*\r\n.*seed 2, .*\r\n[\s\S]*seed 6, .*\r\n6 of 6 seeds passed/);
      // The bar's last word is that it goes.
      ok(output.lastIndexOf("\r\x1b[K") > output.lastIndexOf("█"));
    }),
});

Deno.test("--seeds draws no bar on a pipe", () =>
  withScenario({}, async (file) => {
    const { stdout, stderr } = await mtop(["run", file, "--seeds", "3"]);
    strictEqual(stderr, "");
    doesNotMatch(stdout, /[█░]/);
  }));
