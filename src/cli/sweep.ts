// `mtop sweep`: every combination of some values under many seeds, each run once, on all cores.

import { figuresOf } from "../report/figures.ts";
import { problemsText } from "../report/problems_text.ts";
import {
  idlePaths,
  sweepCsv,
  sweepJson,
  type SweepOutcome,
  sweepText,
} from "../report/sweep_table.ts";
import { definitionsOf } from "../scenario/own_code.ts";
import { plan } from "../scenario/plan.ts";
import { scenarioHash } from "../scenario/run.ts";
import type { Setting } from "../scenario/setting.ts";
import { readSweep, type SweepGrid, type SweepPoint } from "../scenario/sweep.ts";
import { formatCount } from "../view/format.ts";
import { type Console, widthOf } from "./console.ts";
import type { CliContext } from "./context.ts";
import { CliError, EXIT } from "./exit.ts";
import { runJobs } from "./jobs.ts";
import { loadSandboxed } from "./sandbox.ts";
import { openSeedPool, type SeedJob, type SeedPool, type SeedResult } from "./seed_pool.ts";
import { stopOnSignals } from "./signals.ts";
import { withShapes } from "./sweep_shapes.ts";
import { type RunKey, type StoredRun, SweepStore } from "./sweep_store.ts";
import { MTOP_VERSION } from "./version.ts";

export interface SweepCommandOptions {
  readonly set?: readonly Setting[];
  readonly vary?: Readonly<Record<string, readonly unknown[]>>;
  /** Tensor parallelisms and kinds of GPUs of a service, which are several fields each. */
  readonly tp?: readonly number[];
  readonly gpu?: readonly string[];
  /** Which service of several. */
  readonly service?: string;
  readonly seeds?: number;
  readonly db?: string;
  readonly jobs?: number;
  readonly output: "text" | "json" | "csv";
}

interface SweepJob extends SeedJob {
  readonly key: RunKey;
}

/** Runs what is not in the database yet and prints the table of all; 104 when a scenario is invalid. */
export async function sweepCommand(
  file: string,
  options: SweepCommandOptions,
  context: CliContext,
): Promise<number> {
  const { console } = context;
  using signals = stopOnSignals();
  const grid = gridOf(await loadSandboxed(file, console, signals.stop), options, console);
  if ("problems" in grid) {
    console.err(problemsText(file, grid.problems));
    return EXIT.invalidScenario;
  }
  using store = SweepStore.open(options.db);
  await runMissing(grid, store, options, context, signals.stop);
  const outcomes = outcomesOf(grid, store);
  for (const path of idlePaths(grid.paths, outcomes)) {
    console.err(`note: no figure changes with ${path}: is it the field that is meant?\n`);
  }
  switch (options.output) {
    case "json":
      console.out(sweepJson(grid.paths, outcomes));
      break;
    case "csv":
      console.out(sweepCsv(grid.paths, outcomes));
      break;
    default:
      console.out(sweepText(grid.paths, outcomes, widthOf(console)));
  }
  return EXIT.passed;
}

function gridOf(
  data: unknown,
  options: SweepCommandOptions,
  console: Console,
): ReturnType<typeof readSweep> {
  const { set, vary, seeds, tp, gpu } = options;
  const hasShapes = tp !== undefined || gpu !== undefined;
  const grid = readSweep(data, {
    ...(set ? { set } : {}),
    ...(vary ? { vary } : {}),
    ...(seeds === undefined ? {} : { seeds }),
    beside: hasShapes,
  });
  const problems = "problems" in grid ? grid.problems : invalidPoint(grid);
  if (problems) return { problems };
  const fields = grid as SweepGrid;
  return hasShapes ? withShapes(fields, options, (text) => console.err(text)) : fields;
}

async function runMissing(
  grid: SweepGrid,
  store: SweepStore,
  { db, jobs }: SweepCommandOptions,
  context: CliContext,
  stop: AbortSignal,
): Promise<void> {
  const { console } = context;
  const { gpuPrices } = context.settings();
  const missing = missingJobs(grid, store, gpuPrices, db);
  tellKnown(grid, missing.length, console);
  using pool = openSeedPool({ stop, gpuPrices, ...(jobs === undefined ? {} : { jobs }) });
  try {
    if (missing.length > 0 || hasOwnCode(grid)) await requireSameEngine(grid, store, pool, db);
    for await (const [{ key }, result] of runJobs(pool, missing, console)) {
      store.add(storedRun(key, result, gpuPrices));
    }
  } catch (error) {
    const wasStopped = error instanceof CliError && error.exitCode === EXIT.interrupted;
    if (!wasStopped || db === undefined) throw error;
    const hint = `"${db}" holds what was done: the same command goes on from there`;
    throw new CliError(`Interrupted; ${hint}`, EXIT.interrupted);
  }
}

/**
 * What was kept was simulated by the same engine: one of these runs again must have the same log. Two
 * engines can call themselves the same version while mtop is worked on.
 */
async function requireSameEngine(
  { points, seeds }: SweepGrid,
  store: SweepStore,
  pool: SeedPool,
  db: string | undefined,
): Promise<void> {
  for (const { data } of points) {
    const [kept] = store.runs(scenarioHash(data), MTOP_VERSION, seeds);
    if (!kept) continue;
    const { hash } = await pool.run({ data, seed: kept.seed });
    if (hash === kept.log) return;
    const why = definitionsOf(data).length > 0
      ? "what it holds was run by another engine, or with other code than the scenario's now (its " +
        "functions are the same, so something that they use changed)"
      : "this mtop has another engine than the one that ran what it holds";
    throw new CliError(`Cannot go on in "${db}": ${why}; name another --db`);
  }
}

/** Of a scenario's own code its identity holds the functions' text, but not what they import or refer to. */
function hasOwnCode({ points: [first] }: SweepGrid): boolean {
  return definitionsOf(first?.data).length > 0;
}

/** The first combination that cannot be planned: its problems, and what it is. */
function invalidPoint({ points }: SweepGrid) {
  for (const { data, values } of points) {
    const planned = plan(data);
    if (!("problems" in planned)) continue;
    const where = Object.entries(values).map(([path, value]) => `${path}=${JSON.stringify(value)}`);
    return planned.problems.map(({ path, message }) => ({
      path,
      message: `${message} (with ${where.join(", ")})`,
    }));
  }
  return undefined;
}

/** The runs that are not there; a combination at a time, so that a worker plans each once in a row. */
function missingJobs(
  { points, seeds }: SweepGrid,
  store: SweepStore,
  prices: Readonly<Record<string, number>>,
  db: string | undefined,
): SweepJob[] {
  const seen = new Set<string>();
  return points.flatMap(({ data, values }) => {
    const scenario = scenarioHash(data);
    // Two combinations may be the same scenario.
    if (seen.has(scenario)) return [];
    seen.add(scenario);
    store.name(scenario, (data as { name: string }).name, values);
    const there = store.runs(scenario, MTOP_VERSION, seeds);
    const others = there.find((run) => !samePrices(run.prices, prices));
    if (others) {
      throw new CliError(
        `Cannot go on in "${db}": its costs are at other prices of a GPU-hour than the settings'; ` +
          "name another --db",
      );
    }
    const known = new Set(there.map(({ seed }) => seed));
    return Array.from({ length: seeds }, (_, index) => index + 1)
      .filter((seed) => !known.has(seed))
      .map((seed): SweepJob => ({ data, seed, key: { scenario, seed, engine: MTOP_VERSION } }));
  });
}

function samePrices(a: object, b: object): boolean {
  const sorted = (prices: object) => JSON.stringify(Object.entries(prices).sort());
  return sorted(a) === sorted(b);
}

function tellKnown({ points, seeds }: SweepGrid, missing: number, console: Console): void {
  const distinct = new Set(points.map(({ data }) => scenarioHash(data))).size;
  const all = distinct * seeds;
  const known = all - missing;
  if (known > 0) console.err(`${formatCount(known)} of ${formatCount(all)} runs were there\n`);
}

function storedRun(
  key: RunKey,
  { hash, events, summary }: SeedResult,
  prices: Readonly<Record<string, number>>,
): StoredRun {
  const { expectations, services } = summary;
  return {
    ...key,
    log: hash,
    events,
    passed: expectations.filter(({ passed }) => passed).length,
    expectations: expectations.length,
    calibration: Object.fromEntries(
      Object.entries(services).map(([name, { calibration }]) => [name, calibration]),
    ),
    prices,
    figures: figuresOf(summary),
  };
}

function outcomesOf({ points, seeds }: SweepGrid, store: SweepStore): SweepOutcome[] {
  return points.map(({ values, data }: SweepPoint) => {
    const scenario = scenarioHash(data);
    return { values, scenario, runs: store.runs(scenario, MTOP_VERSION, seeds) };
  });
}
