// Runs a loaded scenario as its options say: plan, record, simulate, report, and the exit code of it.
// Who asks for a plan alone need not load what simulates it, nor a single run what many of them need.

import type { LogParent } from "../log/codec.ts";
import { problemsText } from "../report/problems_text.ts";
import type { DoneByHand } from "../scenario/hand.ts";
import { type Plan, plan } from "../scenario/plan.ts";
import { readCalibration } from "./calibration_file.ts";
import type { Console } from "./console.ts";
import { CliError } from "./exit.ts";
import type { OwnCodeSource } from "./own_code_source.ts";
import type { RunOptions } from "./run_options.ts";
import { draftOutcome, exitCodeOf, type OutcomeDraft, troubleOf } from "./run_outcome.ts";
import { RunReports } from "./run_reports.ts";
import type { Runner } from "./runner.ts";
import type { SeedPool } from "./seed_pool.ts";
import { withSettings } from "./set_scenario.ts";

export interface RunContext {
  readonly console: Console;
  readonly stop: AbortSignal;
  /** What the user calls the scenario: its file. */
  readonly name: string;
  /** The command that runs it again, where that is another one than `mtop run` and its name. */
  readonly command?: string;
  /** USD per GPU-hour of the settings; absent where there are none. */
  readonly gpuPrices?: Readonly<Record<string, number>>;
  /** The log that this run is a branch of. */
  readonly parent?: LogParent;
  /** What was done by hand in that past. */
  readonly acts?: readonly DoneByHand[];
  /** Where workers can read the scenario's own code; absent: nowhere. */
  readonly ownCode?: OwnCodeSource;
  /** How a single run is simulated; absent: as fast as `speed` says, with nothing to see. */
  readonly runner?: Runner;
}

/** A scenario that can run, and what became of it so far. */
export interface PlannedRun {
  readonly planned: Plan;
  /** The frozen data it was planned from. */
  readonly data: unknown;
  readonly outcome: OutcomeDraft;
}

/** Runs one scenario, the data of it; returns the exit code. Throws what `explain` knows to put into words. */
export function runScenario(
  given: unknown,
  options: RunOptions,
  context: RunContext,
): Promise<number> {
  return runAlone(() => given, options, context);
}

/** The same of a scenario that is still to be loaded; what that throws is in the reports, too. */
export async function runAlone(
  load: () => unknown,
  options: RunOptions,
  context: RunContext,
): Promise<number> {
  await checkOptions(options);
  const reports = new RunReports(options, context.console);
  const outcome = draftOutcome(context.name, options, context.command);
  using pool = options.seeds === undefined
    ? undefined
    : await poolOf(options.seeds, options, context);
  try {
    const run = planRun(await load(), outcome, options, context);
    if (run && options.plan) await printPlan(run, options, context);
    else if (run) await simulate(run, pool, options, context);
  } catch (error) {
    outcome.trouble = troubleOf(error);
    throw error;
  } finally {
    await reports.add(outcome);
    await reports.write();
  }
  return exitCodeOf(outcome);
}

/** Throws a `CliError` for options that go with each other in no run. */
export async function checkOptions(options: RunOptions): Promise<void> {
  const { recordRequests, record, output, seeds, keepFailed, plan } = options;
  if (!plan && recordRequests && record === undefined && output !== "ndjson") {
    const message = "Cannot record requests without a log: add --record FILE, or -o ndjson";
    throw new CliError(message);
  }
  if (seeds !== undefined && output === "ndjson") {
    throw new CliError("Cannot print the logs of many runs: with --seeds, -o is text or json");
  }
  if (keepFailed === undefined) return;
  const { prepareFolder } = await import("./run_keep.ts");
  prepareFolder(keepFailed);
}

/** Plans a scenario's data, and tells what is wrong with it; undefined where nothing can run. */
export function planRun(
  given: unknown,
  outcome: OutcomeDraft,
  options: RunOptions,
  { console, name }: Pick<RunContext, "console" | "name">,
): PlannedRun | undefined {
  const data = withCalibrations(withSettings(given, options.set), options.calibration);
  const planned = plan(data);
  if ("problems" in planned) {
    const { problems } = planned;
    console.err(problemsText(name, problems));
    const count = problems.length === 1 ? "a problem" : `${problems.length} problems`;
    const message = `"${name}" is no valid scenario: it has ${count}`;
    outcome.trouble = { kind: "invalid", message, problems };
    return undefined;
  }
  if (!options.quiet && planned.warnings.length > 0) {
    console.err(problemsText(`warning: ${name}`, planned.warnings));
  }
  outcome.name = planned.scenario.name;
  return { planned, data, outcome };
}

async function printPlan(
  { planned }: PlannedRun,
  { recordRequests }: RunOptions,
  { console }: RunContext,
): Promise<void> {
  const { planText } = await import("../report/plan_text.ts");
  console.out(planText(planned, recordRequests));
}

async function poolOf(
  seeds: number,
  { jobs, speed }: RunOptions,
  { stop, gpuPrices, ownCode }: RunContext,
): Promise<SeedPool> {
  const { openSeedPool } = await import("./seed_pool.ts");
  return openSeedPool({
    ...{ speed, stop, ahead: true },
    jobs: Math.min(seeds, jobs ?? navigator.hardwareConcurrency),
    ...(gpuPrices ? { gpuPrices } : {}),
    ...(ownCode ? { ownCode } : {}),
  });
}

async function simulate(
  run: PlannedRun,
  pool: SeedPool | undefined,
  options: RunOptions,
  context: RunContext,
): Promise<void> {
  const { console, stop } = context;
  const { keepFailed: folder } = options;
  if (pool) {
    const { runSeeds } = await import("./seeds.ts");
    await runSeeds(run, pool, options, console);
  } else {
    const { runOnce } = await import("./run_once.ts");
    await runOnce(run, options, context);
  }
  if (folder === undefined) return;
  const { keepFailed } = await import("./run_keep.ts");
  await keepFailed(folder, run, { console, stop, kept: new Set() });
}

/** The scenario as if it had named them: they stand in the log, and in the hash of the scenario. */
function withCalibrations(data: unknown, paths: readonly string[] = []): unknown {
  if (paths.length === 0 || typeof data !== "object" || data === null) return data;
  const { calibrations } = data as { calibrations?: unknown };
  const own = Array.isArray(calibrations) ? calibrations : [];
  return { ...data, calibrations: [...own, ...paths.map(readCalibration)] };
}
