// `--set path=value`, of `mtop run` and of a scenario file on its own.

import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { deno, inTempDir, mtop, smallScenario } from "./program.ts";
import { fromFileUrl } from "./root.ts";

Deno.test("mtop run --set changes what is run, and the log's head holds it", () =>
  inTempDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/small.ts`, smallScenario());
    const set = ["--set", "load.chat.rps=8", "--set", "duration=1m"];
    const args = ["run", "small.ts", ...set, "-o", "ndjson"];
    const { code, stdout, stderr } = await mtop(args, { cwd: dir });
    strictEqual(code, 0, stderr);
    const [header, started] = stdout.split("\n", 2).map((line) => JSON.parse(line));
    strictEqual(header.scenario.load[0].rps, 8);
    strictEqual(header.scenario.duration, "1m");
    strictEqual(started.scenarioHash, header.scenarioHash);
    strictEqual(started.durationUs, 60_000_000);
  }));

Deno.test("a scenario file run on its own takes --set without a permission", async () => {
  const file = fromFileUrl("scenarios/canary-failure.ts");
  const { code, stdout, stderr } = await deno([
    "run",
    "--cached-only",
    "--no-prompt",
    file,
    "--set",
    "faults=[]",
    "--plan",
  ]);
  strictEqual(code, 0, stderr);
  strictEqual(/xid79 /.test(stdout), false, stdout);
});

Deno.test("mtop run --set says which path leads nowhere with 1, and what makes no scenario with 104", () =>
  inTempDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/small.ts`, smallScenario());
    const run = (set: string) => mtop(["run", "small.ts", "--set", set], { cwd: dir });
    const wrong = await run("load.chatt.rps=3");
    deepStrictEqual([wrong.code, wrong.stdout], [1, ""]);
    strictEqual(
      wrong.stderr,
      'error: Cannot set "load.chatt.rps": there is no "chatt" in load, did you mean "chat"?\n',
    );
    const unread = await run("load");
    strictEqual(unread.code, 1);
    match(unread.stderr, /write path=value/);
    const invalid = await run("duration=soon");
    strictEqual(invalid.code, 104);
    match(invalid.stderr, /duration: Invalid duration "soon"/);
  }));
