// The option `--set path=value`, which a run, a fork, a sweep and a comparison have alike.

import { InvalidArgumentError } from "@commander-js/extra-typings";
import { parseSetting, type Setting } from "../scenario/setting.ts";
import { quotedWord } from "./shell_word.ts";

/** Collects what the option was given; commander's parser of it. */
export function setting(text: string, before: readonly Setting[] | undefined): readonly Setting[] {
  const parsed = parseSetting(text);
  if ("problem" in parsed) throw new InvalidArgumentError(parsed.problem);
  return [...before ?? [], parsed];
}

/** The options again, as a shell takes them: for the line that reproduces a run. */
export function settingWords(settings: readonly Setting[] = []): string[] {
  return settings.flatMap(({ text }) => ["--set", quotedWord(text)]);
}
