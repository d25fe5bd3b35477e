// The examples of the planner's helps, run as they are printed: each does what it is there to show.

import assert from "node:assert/strict";
import { examplesIn } from "../help_examples.ts";
import { inTempDir, mtop, userIn } from "./program.ts";
import { root } from "./root.ts";

/** Under a seed or two: whether an example works takes no more. */
function shortened(command: string, example: string): string {
  const seeds = example.replace(/--seeds \d+/, "--seeds 2");
  return ["size", "sweep", "compare"].includes(command) ? `${seeds} --seeds 1` : seeds;
}

/** The first needs a terminal; the tests of the library are the second, at length. */
const ELSEWHERE = /--top|'scenarios\/\*\.ts' --junit/;

for (const command of ["run", "report", "size", "sweep", "compare"]) {
  Deno.test(`every example of mtop ${command} --help ends with 0`, () =>
    inTempDir(async (dir) => {
      const user = userIn(dir);
      const files = await user.sh(
        `cp -R '${root}/scenarios' '${root}/mocks' . && echo '{}' > deno.json && ` +
          "sed 's#[.][.]/mocks#./mocks#; s/rps: 24/rps: 12/' scenarios/canary-failure.ts " +
          "> before.ts && sed 's#[.][.]/mocks#./mocks#' scenarios/canary-failure.ts > after.ts",
      );
      assert.equal(files.code, 0, files.stderr);
      const examples = examplesIn((await mtop([command, "--help"])).stdout)
        .filter((example) => !ELSEWHERE.test(example));
      assert.ok(examples.length >= 3, `${examples}`);
      for (const example of examples) {
        const { code, stdout, stderr } = await user.sh(`mtop ${shortened(command, example)}`);
        assert.equal(code, 0, `mtop ${example}\n${stdout}${stderr}`);
      }
    }));
}
