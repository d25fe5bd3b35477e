// `main` for a scenario file that is run on its own: `deno run scenarios/x.ts`, no permission needed.

/**
 * Runs a scenario with the options of the command line (`--help` lists them) and returns the exit
 * code: 0 passed, 99 an expectation failed, 104 invalid, 105 interrupted, 1 anything else.
 */
export async function main(
  scenario: unknown,
  args: readonly string[] = Deno.args,
): Promise<number> {
  // In a worker that reads the file for its code, where the file does not ask whether it is the program.
  if (Symbol.for("mtop.reading") in globalThis) return 0;
  // Who only reads what the file exports, as `mtop run` does, need not load all that simulates it.
  const { runProgram } = await import("./scenario_program.ts");
  return await runProgram(scenario, args);
}
