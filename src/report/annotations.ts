// What failed as GitHub's workflow commands, which a pull request shows beside the line they name. Knows no file.

import { formatInstant } from "../view/format.ts";
import {
  againText,
  failedOf,
  type RunOutcome,
  type ScenarioOutcome,
  signedMargin,
} from "./outcome.ts";
import type { ExpectationSummary } from "./summary.ts";

/** Where in a repository something stands. */
export interface Place {
  /** From the root of the repository. */
  readonly file: string;
  readonly line: number;
}

/** Finds the line that a field of the scenario is written in, as `expect` or `load[0].rps`; "" is all of it. */
export type FindPlace = (field: string) => Place;

/** A command a failed expectation, however many seeds it failed under, or a problem; each with its newline. */
export function annotationLines(outcome: ScenarioOutcome, find: FindPlace): string[] {
  const { trouble, name } = outcome;
  const failed = failuresOf(outcome).map((failure) =>
    command(
      find(failure.expectation.id),
      `${name}: ${failure.expectation.about}`,
      said(outcome, failure),
    )
  );
  if (!trouble) return failed;
  const { problems = [], message } = trouble;
  const errors = problems.length > 0
    ? problems.map(({ path, message }) =>
      command(find(path), path === "" ? name : `${name}: ${path}`, message)
    )
    : [command(thrownAt(message, find("")), name, message)];
  return [...failed, ...errors];
}

/** What a scenario throws says where, as `(canary.ts:12:5)`. */
function thrownAt(message: string, { file, line }: Place): Place {
  const at = /\(([^()]+):(\d+):\d+\)$/.exec(message);
  const isHere = at !== null && `/${file}`.endsWith(`/${at[1]}`);
  return { file, line: isHere ? Number(at[2]) : line };
}

interface Failure {
  /** As it was found where it was missed by the most. */
  readonly expectation: ExpectationSummary;
  readonly seed: number;
  readonly seeds: number;
}

function failuresOf({ runs }: ScenarioOutcome): Failure[] {
  const failures = new Map<string, Failure>();
  for (const run of runs) {
    for (const expectation of failedOf(run)) {
      const worst = failures.get(expectation.id);
      failures.set(expectation.id, worse(worst, expectation, run));
    }
  }
  return [...failures.values()];
}

function worse(
  worst: Failure | undefined,
  expectation: ExpectationSummary,
  { seed }: RunOutcome,
): Failure {
  if (!worst) return { expectation, seed, seeds: 1 };
  const seeds = worst.seeds + 1;
  return signedMargin(expectation)! < signedMargin(worst.expectation)!
    ? { expectation, seed, seeds }
    : { ...worst, seeds };
}

function said(outcome: ScenarioOutcome, { expectation, seed, seeds }: Failure): string {
  const { expected, got, atSeconds } = expectation;
  const many = outcome.overSeeds ? `failed under ${seeds} of ${outcome.runs.length} seeds: ` : "";
  return `${many}expected ${expected}, got ${got} at ${formatInstant(atSeconds * 1e6)}\n` +
    `once more: ${againText(outcome, seed)}`;
}

function command({ file, line }: Place, title: string, message: string): string {
  return `::error file=${property(file)},line=${line},title=${property(title)}::${data(message)}\n`;
}

/** The escapes of GitHub's runner: a line end would end the command. */
function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

/** In a property a colon or a comma would end it, too. */
function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
