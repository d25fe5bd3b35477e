// The same scenario under many seeds: a line each, and how many passed.

import { summarize } from "../report/summary.ts";
import type { Plan } from "../scenario/plan.ts";
import { formatInstant } from "../view/format.ts";
import { marks, ProgressLine } from "./console.ts";
import { CliError, EXIT } from "./exit.ts";
import type { RunContext } from "./run.ts";
import type { RunOptions } from "./run_options.ts";
import { runPlan, type RunResult } from "./runner.ts";

/** Runs the seeds 1 to `seeds` one after the other; 0 when every expectation held under each. */
export async function runSeeds(
  planned: Plan,
  data: unknown,
  options: RunOptions,
  { console, stop, name }: RunContext,
): Promise<number> {
  if (options.output === "ndjson") {
    throw new CliError("Cannot print the logs of many runs: with --seeds, -o is text or json");
  }
  const results: RunResult[] = [];
  const progress = new ProgressLine(console);
  const { passed: tick, failed: cross } = marks(console);
  for (let seed = 1; seed <= options.seeds!; seed++) {
    const result = await runPlan(planned, data, {
      seed,
      speed: options.speed,
      stop,
      progress: (us) => progress.show(`seed ${seed} of ${options.seeds} at ${formatInstant(us)}`),
    }).finally(() => progress.clear());
    if (!result.ended) {
      throw new CliError(`Interrupted at seed ${seed} of ${options.seeds}`, EXIT.interrupted);
    }
    results.push(result);
    const line = `  ${failedOf(result).length === 0 ? tick : cross} seed ${seed}${
      detail(result)
    }\n`;
    if (options.output === "text" && !options.quiet && !console.out(line)) break;
  }
  const failing = results.filter((result) => failedOf(result).length > 0);
  if (options.output === "json") {
    const rows = results.map(({ state, hash }) => ({
      logHash: hash,
      ...summarize(state),
    }));
    console.out(JSON.stringify(rows, null, 2) + "\n");
  } else if (!options.quiet) {
    console.out(`${results.length - failing.length} of ${results.length} seeds passed\n`);
    const worst = failing[0];
    if (worst) console.out(`once more: mtop run ${name} --seed ${worst.seed}\n`);
  }
  return failing.length === 0 ? EXIT.passed : EXIT.expectationFailed;
}

function failedOf({ state }: RunResult) {
  return state.verdicts.filter(({ passed }) => !passed);
}

/** The verdict nearest to its threshold, and those that failed. */
function detail(result: RunResult): string {
  const margins = result.state.verdicts.flatMap(({ marginPpm, about }) =>
    marginPpm === undefined ? [] : [{ marginPpm, about }]
  ).sort((a, b) => a.marginPpm - b.marginPpm);
  const nearest = margins[0];
  const margin = nearest
    ? `, nearest threshold ${Math.round(nearest.marginPpm / 1e4)}% away (${nearest.about})`
    : "";
  const failed = failedOf(result).map(({ about, got }) => `, failed: ${about}, got ${got}`).join(
    "",
  );
  return `${margin}${failed}, log ${result.hash.slice(0, 12)}`;
}
