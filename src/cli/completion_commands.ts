// `mtop completion`. The `mtop complete` that its scripts call is in `completion_main.ts`.

import { Argument, type Command } from "@commander-js/extra-typings";
import type { CliContext } from "./context.ts";

const EXAMPLES = `
bash, in ~/.bashrc:
  source <(mtop completion bash)

zsh, in ~/.zshrc, after compinit:
  source <(mtop completion zsh)

fish, once:
  mtop completion fish > ~/.config/fish/completions/mtop.fish

The scripts ask a command called mtop, which has to be on the PATH. In the folder of deno.json:
  printf '#!/bin/sh\\nexec deno task -q --config "%s" mtop "$@"\\n' "$PWD/deno.json" \\
    >~/.local/bin/mtop
  chmod +x ~/.local/bin/mtop
A function of that name does as well; an alias does when it was made before the script is read.
`;

/** Adds `completion`. */
export function addCompletionCommands(program: Command, context: CliContext): void {
  program.command("completion")
    .addArgument(new Argument("<shell>", "the shell").choices(["bash", "zsh", "fish"] as const))
    .description("print a script that completes mtop's commands, options and names")
    .addHelpText("after", EXAMPLES)
    .action(async (shell) => {
      const { ownPath } = await import("./directories.ts");
      context.console.out(await Deno.readTextFile(ownPath(`src/cli/completion.${shell}`)));
    });
}
