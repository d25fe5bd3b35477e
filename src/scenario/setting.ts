// `--set path=value` as it is written; what it changes in a scenario is another matter.

import { parsePath, type PathPart } from "./set_path.ts";

/** One change of a scenario's data. */
export interface Setting {
  /** As it was written: `load[0].rps=30`. */
  readonly text: string;
  readonly path: readonly PathPart[];
  /** Plain JSON data; null takes the field or the entry away. */
  readonly value: unknown;
}

/**
 * Reads `path=value`. The path is one as problems print it, or with the name of an entry for its place:
 * `load[0].rps`, `load.chat.rps`, `services[0].metadata.annotations["mtop.dev/rps"]`. The value is JSON,
 * and what is no JSON is text: `30`, `1s`, `[]`, `{"p95":"1s"}`, `null`.
 */
export function parseSetting(text: string): Setting | { readonly problem: string } {
  const end = endOfPath(text);
  const path = end < 0 ? undefined : parsePath(text.slice(0, end));
  if (!path) {
    return { problem: `Cannot set "${text}": write path=value, such as load[0].rps=30` };
  }
  return { text, path, value: valueOf(text.slice(end + 1)) };
}

/** The first `=` that is in no quotes. */
function endOfPath(text: string): number {
  const outside = /^(?:[^="]|"(?:[^"\\]|\\.)*")*=/.exec(text);
  return outside ? outside[0].length - 1 : -1;
}

/** JSON, else the text itself. */
export function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
