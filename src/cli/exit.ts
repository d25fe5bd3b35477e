// The program's exit codes, and the one place where an error becomes text.

import type { CommanderError } from "@commander-js/extra-typings";
import { KubeError, serverErrorText } from "../kube/errors.ts";
import { StoreError } from "../kube/store_error.ts";
import { LogReadError, LogWriteError } from "../log/file_error.ts";
import { LogFormatError } from "../log/format_error.ts";

/** k6's numbers where k6 has one. */
export const EXIT = {
  passed: 0,
  /** Usage, a file that cannot be read or written, a log that does not verify. */
  failure: 1,
  /** Of `diff`, as diff(1) has them. */
  different: 1,
  trouble: 2,
  expectationFailed: 99,
  invalidScenario: 104,
  interrupted: 105,
  scenarioThrew: 107,
} as const;

/** Ends a command with a sentence for the user and an exit code. */
export class CliError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT.failure) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Tells the user what a command threw, and returns the exit code of it. */
export function tellError(error: unknown, console: { err(text: string): void }): number {
  // Help and the version are no errors, and were printed.
  if (isCommanderError(error)) return error.exitCode;
  if (error instanceof KubeError) {
    console.err(`${serverErrorText(error)}\n`);
    return EXIT.failure;
  }
  const { message, exitCode } = explain(error);
  console.err(`error: ${message}\n`);
  return exitCode;
}

/** By its code: completion tells errors, too, and has no time to load commander. */
function isCommanderError(error: unknown): error is CommanderError {
  return error instanceof Error && "code" in error && String(error.code).startsWith("commander.");
}

/** The sentence and the exit code of what a command threw. */
function explain(error: unknown): { message: string; exitCode: number } {
  if (error instanceof CliError) return { message: error.message, exitCode: error.exitCode };
  // By its name: where an error is told, the simulation need not be loaded.
  if (error instanceof Error && error.name === "PolicyError") {
    return { message: error.message, exitCode: EXIT.scenarioThrew };
  }
  const expected = error instanceof LogFormatError || error instanceof LogReadError ||
    error instanceof LogWriteError || error instanceof StoreError;
  if (expected) return { message: error.message, exitCode: EXIT.failure };
  if (error instanceof Deno.errors.NotCapable) {
    return {
      message: `${error.message}; "deno task mtop" has all it needs`,
      exitCode: EXIT.failure,
    };
  }
  const detail = error instanceof Error ? error.stack ?? error.message : String(error);
  return { message: `mtop failed, and should not have: ${detail}`, exitCode: EXIT.failure };
}
