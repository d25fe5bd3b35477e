// The hidden `--json`, which is `-o json` of whatever command has that. Knows no command.

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { CliError } from "./exit.ts";

/** Makes a command that was parsed print JSON; throws a CliError where it cannot. */
export function asJson(command: CommandUnknownOpts): void {
  const output = command.options.find(({ long }) => long === "--output");
  if (output === undefined || output.argChoices?.includes("json") === false) {
    throw new CliError(`Cannot print JSON: mtop ${command.name()} has no -o json`);
  }
  const name = output.attributeName();
  const said = command.getOptionValueSource(name) === "cli"
    ? command.getOptionValue(name)
    : undefined;
  if (said !== undefined && said !== "json") {
    throw new CliError(`Cannot print both: leave --json or -o ${said} out`);
  }
  command.setOptionValueWithSource(name, "json", "cli");
}
