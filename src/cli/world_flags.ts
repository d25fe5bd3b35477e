// The options of a command's world as text, so that a command that is advised looks at the same world.

import { formatDuration } from "../sim/duration.ts";
import type { WorldOptions } from "./world.ts";

/** What a shell takes as it is. */
const PLAIN = /^[\w@%+=:,./-]+$/;

/** ` --log run.jsonl --at 12m30s`, to be appended to a command; empty for the mock present. */
export function worldFlags({ log, at }: WorldOptions): string {
  if (log === undefined) return "";
  const file = PLAIN.test(log) ? log : `'${log.replaceAll("'", `'\\''`)}'`;
  return ` --log ${file}${at === undefined ? "" : ` --at ${formatDuration(at)}`}`;
}
