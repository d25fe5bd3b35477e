// What became of a scenario, as data: its runs, or why there are none. Reports for pipelines are written from it.

import type { DoneByHand } from "../scenario/hand.ts";
import type { Problem } from "../scenario/problem.ts";
import type { ExpectationSummary, Summary } from "./summary.ts";

/** What is left of a run, small enough to keep a thousand of them; plain data. */
export interface RunOutcome {
  readonly seed: number;
  /** Hash of the log; equal hashes are equal runs. */
  readonly hash: string;
  readonly events: number;
  readonly virtualUs: number;
  /** Wall time; the one figure that differs between two runs of a scenario and seed. */
  readonly wallMs: number;
  /** The metrics of every service, and the verdicts (`summary.expectations`). */
  readonly summary: Summary;
  /** What was done by hand about its rollouts; absent: nothing. */
  readonly acts?: readonly DoneByHand[];
}

/** Why a scenario did not come to its verdicts. */
export interface Trouble {
  readonly kind: "invalid" | "threw" | "interrupted" | "failed";
  /** One sentence. */
  readonly message: string;
  /** Of an invalid scenario. */
  readonly problems?: readonly Problem[];
}

export interface ScenarioOutcome {
  /** As the user calls it. */
  readonly file: string;
  /** The scenario's own name; of one that could not be loaded that of its file. */
  readonly name: string;
  /** In the order of their seeds. */
  readonly runs: readonly RunOutcome[];
  /** Whether the user asked for many seeds. */
  readonly overSeeds: boolean;
  readonly trouble?: Trouble;
  /** The command line that runs it once more, but for its ` --seed N`. */
  readonly again: string;
  /** What that command line does not do again: what was done by hand, in words. */
  readonly byHand?: string;
}

export function failedOf({ summary }: RunOutcome): readonly ExpectationSummary[] {
  return summary.expectations.filter(({ passed }) => !passed);
}

export function hasPassed(run: RunOutcome): boolean {
  return failedOf(run).length === 0;
}

/** The line that reproduces a run, and what is to be done by hand then. */
export function againText({ again, byHand }: ScenarioOutcome, seed: number): string {
  const line = `${again} --seed ${seed}`;
  return byHand === undefined ? line : `${line} --top, and by hand: ${byHand}`;
}

/**
 * The distance from the threshold, negative on its wrong side. What failed without one, since it had no
 * samples or never happened, is further off than anything that has one; null: nothing to be near to.
 */
export function signedMargin({ passed, margin }: ExpectationSummary): number | null {
  if (margin !== null) return passed ? margin : -margin;
  return passed ? null : -Infinity;
}

/** The expectation that held by the least, or missed by the most. */
export function tightest({ summary }: RunOutcome): ExpectationSummary | undefined {
  return summary.expectations
    .filter((each) => signedMargin(each) !== null)
    .reduce<ExpectationSummary | undefined>(
      (least, each) => least && signedMargin(least)! <= signedMargin(each)! ? least : each,
      undefined,
    );
}
