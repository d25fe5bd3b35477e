// `mtop config` as users type it: KServe's configs, not mtop's own settings.

import { type Command, Option } from "@commander-js/extra-typings";
import type { CliContext } from "./context.ts";
import { addWorldOptions } from "./world_options.ts";

const EXAMPLES = `
Examples:
  mtop config                             your configs, and how many services use each
  mtop config -n kserve                   those of KServe's namespace, its presets among them
  mtop config production                  one of them, as YAML
  mtop config --for llama-3-70b           what a service gets: presets, configs, its own spec
  mtop config --for chat -n search        the same in another namespace

mtop's own settings: mtop settings
`;

/** Adds `config`. */
export function addConfigCommands(program: Command, context: CliContext): void {
  addWorldOptions(
    program.command("config").argument("[name]", "an LLMInferenceServiceConfig")
      .description("show LLMInferenceServiceConfigs, and what their merge gives a service")
      .option("--for <service>", "the effective spec of this service, and where each field is from")
      .option("-n, --namespace <name>", "look in this namespace")
      .addOption(
        new Option("-o, --output <format>", "what to print").choices(
          ["json", "name", "yaml"] as const,
        ),
      )
      .option("--no-headers", "leave out the heads of the columns"),
  ).addHelpText("after", EXAMPLES).action(async (name, options) => {
    const { config } = await import("./config.ts");
    context.finish(await config(name, options, context));
  });
}
