// `mtop size`: the fewest GPUs, or the highest rate, with which a service keeps its objectives.

import { problemsText } from "../report/problems_text.ts";
import {
  type Candidate,
  ranked,
  type Shape,
  type Sizing,
  sizingJson,
  type Trial,
} from "../report/sizing.ts";
import { sizingText } from "../report/sizing_text.ts";
import { type Plan, plan } from "../scenario/plan.ts";
import type { Setting } from "../scenario/setting.ts";
import { type Limits, type Replicas, rpsOf, withLimits } from "../scenario/sizing.ts";
import { type Console, marks, widthOf } from "./console.ts";
import type { CliContext } from "./context.ts";
import { CliError, EXIT } from "./exit.ts";
import { oneService } from "./one_service.ts";
import { loadSandboxed } from "./sandbox.ts";
import { openSeedPool, type SeedPool } from "./seed_pool.ts";
import { withSettings } from "./set_scenario.ts";
import { stopOnSignals } from "./signals.ts";
import { SizeProgress } from "./size_progress.ts";
import { refuseIdle, refuseIdlePrefill, refuseScaled, requireLimits } from "./size_refusals.ts";
import { fewest, highest, type SizeSpace, splitsOf } from "./size_search.ts";
import { scenarioOfService } from "./size_service.ts";
import { type PlannedShape, shapesOf, spaceOf } from "./size_shapes.ts";
import { SizeTrials } from "./size_trials.ts";

export interface SizeOptions {
  readonly maxRps?: true;
  /** With `maxRps`: GPUs that are shared out; else the replicas stay as they are. */
  readonly gpus?: number;
  readonly limits: Limits;
  /** Largest share of errors. */
  readonly maxErrors: number;
  /** Of each role. */
  readonly maxReplicas: number;
  /** Replicas of prefill, where these are not to be varied. */
  readonly prefill?: number;
  readonly seeds: number;
  readonly set?: readonly Setting[];
  /** Which service of a scenario that has several. */
  readonly service?: string;
  /** Of a service of the mock cluster: what it is sized for. */
  readonly rps?: number;
  /** Kinds of GPUs, and how many of them a model is spread over. */
  readonly gpu?: readonly string[];
  readonly tp?: readonly number[];
  readonly namespace?: string;
  readonly jobs?: number;
  readonly plot?: true;
  readonly output: "text" | "json";
}

/** 0 when a size was found, 99 when not even the largest holds, 104 when the scenario is invalid. */
export async function size(
  what: string,
  options: SizeOptions,
  context: CliContext,
): Promise<number> {
  const { console } = context;
  refuseIdle(options, isFile(what));
  using signals = stopOnSignals();
  const { stop } = signals;
  const given = isFile(what)
    ? await loadSandboxed(what, console, stop)
    : scenarioOfService(await context.store(), what, options, context);
  const set = withSettings(given, options.set);
  const before = plan(set);
  if ("problems" in before) return invalid(what, before.problems, console);
  const service = oneService(before, options.service, "what to size");
  const data = withLimits(set, service, options.limits);
  const planned = plan(data);
  if ("problems" in planned) return invalid(what, planned.problems, console);
  requireLimits(data, service);
  refuseIdlePrefill(planned, service, options);
  const shapes = shapesOf(data, planned, service, options);
  const problems = shapes.map((shape) => "problems" in shape ? shape.problems : []);
  if (problems.every(({ length }) => length > 0)) return invalid(what, problems[0]!, console);
  const { gpuPrices } = context.settings();
  const { jobs } = options;
  using pool = openSeedPool({ stop, gpuPrices, ...(jobs === undefined ? {} : { jobs }) });
  const sizing = await search({ planned, service, options, pool, console }, shapes);
  console.out(
    options.output === "json"
      ? sizingJson(sizing)
      : sizingText(sizing, { marks: marks(console), ...widthOf(console) }),
  );
  return sizing.candidates[0]!.best ? EXIT.passed : EXIT.expectationFailed;
}

function isFile(what: string): boolean {
  return /[/\\]|\.[cm]?[jt]s$/.test(what);
}

function invalid(
  what: string,
  problems: Parameters<typeof problemsText>[1],
  console: Console,
): number {
  console.err(problemsText(what, problems));
  return EXIT.invalidScenario;
}

interface Subject {
  readonly planned: Plan;
  readonly service: string;
  readonly options: SizeOptions;
  readonly pool: SeedPool;
  readonly console: Console;
}

/** Searches each shape, all at once. Throws a `CliError` where there is nothing to size. */
async function search(
  subject: Subject,
  shapes: readonly PlannedShape[],
): Promise<Sizing> {
  const { planned, service, options, console } = subject;
  const { seeds, maxErrors } = options;
  const rate = rpsOf(planned, service);
  if (options.maxRps && "problem" in rate) {
    throw new CliError(`Cannot raise the rate: ${rate.problem}`);
  }
  if (options.plot && "problem" in rate) {
    throw new CliError(`Cannot plot over the rate: ${rate.problem}`);
  }
  if (!options.maxRps || options.gpus !== undefined) refuseScaled(planned, service);
  const progress = new SizeProgress(console, seeds);
  const searches = shapes.map((shape) => searchShape(subject, shape, shapes.length > 1, progress));
  const of = options.maxRps ? "rps" : "replicas";
  try {
    const searched = await Promise.all(searches);
    const candidates = ranked(searched.map(({ candidate }) => candidate), of);
    const [first] = candidates;
    if (candidates.every(({ cannot }) => cannot !== undefined)) throw new CliError(first!.cannot!);
    const { trials } = searched.find(({ candidate }) => candidate === first)!;
    const plotted = options.plot && trials && first?.best
      ? [{ ...first, rates: await ratesOf(trials, first.best) }, ...candidates.slice(1)]
      : candidates;
    return { service, of, seeds, maxErrors, candidates: plotted };
  } finally {
    progress.clear();
  }
}

/** Around the rate of a size, as shares of it. */
const PLOTTED_RATES = [0.25, 0.5, 0.75, 1, 1.125, 1.25, 1.5];

/** A size under other rates, the lowest first, and what else was tried of it. */
async function ratesOf(trials: SizeTrials, best: Trial): Promise<readonly Trial[]> {
  const { replicas, prefill, rps } = best;
  const size: Replicas = { replicas, ...(prefill === undefined ? {} : { prefill }) };
  await Promise.all(
    PLOTTED_RATES.map((share) =>
      trials.try({ ...size, rps: Number((rps! * share).toPrecision(3)) })
    ),
  );
  const all = await trials.all();
  return all.filter((each) => each.replicas === replicas && each.prefill === prefill)
    .toSorted((a, b) => a.rps! - b.rps!);
}

/** What came of a shape; without trials where it cannot be. */
interface Searched {
  readonly candidate: Candidate;
  readonly trials?: SizeTrials;
}

async function searchShape(
  { service, options, pool }: Subject,
  shape: PlannedShape,
  isOneOfMany: boolean,
  progress: SizeProgress,
): Promise<Searched> {
  const { gpu, tensorParallel } = shape;
  const cannot = (why: string): Searched => ({
    candidate: { gpu, tensorParallel, calibration: null, best: null, cannot: why, trials: [] },
  });
  if ("problems" in shape) return cannot(shape.problems[0]!.message);
  const { data, planned } = shape;
  const { seeds, maxErrors, maxRps, gpus } = options;
  const space = spaceOf(shape, service, options);
  const splits = gpus === undefined
    ? [space.start]
    : splitsOf(space, Math.min(gpus, space.maxGpus));
  if (splits.length === 0) {
    return cannot(`Cannot share out ${gpus} GPUs: that is less than a replica needs`);
  }
  const trials = new SizeTrials(
    {
      ...{ data, planned, service, seeds, maxErrors },
      of: maxRps ? "rps" : "replicas",
      label: isOneOfMany ? shapeText(shape) : "",
    },
    pool,
    progress,
  );
  const best = maxRps
    ? await highest(trials, splits, rateOf(planned, service))
    : await fewest(trials, space);
  const { calibration } = trials;
  const isBound = (gpus ?? mostGpus(space)) > space.maxGpus && (gpus !== undefined || !best);
  const bound = isBound ? { bound: space.maxGpus } : {};
  const tried = await trials.all();
  return {
    candidate: { gpu, tensorParallel, calibration, best: best ?? null, ...bound, trials: tried },
    trials,
  };
}

function rateOf(planned: Plan, service: string): number {
  const rate = rpsOf(planned, service);
  return "rps" in rate ? rate.rps : 0;
}

/** Those of the largest size that would be tried. */
function mostGpus({ start, gpus, maxReplicas, variesPrefill }: SizeSpace): number {
  const { prefill = 0 } = start;
  return maxReplicas * gpus.replica +
    (variesPrefill && prefill > 0 ? maxReplicas : prefill) * gpus.prefill;
}

function shapeText({ gpu, tensorParallel }: Shape): string {
  return `tp ${tensorParallel}, ${gpu}`;
}
