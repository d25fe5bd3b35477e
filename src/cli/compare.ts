// `mtop compare`: two scenarios under the same seeds, and which of their figures differ.

import { compareSummaries, type SummaryPair } from "../report/comparison.ts";
import { comparisonText } from "../report/comparison_text.ts";
import { problemsText } from "../report/problems_text.ts";
import { type Plan, plan } from "../scenario/plan.ts";
import type { Problem } from "../scenario/problem.ts";
import type { Setting } from "../scenario/setting.ts";
import { type Console, widthOf } from "./console.ts";
import type { CliContext } from "./context.ts";
import { CliError, EXIT } from "./exit.ts";
import { runJobs } from "./jobs.ts";
import { oneService } from "./one_service.ts";
import { loadSandboxed } from "./sandbox.ts";
import { openSeedPool, type SeedJob, type SeedResult } from "./seed_pool.ts";
import { settingWords } from "./set_option.ts";
import { withSettings } from "./set_scenario.ts";
import { stopOnSignals } from "./signals.ts";
import { shapesOf } from "./size_shapes.ts";

export interface CompareOptions {
  readonly seeds: number;
  /** Changes of both, made before those of `b`. */
  readonly both?: readonly Setting[];
  /** Changes of `b`. */
  readonly set?: readonly Setting[];
  /** Of `b`: how its service is spread over which GPUs. */
  readonly tp?: number;
  readonly gpu?: string;
  readonly service?: string;
  readonly jobs?: number;
  readonly output: "text" | "json";
}

interface Side {
  readonly name: string;
  readonly data: unknown;
}

/** All that is wrong with what is asked for. */
interface NoSide {
  readonly name: string;
  readonly problems: readonly Problem[];
}

function sideOf(file: string, data: unknown, set: readonly Setting[] | undefined): Side {
  return { name: [file, ...settingWords(set)].join(" "), data: withSettings(data, set) };
}

/** The same with its service in another shape; all that is wrong with it where that cannot be. */
function reshaped(
  side: Side,
  { tp, gpu, service }: CompareOptions,
): Side | NoSide {
  const planned = plan(side.data);
  if ("problems" in planned) return { name: side.name, problems: planned.problems };
  const words = [
    ...(tp === undefined ? [] : [`--tp ${tp}`]),
    ...(gpu === undefined ? [] : [`--gpu ${gpu}`]),
  ];
  const name = [side.name, ...words].join(" ");
  const [shape] = shapesOf(side.data, planned, oneService(planned, service, "what to reshape"), {
    ...(tp === undefined ? {} : { tp: [tp] }),
    ...(gpu === undefined ? {} : { gpu: [gpu] }),
  });
  return "problems" in shape! ? { name, problems: shape.problems } : { name, data: shape!.data };
}

/** Runs both under the seeds 1 to `seeds` and prints how they differ; 104 when one of them is invalid. */
export async function compare(
  files: readonly string[],
  options: CompareOptions,
  context: CliContext,
): Promise<number> {
  const { console } = context;
  const { seeds, jobs, output } = options;
  using signals = stopOnSignals();
  const { stop } = signals;
  const { a, b } = await sidesOf(files, options, console, stop);
  const scenarios: Omit<SeedJob, "seed">[] = [];
  for (const side of [a, b]) {
    const planned = "problems" in side ? side : plan(side.data);
    if ("problems" in planned) {
      console.err(problemsText(side.name, planned.problems));
      return EXIT.invalidScenario;
    }
    scenarios.push({ data: (side as Side).data, planned });
  }
  requireCommon(scenarios.map(({ planned }) => planned!));
  const { gpuPrices } = context.settings();
  using pool = openSeedPool({ stop, gpuPrices, ...(jobs === undefined ? {} : { jobs }) });
  const all = scenarios.flatMap((scenario) =>
    Array.from({ length: seeds }, (_, index): SeedJob => ({ ...scenario, seed: index + 1 }))
  );
  const results: SeedResult[] = [];
  for await (const [, result] of runJobs(pool, all, console)) results.push(result);
  const pairs = results.slice(0, seeds).map((result, index): SummaryPair => ({
    a: result.summary,
    b: results[seeds + index]!.summary,
  }));
  const found = compareSummaries(pairs);
  const sides = { a: a.name, b: b.name };
  console.out(
    output === "json"
      ? `${JSON.stringify({ ...sides, confidence: 0.95, ...found }, undefined, 2)}\n`
      : comparisonText(found, sides, widthOf(console)),
  );
  return EXIT.passed;
}

/** Figures are of services. Throws a `CliError` where no service is in both. */
function requireCommon([a, b]: readonly Plan[]): void {
  const [ofA, ofB] = [a!, b!].map(({ services }) => services.map(({ name }) => name));
  if (ofA!.some((name) => ofB!.includes(name))) return;
  throw new CliError(
    `Cannot compare: no service is in both, a has ${ofA!.join(", ")} and b has ${ofB!.join(", ")}`,
  );
}

/** Loads and changes both; of `b` there may be no such scenario. */
async function sidesOf(
  files: readonly string[],
  options: CompareOptions,
  console: Console,
  stop: AbortSignal,
): Promise<{ readonly a: Side; readonly b: Side | NoSide }> {
  const { set, both } = options;
  const [first, second = first, ...more] = files;
  if (first === undefined || second === undefined || more.length > 0) {
    throw new CliError("Cannot compare: name two scenario files, or one and --set for b");
  }
  const isReshaped = options.tp !== undefined || options.gpu !== undefined;
  if (second === first && !set && !isReshaped) {
    throw new CliError(
      "Cannot compare a scenario with itself: name another, or add --set, --tp or --gpu",
    );
  }
  const loaded = await loadSandboxed(first, console, stop);
  const other = second === first ? loaded : await loadSandboxed(second, console, stop);
  const changed = sideOf(second, other, [...both ?? [], ...set ?? []]);
  return {
    a: sideOf(first, loaded, both),
    b: isReshaped ? reshaped(changed, options) : changed,
  };
}
