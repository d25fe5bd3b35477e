// Several scenarios as text: a line each, what failed of it below, and how they all went. Computes nothing.

import { formatInstant } from "../view/format.ts";
import { againText, failedOf, hasPassed, type ScenarioOutcome, type Trouble } from "./outcome.ts";
import { seedStatistics } from "./seed_statistics.ts";
import { passRateText, seedLine } from "./seed_text.ts";
import type { TextOptions } from "./text.ts";

/** Whether everything that was expected was there. */
export function isGood({ trouble, runs }: ScenarioOutcome): boolean {
  return trouble === undefined && runs.every(hasPassed);
}

/** One scenario of several; `fileWidth` is that of the longest name, so that the lines align. */
export function outcomeText(
  outcome: ScenarioOutcome,
  { marks = { passed: "✓", failed: "✗" }, fileWidth }: TextOptions & { readonly fileWidth: number },
): string {
  const mark = isGood(outcome) ? marks.passed : marks.failed;
  const head = `${mark} ${outcome.file.padEnd(fileWidth)}   ${wordOf(outcome)}`;
  return `${head}\n${detailLines(outcome, marks).map((line) => `${line}\n`).join("")}`;
}

const TROUBLES: Readonly<Record<Trouble["kind"], string>> = {
  invalid: "invalid",
  threw: "threw",
  interrupted: "interrupted",
  failed: "could not be run",
};

function wordOf(outcome: ScenarioOutcome): string {
  const { trouble, runs, overSeeds } = outcome;
  if (trouble) return TROUBLES[trouble.kind];
  if (overSeeds) return passRateText(seedStatistics(runs));
  const [run] = runs;
  // Only its plan was asked for.
  if (!run) return "planned";
  const all = run.summary.expectations.length;
  const failed = failedOf(run).length;
  const verdict = all === 0
    ? "nothing was expected"
    : failed === 0
    ? `${all} of ${all} expectations held`
    : `${failed} of ${all} expectations failed`;
  return `${verdict}, seed ${run.seed}, log ${run.hash.slice(0, 12)}`;
}

function detailLines(outcome: ScenarioOutcome, marks: NonNullable<TextOptions["marks"]>): string[] {
  const failed = outcome.runs.filter((run) => !hasPassed(run));
  const [first] = failed;
  if (!first) return [];
  if (outcome.overSeeds) {
    const { worst } = seedStatistics(outcome.runs);
    return [
      ...failed.map((run) => `  ${seedLine(run, { marks }).trimEnd()}`),
      `    once more: ${againText(outcome, worst?.seed ?? first.seed)}`,
    ];
  }
  return [
    ...failedOf(first).map(({ about, expected, got, atSeconds }) =>
      `    ${marks.failed} ${about}: expected ${expected}, got ${got} (at ${
        formatInstant(atSeconds * 1e6)
      })`
    ),
    `    once more: ${againText(outcome, first.seed)}`,
  ];
}

/** `20 scenarios: 18 passed, 1 failed, 1 invalid, 3 not run`. */
export function closingText(outcomes: readonly ScenarioOutcome[], notRun: number): string {
  const all = outcomes.length + notRun;
  const troubled = (kind: Trouble["kind"]) =>
    outcomes.filter(({ trouble }) => trouble?.kind === kind).length;
  const failed = outcomes.filter((outcome) => !outcome.trouble && !isGood(outcome)).length;
  const others: readonly (readonly [number, string])[] = [
    [failed, "failed"],
    ...Object.entries(TROUBLES).map(([kind, word]) =>
      [troubled(kind as Trouble["kind"]), word] as const
    ),
    [notRun, "not run"],
  ];
  const counts = others.filter(([count]) => count > 0).map(([count, word]) => `, ${count} ${word}`);
  return `${all} ${all === 1 ? "scenario" : "scenarios"}: ${outcomes.filter(isGood).length} passed${
    counts.join("")
  }\n`;
}
