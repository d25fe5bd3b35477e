// The option `--set path=value`, which a run, a fork, a sweep and a comparison have alike.

import { InvalidArgumentError } from "@commander-js/extra-typings";
import { definitionsOf, withDefinitions } from "../scenario/own_code.ts";
import { applySettings, parseSetting, type Setting } from "../scenario/set.ts";
import { CliError } from "./exit.ts";
import { quotedWord } from "./shell_word.ts";

/** Collects what the option was given; commander's parser of it. */
export function setting(text: string, before: readonly Setting[] | undefined): readonly Setting[] {
  const parsed = parseSetting(text);
  if ("problem" in parsed) throw new InvalidArgumentError(parsed.problem);
  return [...before ?? [], parsed];
}

/** The scenario with the changes made; throws a `CliError` where a path leads nowhere. */
export function withSettings(data: unknown, settings: readonly Setting[] = []): unknown {
  // What is no scenario is told by its plan.
  const isScenario = typeof data === "object" && data !== null && !Array.isArray(data);
  if (settings.length === 0 || !isScenario) return data;
  const result = applySettings(data, settings);
  if ("problem" in result) throw new CliError(result.problem);
  return withDefinitions(result.data, definitionsOf(data));
}

/** The options again, as a shell takes them: for the line that reproduces a run. */
export function settingWords(settings: readonly Setting[] = []): string[] {
  return settings.flatMap(({ text }) => ["--set", quotedWord(text)]);
}
