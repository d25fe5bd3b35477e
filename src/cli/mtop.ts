// The program: its global options, the command groups in their order, and the exit code of what was asked.

import { Command, CommanderError, Option } from "@commander-js/extra-typings";
import { addCalibrateCommands } from "./calibrate_commands.ts";
import { addCheckCommands } from "./check_commands.ts";
import { addCompareCommand } from "./compare_commands.ts";
import { addCompletionCommands } from "./completion_commands.ts";
import { addConfigCommands } from "./config_commands.ts";
import { type Console, processConsole } from "./console.ts";
import { addDiffCommand } from "./diff_commands.ts";
import { EXIT, tellError } from "./exit.ts";
import { addGetCommands } from "./get_commands.ts";
import { addHelpCommand } from "./help_command.ts";
import { asJson } from "./json_option.ts";
import { addLogsCommands } from "./logs_commands.ts";
import { type Closing, createContext } from "./process_context.ts";
import { addReportCommand } from "./report_commands.ts";
import { addRolloutCommand } from "./rollout_commands.ts";
import { addRunCommands } from "./run_commands.ts";
import { COLORS, MODES } from "./settings.ts";
import { addSettingsCommands } from "./settings_commands.ts";
import type { GlobalOptions } from "./settings_sources.ts";
import { addSimulateCommands } from "./simulate_commands.ts";
import { addSizeCommand } from "./size_commands.ts";
import { addSweepCommand } from "./sweep_commands.ts";
import { addTopCommands } from "./top_commands.ts";
import { commandOf, usageText } from "./usage.ts";
import { MTOP_VERSION } from "./version.ts";
import { addWordsCommand } from "./words_commands.ts";
import { addWriteCommands } from "./write_commands.ts";

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
  const program = commandTree(console, closing);
  try {
    // Bare `mtop` is the monitor.
    await program.parseAsync(withCommand(args), { from: "user" });
    return closing.exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode !== 0) {
      console.err(usageText(error, args, program));
      return commandOf(args, program) === "diff" ? EXIT.trouble : EXIT.failure;
    }
    return tellError(error, console);
  }
}

/** Options without a command are those of `top`. */
function withCommand(args: readonly string[]): string[] {
  let index = 0;
  for (let arg = args[0]; arg !== undefined; arg = args[index]) {
    const [name = "", value] = arg.split("=");
    if (!GLOBAL.has(name)) break;
    index += VALUED.has(name) && value === undefined ? 2 : 1;
  }
  const first = args[index];
  const isTop = first === undefined || (first.startsWith("-") && !ENDING.has(first));
  return isTop ? [...args.slice(0, index), "top", ...args.slice(index)] : [...args];
}

/** Global options that take the word after them. */
const VALUED = new Set(["--mode", "--mocks", "--config", "--color"]);
const GLOBAL = new Set([...VALUED, "-v", "--verbose", "--json"]);
/** Options of the program that print something and end it. */
const ENDING = new Set(["-h", "--help", "--version"]);

/** The whole tree; `closing` gets the exit code. */
export function commandTree(console: Console, closing: Closing): Command {
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
    .addHelpText("after", EXAMPLES);
  const context = createContext(console, closing, () => program.opts() as GlobalOptions);
  const tree = program as unknown as Command;
  tree.hook("preAction", async (_, command) => {
    if ((program.opts() as { json?: true }).json) asJson(command);
    await context.prepare(command.name());
  });

  tree.commandsGroup("Look:");
  addTopCommands(tree, context);
  addGetCommands(tree, context);
  addCheckCommands(tree, context);
  addRolloutCommand(tree, context);
  addLogsCommands(tree, context);
  addConfigCommands(tree, context);
  tree.commandsGroup("Change:");
  addWriteCommands(tree, context);
  tree.commandsGroup("Rehearse:");
  addSimulateCommands(tree, context);
  addRunCommands(tree, context);
  addDiffCommand(tree, context);
  addReportCommand(tree, context);
  addCompareCommand(tree, context);
  addSweepCommand(tree, context);
  addSizeCommand(tree, context);
  addWordsCommand(tree, context);
  addCalibrateCommands(tree, context);
  tree.commandsGroup("About mtop:");
  addSettingsCommands(tree, context);
  addCompletionCommands(tree, context);
  tree.command("version").description("print the version of mtop and of what it runs on")
    .action(() => {
      const { deno, v8 } = Deno.version;
      console.out(`mtop ${MTOP_VERSION}, Deno ${deno}, V8 ${v8}\n`);
    });
  addHelpCommand(tree);
  return tree;
}
