// `mtop settings`: what it takes. Knows no setting.

import { type Command, Option } from "@commander-js/extra-typings";
import type { CliContext } from "./context.ts";
import type { GlobalOptions } from "./settings_sources.ts";

const HELP = `
Each key can be set, from the strongest to the weakest, by
  a flag         where there is one: --mode, --mocks, --color, -v
  a variable     MTOP_ and the key's path: MTOP_THRESHOLDS_KV_CACHE_USAGE_WARN=65%
  the file       --config, or MTOP_CONFIG, or $XDG_CONFIG_HOME/mtop/config.yaml

Examples:
  mtop settings                            what is in force
  mtop settings --show-origin              and where each value comes from
  mtop settings --defaults > config.yaml   a file to begin with
`;

/** Adds `settings`. */
export function addSettingsCommands(program: Command, context: CliContext): void {
  program.command("settings")
    .description("print the settings in force, as their file would have them")
    .addOption(new Option("--defaults", "print the defaults, each key explained"))
    .addOption(
      new Option("--show-origin", "say where each value comes from").conflicts("defaults"),
    )
    .addOption(
      new Option("-o, --output <format>", "what to print")
        .choices(["yaml", "json"] as const).default("yaml" as const),
    )
    .addOption(new Option("--markdown", "print the README's table of settings").hideHelp())
    .addHelpText("after", HELP)
    .action(async (options, command) => {
      const { showSettings } = await import("./settings_show.ts");
      const global = command.optsWithGlobals() as GlobalOptions;
      context.console.out(await showSettings(options, global));
    });
}
