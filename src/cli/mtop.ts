// The program: its global options, the command groups in their order, and the exit code of what was asked.

import { Command, CommanderError, Option } from "@commander-js/extra-typings";
import { addCommands } from "./command_files.ts";
import { type Console, processConsole } from "./console.ts";
import { EXIT, tellError } from "./exit.ts";
import { asJson } from "./json_option.ts";
import { type Closing, createContext } from "./process_context.ts";
import { COLORS, MODES } from "./settings.ts";
import type { GlobalOptions } from "./settings_sources.ts";
import { commandOf, usageText } from "./usage.ts";
import { MTOP_VERSION } from "./version.ts";

const EXAMPLES = `
Examples:
  mtop                                   the mock fleet, live
  mtop list                              its services
  mtop check                             what is wrong with them, and what to do
  mtop logs gpt2                         what a service says
  mtop simulate canary                   rehearse a canary
  mtop run scenarios/canary-failure.ts   rehearse a scenario of your own, verdicts first

The cluster is a mock one, from files: --mocks DIR takes a folder of your own manifests.

Exit codes:
  0    passed                    104  the scenario is invalid
  1    usage or another failure  105  interrupted
  99   an expectation failed     107  the scenario threw
`;

/** Runs the program with its arguments; returns the exit code and never throws. */
export async function mtop(args: readonly string[]): Promise<number> {
  const console = processConsole();
  const closing: Closing = { exitCode: EXIT.passed };
  const { words, name } = withCommand(args);
  const program = await commandTree(console, closing, name);
  try {
    await program.parseAsync(words, { from: "user" });
    return closing.exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode !== 0) {
      console.err(usageText(error, args, program));
      return commandOf(args, program) === "diff" ? EXIT.trouble : EXIT.failure;
    }
    return tellError(error, console);
  }
}

interface Words {
  readonly words: string[];
  /** The command that they name, if any. */
  readonly name?: string;
}

/** Bare `mtop` is the monitor: options without a command are those of `top`. */
function withCommand(args: readonly string[]): Words {
  let index = 0;
  for (let arg = args[0]; arg !== undefined; arg = args[index]) {
    const [name = "", value] = arg.split("=");
    if (!GLOBAL.has(name)) break;
    index += VALUED.has(name) && value === undefined ? 2 : 1;
  }
  const first = args[index];
  if (first !== undefined && ENDING.has(first)) return { words: [...args] };
  if (first !== undefined && !first.startsWith("-")) return { words: [...args], name: first };
  return { words: [...args.slice(0, index), "top", ...args.slice(index)], name: "top" };
}

/** Global options that take the word after them. */
const VALUED = new Set(["--mode", "--mocks", "--config", "--color"]);
const GLOBAL = new Set([...VALUED, "-v", "--verbose", "--json"]);
/** Options of the program that print something and end it. */
const ENDING = new Set(["-h", "--help", "--version"]);

/** The tree, of its commands only those of the file that has `name`; `closing` gets the exit code. */
export async function commandTree(
  console: Console,
  closing: Closing,
  name?: string,
): Promise<Command> {
  const program = new Command("mtop")
    .description("top and a flight simulator for LLM services on Kubernetes")
    .version(MTOP_VERSION, "--version", "print the version")
    .addOption(
      new Option("--mode <mode>", "mock: local files; live: a cluster").choices(MODES),
    )
    .option("--mocks <dir>", "a folder of manifests instead of those that mtop brings")
    .option("--config <file>", "settings to read instead of the usual ones")
    .addOption(new Option("--color <when>", "whether to colour").choices(COLORS))
    .option("-v, --verbose", "tell on standard error what is done, and how long it takes")
    .addOption(new Option("--json", "the same as -o json").hideHelp())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void console.out(text),
      writeErr: (text) => console.err(text),
      // One place words what went wrong: see `usageText`.
      outputError: () => {},
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    // What a command takes stands in its own help.
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .helpCommand(false)
    .addHelpText("after", EXAMPLES);
  const context = createContext(console, closing, () => program.opts() as GlobalOptions);
  const tree = program as unknown as Command;
  tree.hook("preAction", async (_, command) => {
    if ((program.opts() as { json?: true }).json) asJson(command);
    await context.prepare(command.name());
  });

  await addCommands(tree, context, name);
  return tree;
}
