// The README keeps its word: every console block is run in a copy of the project and compared;
// `deno test … -- --update` writes what was printed into it.

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { VLLM_METRICS } from "../../src/metrics/names.ts";
import { keyRows } from "../../src/tui/keys.ts";
import { dataFolder, presentFolder } from "../validation/measured_data.ts";
import { deno, inTempDir, mtop, text, userIn } from "./program.ts";
import { fromFileUrl } from "./root.ts";

interface Step {
  readonly command: string;
  readonly expected: string;
}

/** The commands of all console blocks in order, each with the lines that follow it. */
function consoleSteps(markdown: string): Step[] {
  const blocks = [...markdown.matchAll(/^```console\n([\s\S]*?)^```$/gm)].map(([, block]) =>
    block!
  );
  return blocks.flatMap((block) =>
    block.split(/^\$ /m).slice(1).map((part) => {
      const [command = "", ...lines] = part.split("\n");
      return { command, expected: lines.join("\n") };
    })
  );
}

/** What no run repeats: how many tests there are and how long they took. */
function withoutCounts(output: string): string {
  return output.replace(/^ok \| .*$/gm, "ok | …");
}

const VALIDATE = "deno task validate";

/** Fails when a command printed something else than the README shows under it. */
async function assertShown({ command, expected }: Step, stdout: string): Promise<void> {
  if (Deno.args.includes("--update") && stdout !== expected) {
    const file = fromFileUrl("README.md");
    const shown = (output: string) => `$ ${command}\n${output}`;
    const markdown = await Deno.readTextFile(file);
    await Deno.writeTextFile(file, markdown.replace(shown(expected), () => shown(stdout)));
  } else strictEqual(stdout, expected, command);
}

Deno.test("README's console blocks print what they show", () =>
  inTempDir(async (dir) => {
    const steps = consoleSteps(await Deno.readTextFile(fromFileUrl("README.md")));
    strictEqual(steps.length >= 6, true);
    const parts = ["deno.json", "deno.lock", "main.ts", "mocks", "scenarios", "src"].map(
      fromFileUrl,
    );
    const copied = await new Deno.Command("sh", {
      args: ["-c", `cp -r "$@" .`, "sh", ...parts],
      cwd: dir,
    }).output();
    strictEqual(copied.success, true);
    for (const { command, expected } of steps) {
      // It reads what is not part of the project: see below.
      if (command === VALIDATE) continue;
      // The tests cannot run themselves; .ci/run runs this command.
      if (command === "deno task test") {
        strictEqual(withoutCounts(expected), "…\nok | …\n");
        continue;
      }
      const script = command.replace(/^deno /, `"$DENO" `);
      const program = new Deno.Command("sh", {
        args: ["-c", script],
        cwd: dir,
        env: { ...userIn(dir).env, DENO: Deno.execPath(), INIT_CWD: dir, NO_COLOR: "1" },
      });
      const { code, stdout, stderr } = text(await program.output());
      strictEqual(code, 0, `${command}: ${stderr}`);
      await assertShown({ command, expected }, stdout);
    }
  }));

const folder = presentFolder();

Deno.test({
  name: "README's table of errors is what deno task validate prints" +
    (folder ? "" : ` (SKIPPED: no measured runs in ${dataFolder()})`),
  ignore: !folder,
  async fn() {
    const steps = consoleSteps(await Deno.readTextFile(fromFileUrl("README.md")));
    const { code, stdout, stderr } = await deno(["task", "--quiet", "validate"]);
    strictEqual(code, 0, stderr);
    await assertShown(steps.find(({ command }) => command === VALIDATE)!, stdout);
  },
});

Deno.test("README's table of metrics is vLLM's names and where they are found", async () => {
  const markdown = await Deno.readTextFile(fromFileUrl("README.md"));
  const [, table = ""] = /<!-- metrics: .*?-->([^]*?)<!-- \/metrics -->/.exec(markdown) ?? [];
  const rows = table.split("\n").filter((line) => line.startsWith("| `"))
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim().replaceAll("`", "")));
  deepStrictEqual(
    rows,
    VLLM_METRICS.map(({ vllm, type, window, json, top }) => [
      ...[vllm, type, window],
      ...[json ?? "–", top ?? "–"],
    ]),
  );
});

Deno.test("README's table of keys is the keymap of the live table", async () => {
  const file = fromFileUrl("README.md");
  const markdown = await Deno.readTextFile(file);
  const [, begin = "", table = "", end = ""] =
    /(<!-- keys: .*?-->\n)([^]*?)(\n<!-- \/keys -->)/.exec(markdown) ?? [];
  const rows = keyRows().map(({ keys, about }) => [
    keys.split(" ").map((key) => `\`${key}\``).join(" "),
    about,
  ]);
  if (Deno.args.includes("--update")) {
    const lines = [["key", "what it does"], ["---", "---"], ...rows]
      .map((cells) => `| ${cells.join(" | ")} |`);
    const written = `\n${lines.join("\n")}\n`;
    await Deno.writeTextFile(file, markdown.replace(begin + table + end, begin + written + end));
    return;
  }
  const shown = table.split("\n").filter((line) => line.startsWith("| `"))
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
  deepStrictEqual(shown, rows);
});

Deno.test("README's table of words is the one that mtop prints", async () => {
  const { stdout } = await mtop(["words", "--markdown"]);
  const cells = (table: string) =>
    table.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| -"))
      .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()));
  const file = fromFileUrl("README.md");
  const markdown = await Deno.readTextFile(file);
  const [, begin = "", table = "", end = ""] =
    /(<!-- words: .*?-->\n)([^]*?)(\n<!-- \/words -->)/.exec(markdown) ?? [];
  if (Deno.args.includes("--update")) {
    await Deno.writeTextFile(file, markdown.replace(begin + table + end, begin + stdout + end));
  } else deepStrictEqual(cells(table), cells(stdout));
});

Deno.test("README's table of settings is the one that mtop prints", async () => {
  const { stdout } = await mtop(["settings", "--markdown"]);
  const cells = (table: string) =>
    table.split("\n").filter((line) => line.startsWith("| `"))
      .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()));
  const markdown = await Deno.readTextFile(fromFileUrl("README.md"));
  const [, table = ""] = /<!-- settings: .*?-->([^]*?)<!-- \/settings -->/.exec(markdown) ?? [];
  strictEqual(cells(stdout).length > 15, true);
  deepStrictEqual(cells(table), cells(stdout));
});
