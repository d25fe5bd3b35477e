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
  { console, stop, name, gpuPrices = {} }: RunContext,
): Promise<number> {
  if (options.output === "ndjson") {
    throw new CliError("Cannot print the logs of many runs: with --seeds, -o is text or json");
  }
  // A run's state is large: only what will be printed is kept.
  const rows: unknown[] = [];
  const failing: number[] = [];
  let ran = 0;
  const progress = new ProgressLine(console);
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
    ran++;
    if (failedOf(result).length > 0) failing.push(seed);
    if (options.output === "json") {
      const { state, hash } = result;
      rows.push({ logHash: hash, ...summarize(state, state.at, { gpuPrices }) });
    }
    const line = seedLine(result, marks(console));
    if (options.output === "text" && !options.quiet && !console.out(line)) break;
  }
  if (options.output === "json") console.out(JSON.stringify(rows, null, 2) + "\n");
  else if (!options.quiet) console.out(conclusion(name, ran, failing));
  return failing.length === 0 ? EXIT.passed : EXIT.expectationFailed;
}

function seedLine(result: RunResult, { passed, failed }: ReturnType<typeof marks>): string {
  const mark = failedOf(result).length === 0 ? passed : failed;
  return `  ${mark} seed ${result.seed}${detail(result)}\n`;
}

/** How many passed, and the line that reproduces the first that did not. */
function conclusion(name: string, ran: number, failing: readonly number[]): string {
  const counts = `${ran - failing.length} of ${ran} seeds passed\n`;
  return failing.length === 0
    ? counts
    : `${counts}once more: mtop run ${name} --seed ${failing[0]}\n`;
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
