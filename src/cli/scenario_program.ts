// A scenario file as a program of its own: its options, the permissions they need, and the run.

import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "@commander-js/extra-typings";
import { type Console, processConsole } from "./console.ts";
import { CliError, tellError } from "./exit.ts";
import { ownCodeSource } from "./own_code_source.ts";
import { runScenario } from "./run.ts";
import { addRunOptions, type RunOptions } from "./run_options.ts";
import { partOf } from "./run_reports.ts";
import { stopOnSignals } from "./signals.ts";

/** What `main` of a scenario file does; its promises are there. */
export async function runProgram(scenario: unknown, args: readonly string[]): Promise<number> {
  const console = processConsole();
  try {
    const { options, name } = parse(args, console);
    requirePermissions(options, name, args);
    using signals = stopOnSignals();
    const ownCode = ownCodeSource(scenario, Deno.mainModule);
    const { stop } = signals;
    return await runScenario(scenario, options, {
      ...{ console, stop, name },
      ...(ownCode ? { ownCode } : {}),
    });
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

interface Needs {
  readonly read: readonly string[];
  readonly write: readonly string[];
}

/** The files that the options read and write. */
function needsOf({ record, junit, keepFailed }: RunOptions): Needs {
  const both = [record, keepFailed].filter((path) => path !== undefined);
  // A report is made beside its place, and then renamed.
  const report = junit === undefined ? [] : [partOf(junit)];
  const reported = junit === undefined ? [] : [junit];
  return { read: [...both, ...report], write: [...both, ...report, ...reported] };
}

/** Says which flags are missing before anything is simulated. */
function requirePermissions(options: RunOptions, name: string, args: readonly string[]): void {
  const needs = needsOf(options);
  const missing = (kind: "read" | "write") =>
    needs[kind].filter((path) =>
      Deno.permissions.querySync({ name: kind, path }).state !== "granted"
    );
  const [first] = [...missing("write"), ...missing("read")];
  if (first === undefined) return;
  const allow = `--allow-read=${needs.read.join()} --allow-write=${needs.write.join()}`;
  throw new CliError(
    `Cannot write "${first}" without permission: deno run ${allow} ${name} ${args.join(" ")}`,
  );
}
