// `diff`: what it takes. Only declared here.

import { type Command, Option } from "@commander-js/extra-typings";
import type { CliContext } from "./context.ts";

const HELP = `
Examples:
  mtop diff before.jsonl after.jsonl
  mtop diff monday.jsonl tuesday.jsonl.zst -o json
  mtop diff before.jsonl after.jsonl --quiet      only the exit code

Exit codes, as diff(1) has them:
  0    the same events, to the byte
  1    others
  2    it cannot be told: no such file, not a log, wrong usage
`;

/** Adds `diff`. */
export function addDiffCommand(program: Command, context: CliContext): void {
  program.command("diff").argument("[log...]", "two run files, as --record writes them")
    .description("compare two recorded runs: where they part, and what they came to")
    .addOption(
      new Option("-o, --output <format>", "what to print")
        .choices(["text", "json"] as const).default("text" as const),
    )
    .option("-q, --quiet", "print nothing, only exit")
    .addHelpText("after", HELP)
    .action(async (paths, options) => {
      const { diff } = await import("./diff.ts");
      context.finish(await diff(paths, options, context));
    });
}
