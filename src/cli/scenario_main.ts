// `main` for a scenario file that is run on its own: `deno run scenarios/x.ts`, no permission needed.

import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "@commander-js/extra-typings";
import { type Console, processConsole } from "./console.ts";
import { CliError, EXIT, tellError } from "./exit.ts";
import { runScenario } from "./run.ts";
import { addRunOptions } from "./run_options.ts";
import { stopOnSignals } from "./signals.ts";

/**
 * Runs a scenario with the options of the command line (`--help` lists them) and returns the exit
 * code: 0 passed, 99 an expectation failed, 104 invalid, 105 interrupted, 1 anything else.
 */
export async function main(
  scenario: unknown,
  args: readonly string[] = Deno.args,
): Promise<number> {
  const console = processConsole();
  try {
    const { options, name } = parse(args, console);
    if (options.record !== undefined) requireWrite(options.record, name, args);
    using signals = stopOnSignals();
    return await runScenario(scenario, options, { console, stop: signals.stop, name });
  } catch (error) {
    return tellError(error, console);
  }
}

function parse(args: readonly string[], console: Console) {
  const file = fileURLToPath(Deno.mainModule);
  const name = basename(file);
  const command = addRunOptions(new Command(name))
    .description("a scenario for mtop; run it as it is, or with mtop run")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void console.out(text),
      writeErr: (text) => console.err(text),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  command.parse(args as string[], { from: "user" });
  return { options: command.opts(), name: file };
}

/** Says which flag is missing before anything is simulated. */
function requireWrite(path: string, name: string, args: readonly string[]): void {
  const granted = (name: "read" | "write") =>
    Deno.permissions.querySync({ name, path }).state === "granted";
  if (granted("read") && granted("write")) return;
  const again = `deno run --allow-read=${path} --allow-write=${path} ${name} ${args.join(" ")}`;
  throw new CliError(`Cannot write "${path}" without permission: ${again}`, EXIT.failure);
}
