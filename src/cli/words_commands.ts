// `mtop words`: what it takes. Only declared here.

import { Option } from "@commander-js/extra-typings";
import type { Command } from "@commander-js/extra-typings";
import type { CliContext } from "./context.ts";

const EXAMPLES = `
Examples:
  mtop words            all of them, family by family
  mtop words gpu        those that have to do with GPUs
  mtop words expect     what can be expected of a run

A word is what "mtop" exports to a scenario file; editors show how each is written.
`;

/** Adds `words`. */
export function addWordsCommand(program: Command, context: CliContext): void {
  program.command("words").argument("[text]", "only words of this family, or that hold this text")
    .description("list the words that a scenario file is written with")
    .addOption(new Option("--markdown", "print the README's table of words").hideHelp())
    .addHelpText("after", EXAMPLES)
    .action(async (filter, { markdown }) => {
      const { wordsTable, wordsText } = await import("./words.ts");
      const { console } = context;
      console.out(markdown ? wordsTable() : wordsText(filter, console));
    });
}
