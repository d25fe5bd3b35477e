// `compare`: what it takes. Only declared here.

import { type Command, Option } from "@commander-js/extra-typings";
import type { CliContext } from "./context.ts";
import { wholeNumber } from "./run_options.ts";
import { setting } from "./set_option.ts";

const HELP = `
Both run under the same seeds: what one seed does to both falls out of their difference (common
random numbers). A figure differs when the 95 % interval of the mean difference does not hold 0.

Examples:
  mtop compare before.ts after.ts --seeds 50
  mtop compare scenarios/canary-failure.ts --set load.chat.rps=30
  mtop compare scenarios/canary-failure.ts --set faults=[] -o json
  mtop compare scenarios/burst.ts --both duration=7m --both expect=[] --tp 4 --gpu H200-SXM

Exit codes:
  0    compared                  104  a scenario is invalid
  1    usage or another failure  105  interrupted
`;

/** Adds `compare`. */
export function addCompareCommand(program: Command, context: CliContext): void {
  program.command("compare").argument("<file...>", "two scenario files, or one and what changes")
    .description("run two scenarios under the same seeds and tell which figures differ")
    .addOption(
      new Option("--seeds <n>", "the seeds 1 to n").argParser(wholeNumber(1)).default(20),
    )
    .option("--set <path=value>", "change b (may be given several times)", setting)
    .option("--both <path=value>", "change a and b (may be given several times)", setting)
    .option("--tp <n>", "tensor parallelism of b", wholeNumber(1))
    .option("--gpu <gpu>", "the GPUs that b is on, such as H200-SXM")
    .option("--service <name>", "of a scenario with several: whose --tp and --gpu are meant")
    .option(
      "--jobs <n>",
      "how many run at a time (default: as many as there are cores)",
      wholeNumber(1),
    )
    .addOption(
      new Option("-o, --output <format>", "what to print")
        .choices(["text", "json"] as const).default("text" as const),
    )
    .addHelpText("after", HELP)
    .action(async (files, options) => {
      const { compare } = await import("./compare.ts");
      context.finish(await compare(files, options, context));
    });
}
