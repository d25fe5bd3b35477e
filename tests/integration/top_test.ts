// `mtop top` as its user meets it: on a pseudo-terminal, on a pipe, and what it leaves behind.

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { inTempDir, mtop, mtopCommand, type Outcome, smallScenario, text } from "./program.ts";
import { assertGivenBack, ignore, onPty } from "./pty.ts";

const decoder = new TextDecoder();

async function withScenario(test: (path: string) => Promise<void>): Promise<void> {
  await inTempDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/small.ts`, smallScenario());
    await test(`${dir}/small.ts`);
  });
}

Deno.test({
  name: "mtop top on a terminal is live, and q gives the terminal back",
  ignore,
  fn: () =>
    withScenario(async (path) => {
      const seen = await onPty(
        ["top", "--scenario", path, "--speed", "10x", "--interval", "100ms"],
        {
          type: [[/[1-9]\d*s of 2m00s 10x/, "T"], [/▼TTFTp95/, " "], [/PAUSED/, "q"]],
        },
      );
      strictEqual(seen.code, 0, seen.output);
      assertGivenBack(seen);
    }),
});

for (
  const [what, code, session] of [
    ["Ctrl-C", 130, { type: [[/1x/, "\x03"]] }],
    ["SIGTERM", 143, { signal: "TERM" }],
    ["SIGHUP", 129, { signal: "HUP" }],
    ["SIGINT", 130, { signal: "INT" }],
    ["SIGQUIT", 131, { signal: "QUIT" }],
  ] as const
) {
  Deno.test({
    name: `mtop top gives the terminal back after ${what}, and exits ${code}`,
    ignore,
    fn: () =>
      withScenario(async (path) => {
        const seen = await onPty(["top", "--scenario", path], session);
        assertGivenBack(seen);
        strictEqual(seen.code, code, seen.output);
      }),
  });
}

Deno.test({
  name: "mtop top at 40 columns has no longer line, with NAME, STATE and TTFTp95",
  ignore,
  fn: () =>
    withScenario(async (path) => {
      const args = ["top", "--scenario", path, "--once"];
      const { output, code } = await onPty(args, { columns: 40, env: "TERM=xterm NO_COLOR=1" });
      strictEqual(code, 0);
      // deno-lint-ignore no-control-regex
      const lines = output.replace(/\x1b\[[\d;]*[A-Za-z]/g, "").split("\r\n");
      match(lines[0]!, /^NAME +STATE +TTFTp95/);
      match(lines[1]!, /^llama-3-70b +✔ Ready +[\d.]+ms/);
      ok(lines.every((line) => [...line].length <= 40), output);
    }),
});

Deno.test({
  name: "mtop top with NO_COLOR has no colours on the screen",
  ignore,
  fn: () =>
    withScenario(async (path) => {
      const seen = await onPty(["top", "--scenario", path], {
        env: "TERM=xterm NO_COLOR=1",
        type: [[/1x/, "q"]],
      });
      assertGivenBack(seen);
      // deno-lint-ignore no-control-regex
      ok(!/\x1b\[[\d;]*3\d[;m]/.test(seen.output), seen.output);
    }),
});

Deno.test({
  name: "mtop top on a dumb terminal prints tables without an escape code, until the end",
  ignore,
  fn: () =>
    withScenario(async (path) => {
      const args = ["top", "--scenario", path, "--speed", "max", "--interval", "100ms"];
      const { output, code } = await onPty(args, { env: "TERM=dumb" });
      strictEqual(code, 0, output);
      const own = output.slice(output.indexOf("scenario small"));
      ok(!own.includes("\x1b"), own);
      match(own, /scenario small, seed 1 at 2m00s\r\nNAME/);
    }),
});

Deno.test("mtop top on a pipe prints one table and exits 0", () =>
  withScenario(async (path) => {
    const { code, stdout, stderr } = await mtop(["top", "--scenario", path]);
    strictEqual(code, 0, stderr);
    strictEqual(stderr, "");
    match(stdout, /^NAME +STATE +READY +RPS +TTFTp95 .*\nllama-3-70b +Ready +1\/1 +[\d.]+ +\d/);
    strictEqual(stdout.trimEnd().split("\n").length, 2);
  }));

Deno.test("mtop top and replay --watch show a log as the run was", () =>
  withScenario(async (path) => {
    const log = path.replace(".ts", ".jsonl");
    const recorded = await mtop(["run", path, "--record", log, "-q"]);
    strictEqual(recorded.code, 0, recorded.stderr);
    const simulated = await mtop(["top", "--scenario", path, "--at", "1m"]);
    const replayed = await mtop(["top", "--log", log, "--at", "00:01:00"]);
    strictEqual(replayed.stdout, simulated.stdout);
    const watched = await mtop(["replay", log, "--watch", "--at", "1m"]);
    strictEqual(watched.stdout, simulated.stdout);
  }));

Deno.test("mtop top -o ndjson prints a line at every refresh, and ends quietly with its reader", () =>
  withScenario(async (path) => {
    const child = mtopCommand([
      "top",
      "--scenario",
      path,
      "-o",
      "ndjson",
      "--interval",
      "100ms",
      "--speed",
      "10x",
    ], { stdout: "piped", stderr: "piped" }).spawn();
    let output = "";
    for await (const chunk of child.stdout) {
      output += decoder.decode(chunk, { stream: true });
      if (output.split("\n").length > 5) break;
    }
    const outcome: Outcome = text({
      ...await child.status,
      stdout: new Uint8Array(),
      stderr: new Uint8Array(await new Response(child.stderr).arrayBuffer()),
    } as Deno.CommandOutput);
    strictEqual(outcome.code, 0, outcome.stderr);
    strictEqual(outcome.stderr, "");
    const times = output.split("\n").slice(0, 4).map((line) => JSON.parse(line).atSeconds);
    deepStrictEqual(times, [...times].sort((a, b) => a - b));
    ok(times[3] > times[0]);
  }));

Deno.test("mtop top refuses a name that no service has, as kubectl does", () =>
  withScenario(async (path) => {
    const { code, stdout, stderr } = await mtop(["top", "nope", "--scenario", path]);
    strictEqual(code, 1);
    strictEqual(stdout, "");
    strictEqual(
      stderr,
      'Error from server (NotFound): llminferenceservices.serving.kserve.io "nope" not found\n',
    );
  }));
