// `sweep`: what it takes. Only declared here.

import { type Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { valueOf } from "../scenario/setting.ts";
import type { CliContext } from "./context.ts";
import { counts, names } from "./list_option.ts";
import { wholeNumber } from "./run_options.ts";
import { setting } from "./set_option.ts";

const HELP = `
The file exports a sweep({ scenario, vary, seeds }), or a plain scenario that --vary varies. With
--db every run is kept as soon as it is done, each once (scenario, seed and version of mtop): what
was interrupted or killed goes on with the same command; more values or seeds run only what is new.
--tp and --gpu change all that says so together, GPUs of a pod included; what cannot be is left out.

Examples:
  mtop sweep scenarios/canary-failure.ts --vary load.chat.rps=12,24,36 --seeds 5
  mtop sweep scenarios/canary-failure.ts --vary load.chat.rps=12,24,48 --db sweep.db
  mtop sweep scenarios/canary-failure.ts --vary load.chat.rps=12,24 -o csv
  mtop sweep scenarios/burst.ts --set expect=[] --tp 2,4,8 --gpu H100-SXM,H200-SXM --seeds 3

Exit codes:
  0    done                      104  a scenario is invalid
  1    usage or another failure  105  interrupted
`;

/** Adds `sweep`. */
export function addSweepCommand(program: Command, context: CliContext): void {
  program.command("sweep").argument("<file>", "a sweep, or a scenario")
    .description("run a scenario with every combination of some values, and table what came of it")
    .option(
      "--vary <path=v1,v2>",
      "the values of a field: load.chat.rps=10,20 (may be given several times)",
      varied,
    )
    .option("--tp <list>", "tensor parallelisms of a service, such as 2,4,8", counts)
    .option("--gpu <list>", "kinds of GPUs that it is on, such as H100-SXM,L40S", names)
    .option("--service <name>", "of a scenario with several: whose --tp and --gpu are meant")
    .option(
      "--set <path=value>",
      "change the scenario before (may be given several times)",
      setting,
    )
    .option(
      "--seeds <n>",
      "each with the seeds 1 to n (default: the sweep's, else 10)",
      wholeNumber(1),
    )
    .option("--db <file>", "keep the outcomes in this SQLite file, and go on from what it holds")
    .option(
      "--jobs <n>",
      "how many run at a time (default: as many as there are cores)",
      wholeNumber(1),
    )
    .addOption(
      new Option("-o, --output <format>", "what to print")
        .choices(["text", "json", "csv"] as const).default("text" as const),
    )
    .addHelpText("after", HELP)
    .action(async (file, options) => {
      const { sweepCommand } = await import("./sweep.ts");
      context.finish(await sweepCommand(file, options, context));
    });
}

type Varied = Readonly<Record<string, readonly unknown[]>>;

function varied(text: string, before: Varied | undefined): Varied {
  const [, path, values] = /^((?:[^="]|"(?:[^"\\]|\\.)*")+)=(.+)$/s.exec(text) ?? [];
  if (path === undefined || values === undefined) {
    throw new InvalidArgumentError("Write path=v1,v2, such as load.chat.rps=10,20,30.");
  }
  return { ...before, [path]: listOf(values) };
}

/** Values between commas that are in no quotes and no brackets; each is JSON, else text. */
export function listOf(text: string): unknown[] {
  const parts: string[] = [""];
  let depth = 0;
  for (const [piece] of text.matchAll(/"(?:[^"\\]|\\.)*"|[\s\S]/g)) {
    if (piece === "[" || piece === "{") depth++;
    if (piece === "]" || piece === "}") depth--;
    if (piece === "," && depth === 0) parts.push("");
    else parts[parts.length - 1] += piece;
  }
  return parts.map(valueOf);
}
