// The options of a command's world as text, so that a command that is advised looks at the same world.

import { formatDuration } from "../sim/duration.ts";
import { shellWord } from "./shell_word.ts";
import type { WorldOptions } from "./world.ts";

/** ` --log run.jsonl --at 12m30s`, to be appended to a command; empty for the mock present. */
export function worldFlags({ log, at }: WorldOptions): string {
  if (log === undefined) return "";
  return ` --log ${shellWord(log)}${at === undefined ? "" : ` --at ${formatDuration(at)}`}`;
}
