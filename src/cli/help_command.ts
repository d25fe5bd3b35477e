// `mtop help [COMMAND]`. Commander's own prints all of the help where there is no such command.

import type { Command } from "@commander-js/extra-typings";

/**
 * Adds `help`; what is no command is told as it is without `help` before it. Words after the command
 * (`help rollout get`, as of kubectl) are explained by its help.
 */
export function addHelpCommand(program: Command): void {
  program.command("help")
    .argument("[command...]", "the command; without it the program")
    .description("explain a command")
    .action(async ([name]) => {
      const asked = program.commands.find((command) => command.name() === name);
      if (name === undefined) program.outputHelp();
      else if (asked !== undefined) asked.outputHelp();
      else await program.parseAsync([name], { from: "user" });
    });
}
