// Several scenario files in one go: loaded and simulated ahead of each other, told of in their order.

import { basename } from "node:path";
import { outcomeJson } from "../report/json.ts";
import { hasPassed, type ScenarioOutcome } from "../report/outcome.ts";
import { closingText, isGood, outcomeText } from "../report/outcome_text.ts";
import { planText } from "../report/plan_text.ts";
import { type Console, HeldConsole, marks } from "./console.ts";
import { CliError, tellError } from "./exit.ts";
import { checkOptions, type PlannedRun, planRun, type RunContext } from "./run.ts";
import { keepFailed } from "./run_keep.ts";
import { runOnce } from "./run_once.ts";
import type { RunOptions } from "./run_options.ts";
import {
  draftOutcome,
  exitCodeOf,
  type OutcomeDraft,
  troubleOf,
  worstExitCode,
} from "./run_outcome.ts";
import { RunProgress } from "./run_progress.ts";
import { RunReports } from "./run_reports.ts";
import { openSeedPool, type SeedPool } from "./seed_pool.ts";
import { seedsJson, simulateSeeds } from "./seeds.ts";

export interface BatchOptions extends RunOptions {
  /** Only scenarios whose name or file holds this text, in whatever case. */
  readonly filter?: string;
}

export interface BatchContext extends Omit<RunContext, "name" | "command"> {
  readonly load: (file: string, console: Console) => Promise<unknown>;
}

/** What all files of a batch share. */
interface Batch {
  readonly options: BatchOptions;
  readonly context: BatchContext;
  readonly pool: SeedPool;
  readonly progress: RunProgress;
  readonly kept: Set<string>;
  readonly stop: AbortSignal;
}

/** One file when it is done, and what it wrote until then. */
interface Done {
  readonly outcome: OutcomeDraft;
  readonly console: HeldConsole;
  /** Nobody asked for this one. */
  readonly leftOut: boolean;
  /** None that follows is told of: this one or one before it ended the batch. */
  readonly isLast: boolean;
}

/**
 * Runs the files and returns the worst exit code of them. One that cannot be run does not stop the
 * others, unless `bail` says so; an interruption does.
 */
export async function runBatch(
  files: readonly string[],
  options: BatchOptions,
  context: BatchContext,
): Promise<number> {
  await checkOptions(options);
  const { console, gpuPrices } = context;
  const reports = new RunReports(options, console);
  const fileWidth = Math.max(...files.map((file) => file.length));
  const ended = new AbortController();
  const stop = AbortSignal.any([context.stop, ended.signal]);
  using pool = openSeedPool({
    ...{ stop, speed: options.speed, ahead: !options.plan && options.output !== "ndjson" },
    ...(options.jobs === undefined ? {} : { jobs: options.jobs }),
    ...(gpuPrices ? { gpuPrices } : {}),
  });
  const progress = new RunProgress(console, files.length * (options.seeds ?? 1));
  const batch: Batch = { options, context, pool, progress, kept: new Set(), stop };
  const outcomes: ScenarioOutcome[] = [];
  let leftOut = 0;
  try {
    for await (const done of inTurn(files, batch)) {
      if (done.leftOut) leftOut++;
      else outcomes.push(done.outcome);
      const goesOn = tell(done, batch, fileWidth);
      if (!done.leftOut) await reports.add(done.outcome);
      if (!goesOn) break;
    }
  } finally {
    ended.abort();
    progress.clear();
    await reports.write(files.length - leftOut - outcomes.length);
  }
  if (leftOut === files.length) {
    throw new CliError(`No scenario's name or file holds "${options.filter}"`);
  }
  const notRun = files.length - leftOut - outcomes.length;
  if (isText(options)) console.out(closingText(outcomes, notRun));
  return worstExitCode(outcomes.map(exitCodeOf));
}

/** A few more files than can be simulated at a time are under way; each waits for its turn. */
async function* inTurn(files: readonly string[], batch: Batch): AsyncGenerator<Done> {
  // The log of a run is too long to be held back.
  const ahead = batch.options.output === "ndjson" ? 1 : batch.pool.size + 1;
  const started: Promise<Done>[] = [];
  let last: Promise<Done> | undefined;
  for (let next = 0; next < files.length; next++) {
    while (started.length < ahead && next + started.length < files.length) {
      last = runFile(files[next + started.length]!, batch, last);
      started.push(last);
    }
    yield await started.shift()!;
  }
}

/** Never rejects: what went wrong is in the outcome. */
async function runFile(
  file: string,
  batch: Batch,
  before: Promise<Done> | undefined,
): Promise<Done> {
  const { options, context, progress } = batch;
  const outcome = draftOutcome(file, options);
  const console = new HeldConsole(context.console);
  let leftOut = !isWanted(options, file);
  try {
    const given = await context.load(file, console);
    leftOut &&= !isWanted(options, nameOf(given));
    const run = leftOut ? undefined : planRun(given, outcome, options, { console, name: file });
    if (run) {
      await simulate(run, batch, console);
      await keepInTurn(run, batch, console, before);
    }
  } catch (error) {
    outcome.trouble = troubleOf(error);
    if (outcome.trouble.kind === "interrupted") leftOut = false;
    tellError(naming(file, error), console);
  }
  progress.leaveOut((options.seeds ?? 1) - outcome.runs.length);
  const isLast = (!leftOut && isOver(outcome, options)) || (await before)?.isLast === true;
  return { outcome, console, leftOut, isLast };
}

/** Two of one name have their logs' names in order, and who is not told of leaves none. */
async function keepInTurn(
  run: PlannedRun,
  batch: Batch,
  console: HeldConsole,
  before: Promise<Done> | undefined,
): Promise<void> {
  const { keepFailed: folder } = batch.options;
  if (folder === undefined || (await before)?.isLast) return;
  await keepFailed(folder, run, { ...batch, console });
}

/** Whether the batch ends with it. */
function isOver(outcome: OutcomeDraft, { bail }: BatchOptions): boolean {
  return outcome.trouble?.kind === "interrupted" || (bail === true && !isGood(outcome));
}

/** Of several files: in an error's sentence stands which one it is about. */
function naming(file: string, error: unknown): unknown {
  if (!(error instanceof CliError) || error.message.includes(basename(file))) return error;
  return new CliError(`${file}: ${error.message}`, error.exitCode);
}

function isWanted({ filter = "" }: BatchOptions, text: string): boolean {
  return text.toLowerCase().includes(filter.toLowerCase());
}

/** Of a scenario that may be none. */
function nameOf(given: unknown): string {
  const name = (given as { name?: unknown } | null)?.name;
  return typeof name === "string" ? name : "";
}

async function simulate(run: PlannedRun, batch: Batch, console: HeldConsole): Promise<void> {
  const { options, context, pool, progress, stop } = batch;
  const { outcome, planned, data } = run;
  const isJson = options.output === "json";
  if (options.plan) {
    console.out(planText(planned, options.recordRequests));
    return;
  }
  if (options.output === "ndjson") {
    await runOnce(run, options, { ...context, stop, name: outcome.file });
  } else if (options.seeds !== undefined) {
    await simulateSeeds(run, pool, options, { progress, tell: () => true });
    if (isJson) console.out(seedsJson(outcome));
  } else {
    const seed = options.seed ?? planned.scenario.seed;
    const listener = progress.listenerOf(run, planned.scenario.duration);
    const result = await pool.run({ data, planned, seed }, listener);
    progress.end(run, hasPassed(result));
    outcome.runs.push(result);
    if (isJson) console.out(outcomeJson(result));
  }
}

/** Tells of a file whose turn has come; false when no others are to follow. */
function tell(done: Done, batch: Batch, fileWidth: number): boolean {
  const { outcome, console, leftOut, isLast } = done;
  if (leftOut) return true;
  const { options, context, progress } = batch;
  progress.clear();
  let isRead = console.release();
  if (isText(options)) {
    const how = { marks: marks(context.console), fileWidth };
    isRead = context.console.out(outcomeText(outcome, how)) && isRead;
  }
  return isRead && !isLast;
}

function isText({ output, quiet, plan }: BatchOptions): boolean {
  return output === "text" && !quiet && !plan;
}
