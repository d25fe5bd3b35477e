// The same scenario under many seeds: a line each, then how many passed and how the figures lie.

import { hasPassed, type RunOutcome } from "../report/outcome.ts";
import { seedStatistics } from "../report/seed_statistics.ts";
import { seedLine, seedsText } from "../report/seed_text.ts";
import { type Console, marks, widthOf } from "./console.ts";
import { CliError, EXIT } from "./exit.ts";
import type { PlannedRun } from "./run.ts";
import type { RunOptions } from "./run_options.ts";
import type { OutcomeDraft } from "./run_outcome.ts";
import { RunProgress } from "./run_progress.ts";
import { inOrder, PoolStopped, type SeedJob, type SeedPool } from "./seed_pool.ts";

/** Runs the seeds 1 to `options.seeds`, and tells of them in that order. */
export async function runSeeds(
  run: PlannedRun,
  pool: SeedPool,
  options: RunOptions,
  console: Console,
): Promise<void> {
  const { output, quiet } = options;
  const progress = new RunProgress(console, options.seeds!);
  const isText = output === "text" && !quiet;
  const tell = (each: RunOutcome) => {
    if (!isText) return true;
    progress.clear();
    return console.out(seedLine(each, { marks: marks(console) }));
  };
  await simulateSeeds(run, pool, options, { progress, tell }).finally(() => progress.clear());
  const { outcome } = run;
  const last = outcome.runs.at(-1);
  if (options.bail && !quiet && last && !hasPassed(last)) {
    console.err(`stopped at seed ${last.seed} of ${options.seeds}, the first that failed\n`);
  }
  if (output === "json") console.out(seedsJson(outcome));
  else if (!quiet) console.out(seedsText(outcome, widthOf(console)));
}

/** Who hears of the runs. */
export interface SeedsListener {
  /** Hears of each as it goes, in any order. */
  readonly progress: RunProgress;
  /** Hears of each in the order of the seeds; false: no more of them are wanted. */
  readonly tell: (run: RunOutcome) => boolean;
}

/** Adds the runs to the outcome, up to the first that failed where options say so. */
export async function simulateSeeds(
  { planned, data, outcome }: PlannedRun,
  pool: SeedPool,
  { seeds = 0, bail }: RunOptions,
  { progress, tell }: SeedsListener,
): Promise<void> {
  const { duration } = planned.scenario;
  const runs = inOrder(
    pool,
    jobsOf({ data, planned }, seeds),
    (job) => progress.listenerOf(job, duration),
    (job, result) => progress.end(job, hasPassed(result)),
  );
  try {
    for await (const [, run] of runs) {
      outcome.runs.push(run);
      if (!tell(run) || (bail && !hasPassed(run))) return;
    }
  } catch (error) {
    throw interruptedAt(error, outcome, seeds);
  }
}

function* jobsOf(scenario: Omit<SeedJob, "seed">, seeds: number) {
  for (let seed = 1; seed <= seeds; seed++) yield { ...scenario, seed };
}

function interruptedAt(error: unknown, { runs }: OutcomeDraft, seeds: number): unknown {
  if (!(error instanceof PoolStopped)) return error;
  return new CliError(`Interrupted at seed ${runs.length + 1} of ${seeds}`, EXIT.interrupted);
}

/** One document: the aggregate, and under `runs` what `-o json` says of each. */
export function seedsJson({ name, runs }: OutcomeDraft): string {
  const document = {
    scenario: name,
    ...seedStatistics(runs),
    runs: runs.map(({ hash, summary }) => ({ logHash: hash, ...summary })),
  };
  return JSON.stringify(document, null, 2) + "\n";
}
