// `mtop compare`: two scenarios under the same seeds, and which of their figures differ.

import { compareSummaries, type SummaryPair } from "../report/comparison.ts";
import { comparisonText } from "../report/comparison_text.ts";
import { problemsText } from "../report/problems_text.ts";
import { plan } from "../scenario/plan.ts";
import type { Setting } from "../scenario/setting.ts";
import { widthOf } from "./console.ts";
import type { CliContext } from "./context.ts";
import { CliError, EXIT } from "./exit.ts";
import { runJobs } from "./jobs.ts";
import { loadSandboxed } from "./sandbox.ts";
import { openSeedPool, type SeedResult } from "./seed_pool.ts";
import { settingWords } from "./set_option.ts";
import { withSettings } from "./set_scenario.ts";
import { stopOnSignals } from "./signals.ts";

export interface CompareOptions {
  readonly seeds: number;
  /** Changes of `b`. */
  readonly set?: readonly Setting[];
  readonly jobs?: number;
  readonly output: "text" | "json";
}

interface Side {
  readonly name: string;
  readonly data: unknown;
}

/** Runs both under the seeds 1 to `seeds` and prints how they differ; 104 when one of them is invalid. */
export async function compare(
  files: readonly string[],
  { seeds, set, jobs, output }: CompareOptions,
  context: CliContext,
): Promise<number> {
  const { console } = context;
  using signals = stopOnSignals();
  const { stop } = signals;
  const [first, second = first, ...more] = files;
  if (first === undefined || second === undefined || more.length > 0) {
    throw new CliError("Cannot compare: name two scenario files, or one and --set for b");
  }
  if (second === first && !set) {
    throw new CliError("Cannot compare a scenario with itself: name another, or add --set");
  }
  const loaded = await loadSandboxed(first, console, stop);
  const other = second === first ? loaded : await loadSandboxed(second, console, stop);
  const a: Side = { name: first, data: loaded };
  const b: Side = {
    name: [second, ...settingWords(set)].join(" "),
    data: withSettings(other, set),
  };
  for (const { name, data } of [a, b]) {
    const planned = plan(data);
    if (!("problems" in planned)) continue;
    console.err(problemsText(name, planned.problems));
    return EXIT.invalidScenario;
  }
  const { gpuPrices } = context.settings();
  using pool = openSeedPool({ stop, gpuPrices, ...(jobs === undefined ? {} : { jobs }) });
  const all = [a, b].flatMap(({ data }) =>
    Array.from({ length: seeds }, (_, index) => ({ data, seed: index + 1 }))
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
