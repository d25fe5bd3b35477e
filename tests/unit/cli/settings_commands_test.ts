import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { Command } from "@commander-js/extra-typings";
import type { CliContext } from "../../../src/cli/context.ts";
import { addSettingsCommands } from "../../../src/cli/settings_commands.ts";
import { settingsMarkdown } from "../../../src/cli/settings_show.ts";

const GOLDEN = fileURLToPath(new URL("../../golden/settings-defaults.yaml", import.meta.url));

/** What `mtop …` prints, with the program's own options that are settings. */
async function printed(...args: string[]): Promise<string> {
  let text = "";
  const console = { out: (more: string) => (text += more, true) };
  const program = new Command("mtop").exitOverride().option("--config <file>").option(
    "-v, --verbose",
  )
    .option("--mode <mode>").configureOutput({ writeErr: () => {} });
  const context = { console } as unknown as CliContext;
  addSettingsCommands(program as unknown as Command, context);
  for (const command of program.commands) command.exitOverride().copyInheritedSettings(program);
  await program.parseAsync(args, { from: "user" });
  return text;
}

Deno.test("mtop settings prints the settings in force", async () => {
  const text = await printed("--config", GOLDEN, "--mode", "live", "settings", "--show-origin");
  assert.match(text, /^mode: live +# flag --mode$/m);
  assert.match(text, /kvCacheUsage:\n {4}warn: 70% +# .*settings-defaults\.yaml:\d+$/m);
  const json = JSON.parse(await printed("--config", GOLDEN, "-v", "settings", "-o", "json"));
  assert.equal(json.logLevel, "debug");
  assert.equal(json.thresholds.kvCacheUsage.critical, "90%");
});

Deno.test("mtop settings prints the defaults even when the file is missing", async () => {
  const text = await printed("--config", "/no/such", "settings", "--defaults");
  assert.equal(text, await Deno.readTextFile(GOLDEN));
  await assert.rejects(printed("--config", "/no/such", "settings"), /"\/no\/such"/);
});

Deno.test("mtop settings --markdown prints the README's table", async () => {
  assert.equal(await printed("settings", "--markdown"), settingsMarkdown());
});

Deno.test("mtop settings refuses options that make no sense together", async () => {
  await assert.rejects(printed("settings", "--defaults", "--show-origin"), /cannot be used with/);
  await assert.rejects(printed("settings", "-o", "xml"), /Allowed choices are yaml, json/);
});
