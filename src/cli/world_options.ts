// The options by which a reading command says what to look at.

import { type Command, InvalidArgumentError } from "@commander-js/extra-typings";
import { parseInstant } from "../sim/duration.ts";

/** Adds `--log` and `--at`. */
export function addWorldOptions<A extends unknown[], O extends Record<string, unknown>>(
  command: Command<A, O>,
) {
  return command
    .option("--log <file>", "look at a recorded run instead of the mock cluster")
    .option("--at <time>", "at this virtual time of it, as 12m30s or 00:12:30", instant);
}

/** An instant in µs since virtual 0. */
export function instant(text: string): number {
  const us = parseInstant(text);
  if (us === undefined) throw new InvalidArgumentError("Write a time such as 12m30s or 00:12:30.");
  return us;
}
