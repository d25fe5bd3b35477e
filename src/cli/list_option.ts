// Options that take lists, with commas between their entries: each entry once.

import { InvalidArgumentError } from "@commander-js/extra-typings";

/** `H100-SXM,L40S`; commander's parser of it, as of the next. */
export function names(text: string): readonly string[] {
  const list = [...new Set(text.split(",").map((each) => each.trim()))];
  if (list.every((each) => each !== "")) return list;
  throw new InvalidArgumentError("Write names with commas between them, such as H100-SXM,L40S.");
}

/** `1,2,4,8`. */
export function counts(text: string): readonly number[] {
  const list = [...new Set(text.split(",").map(Number))];
  if (list.every((each) => Number.isSafeInteger(each) && each >= 1)) return list;
  throw new InvalidArgumentError("Write counts with commas between them, such as 1,2,4,8.");
}
