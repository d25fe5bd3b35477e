// Law 2 across engines: the pure floors, run by Node's older V8, tell the same log to the byte.

import { strictEqual } from "node:assert/strict";
import canaryFailure from "../../scenarios/canary-failure.ts";
import { deno, inTempDir, text } from "./program.ts";
import { fromFileUrl } from "./root.ts";

async function hasNode(): Promise<boolean> {
  try {
    return (await new Deno.Command("node", { args: ["--version"] }).output()).success;
  } catch {
    return false;
  }
}

Deno.test({
  name: "a second V8, Node's, gives the same hash (skipped where there is no node)",
  ignore: !(await hasNode()),
  fn: () =>
    inTempDir(async (dir) => {
      await Deno.writeTextFile(`${dir}/scenario.json`, JSON.stringify(canaryFailure));
      const entry = fromFileUrl("tests/integration/second_v8_entry.ts");
      const bundled = await deno([
        "bundle",
        "--quiet",
        "--platform",
        "browser",
        "--external",
        "node:*",
        "-o",
        `${dir}/run.mjs`,
        entry,
      ]);
      strictEqual(bundled.code, 0, bundled.stderr);
      const node = text(
        await new Deno.Command("node", { args: [`${dir}/run.mjs`, `${dir}/scenario.json`] })
          .output(),
      );
      strictEqual(node.code, 0, node.stderr);
      const here = await deno(["run", "--no-prompt", "scenarios/canary-failure.ts", "-o", "json"]);
      strictEqual(node.stdout.trim(), JSON.parse(here.stdout).logHash);
    }),
});
