// The outcome of a scenario while it comes about, and the exit code that stands for it.

import { basename, extname } from "node:path";
import type { RunOutcome, ScenarioOutcome, Trouble } from "../report/outcome.ts";
import { isGood } from "../report/outcome_text.ts";
import { CliError, EXIT } from "./exit.ts";
import type { RunOptions } from "./run_options.ts";
import { settingWords } from "./set_option.ts";
import { shellWord } from "./shell_word.ts";

export interface OutcomeDraft extends ScenarioOutcome {
  name: string;
  readonly runs: RunOutcome[];
  trouble?: Trouble;
  byHand?: string;
}

/** Of a scenario that nothing is known of but what the user calls it. */
export function draftOutcome(file: string, options: RunOptions, command?: string): OutcomeDraft {
  const calibrations = options.calibration ?? [];
  const words = [
    command ?? `mtop run ${shellWord(file)}`,
    ...calibrations.flatMap((path) => ["--calibration", shellWord(path)]),
    ...settingWords(options.set),
  ];
  return {
    file,
    name: basename(file, extname(file)),
    runs: [],
    overSeeds: options.seeds !== undefined,
    again: words.join(" "),
  };
}

const TROUBLES: Readonly<Record<number, Trouble["kind"]>> = {
  [EXIT.invalidScenario]: "invalid",
  [EXIT.interrupted]: "interrupted",
  [EXIT.scenarioThrew]: "threw",
};

/** What ended a run before its verdicts, as `tellError` puts it into words. */
export function troubleOf(error: unknown): Trouble {
  const code = error instanceof CliError ? error.exitCode : EXIT.failure;
  const message = error instanceof Error ? error.message : String(error);
  return { kind: TROUBLES[code] ?? "failed", message };
}

/** From what does not matter to what matters most: verdicts that are missing hide more than bad ones. */
const SEVERITY: readonly number[] = [
  EXIT.passed,
  EXIT.expectationFailed,
  EXIT.failure,
  EXIT.invalidScenario,
  EXIT.scenarioThrew,
  EXIT.interrupted,
];

const EXIT_OF_TROUBLE: Readonly<Record<Trouble["kind"], number>> = {
  failed: EXIT.failure,
  invalid: EXIT.invalidScenario,
  threw: EXIT.scenarioThrew,
  interrupted: EXIT.interrupted,
};

export function exitCodeOf(outcome: ScenarioOutcome): number {
  if (outcome.trouble) return EXIT_OF_TROUBLE[outcome.trouble.kind];
  return isGood(outcome) ? EXIT.passed : EXIT.expectationFailed;
}

/** The worst that matters: 105 over 107 over 104 over 1 over 99 over 0. */
export function worstExitCode(codes: readonly number[]): number {
  return codes.reduce(
    (worst, code) => SEVERITY.indexOf(code) > SEVERITY.indexOf(worst) ? code : worst,
    EXIT.passed,
  );
}
