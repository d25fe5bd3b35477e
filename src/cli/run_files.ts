// The files that `mtop run` is asked for: patterns that the shell left alone become the files they match.

import { globSync } from "node:fs";
import { CliError } from "./exit.ts";

/** What makes a word a pattern, unless there is a file of just that name. */
const PATTERN = /[*?[{]/;

/**
 * The files of the words, in their order, those of a pattern sorted; each file once. Throws a `CliError`
 * for a pattern that matches none; whether a plain name is a file is found out when it is read.
 */
export function filesOf(words: readonly string[]): string[] {
  return [...new Set(words.flatMap((word) => isPattern(word) ? matchesOf(word) : [word]))];
}

function isPattern(word: string): boolean {
  return PATTERN.test(word) && !exists(word);
}

function matchesOf(pattern: string): string[] {
  // By code unit: the same order on every machine, whatever its language.
  const found = expand(pattern).filter(isFile).sort();
  if (found.length > 0) return found;
  throw new CliError(`Cannot find a scenario: no file matches "${pattern}"`);
}

function expand(pattern: string): string[] {
  try {
    return globSync(pattern);
  } catch (error) {
    throw new CliError(`Cannot look for "${pattern}": ${(error as Error).message}`);
  }
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
