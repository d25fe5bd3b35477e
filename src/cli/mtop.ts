// The command tree: what `mtop` understands, its help, and the exit code of what was asked.

import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { parseInstant } from "../sim/duration.ts";
import { type Console, processConsole } from "./console.ts";
import { CliError, EXIT, tellError } from "./exit.ts";
import { addRunOptions } from "./run_options.ts";
import { stopOnSignals } from "./signals.ts";
import { MTOP_VERSION } from "./version.ts";

const EXIT_CODES = `
Exit codes:
  0    passed                    104  the scenario is invalid
  1    usage or another failure  105  interrupted
  99   an expectation failed     107  the scenario threw
`;

const EXAMPLES = `
Examples:
  mtop run scenarios/canary-failure.ts                     run a scenario, verdicts first
  mtop run scenarios/canary-failure.ts --record run.jsonl  and keep its log
  mtop replay run.jsonl --at 12m30s                        look at an instant of it
  mtop verify run.jsonl                                    simulate it again and compare
`;

/** Runs the program with its arguments; returns the exit code and never throws. */
export async function mtop(args: readonly string[]): Promise<number> {
  const console = processConsole();
  let exitCode: number = EXIT.passed;
  const program = commandTree(console, (code) => exitCode = code);
  try {
    if (args.length === 0) program.outputHelp();
    else await program.parseAsync(args as string[], { from: "user" });
    return exitCode;
  } catch (error) {
    return tellError(error, console);
  }
}

function commandTree(console: Console, finish: (exitCode: number) => void): Command {
  const program = new Command("mtop")
    .description("top and a flight simulator for LLM services on Kubernetes")
    .version(MTOP_VERSION, "--version", "print the version")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void console.out(text),
      writeErr: (text) => console.err(text),
    })
    .showSuggestionAfterError()
    .helpCommand("help [command]", "explain a command")
    .addHelpText("after", EXAMPLES + EXIT_CODES);

  addRunOptions(
    program.command("run").argument("<file...>", "scenario files, run one after the other")
      .description("run scenario files in a worker that may touch nothing"),
  ).addHelpText("after", EXIT_CODES).action(async (files, options) => {
    const [{ loadSandboxed }, { runScenario }] = await Promise.all([
      import("./sandbox.ts"),
      import("./run.ts"),
    ]);
    if (files.length > 1 && options.record !== undefined) {
      throw new CliError("Cannot record several scenarios into one file: run them one at a time");
    }
    using signals = stopOnSignals();
    let worst: number = EXIT.passed;
    for (const name of files) {
      const data = await loadSandboxed(name, console, signals.stop);
      const code = await runScenario(data, options, { console, stop: signals.stop, name });
      worst = worst === EXIT.passed ? code : worst;
    }
    finish(worst);
  });

  program.command("replay").argument("<log>", "a run file, as --record writes it")
    .description("show a recorded run at an instant")
    .option("--at <time>", "virtual time, as 12m30s or 00:12:30 (default: the end)", instant)
    .addOption(
      new Option("-o, --output <format>", "what to print")
        .choices(["text", "json"] as const).default("text" as const),
    )
    .action(async (path, { at, output }) => {
      const { replay } = await import("./replay.ts");
      finish(await replay(path, { at, output }, console));
    });

  program.command("verify").argument("<log>", "a run file, as --record writes it")
    .description("simulate a recorded run again and compare, event for event")
    .action(async (path) => {
      const { verify } = await import("./verify.ts");
      using signals = stopOnSignals();
      finish(await verify(path, console, signals.stop));
    });
  return program as unknown as Command;
}

function instant(text: string): number {
  const us = parseInstant(text);
  if (us === undefined) throw new InvalidArgumentError("Write a time such as 12m30s or 00:12:30.");
  return us;
}
