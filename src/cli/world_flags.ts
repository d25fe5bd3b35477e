// The options of a command's world as text, so that a command that is advised looks at the same world.

import { formatDuration } from "../sim/duration.ts";
import type { Settings } from "./settings.ts";
import { shellWord } from "./shell_word.ts";
import type { WorldOptions } from "./world.ts";

/**
 * ` --log run.jsonl --at 12m30s`, or ` --mocks DIR` of a folder of the user's own, to be appended to a
 * command; empty for the mock present that mtop brings.
 */
export function worldFlags(
  { log, at }: WorldOptions,
  { mocks }: Pick<Settings, "mocks"> = {},
): string {
  if (log !== undefined) {
    return ` --log ${shellWord(log)}${at === undefined ? "" : ` --at ${formatDuration(at)}`}`;
  }
  return mocks === undefined ? "" : ` --mocks ${shellWord(mocks)}`;
}
