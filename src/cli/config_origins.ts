// YAML with a comment behind each field: where its value is from. It stays YAML of the same value.

import { keyPositions, type Position, positionKey } from "./yaml_positions.ts";

/** Comments of long lines do not push those of the others away. */
const MAX_COLUMN = 56;

/** A text that stands as a block on the lines below, in a list and behind a key. */
const DASHED_BLOCK = /^(?:- )+[|>][-+\d]*$/;
const KEYED_BLOCK = /^(?:"[^"]*"|'[^']*'|[^"'].*): [|>][-+\d]*$/;

/**
 * `origins` are by JSON pointer below `root`. A text of several lines gets its comment on its last
 * line, where YAML allows one, or behind the `|` of a block.
 */
export function withOrigins(
  yaml: string,
  origins: ReadonlyMap<string, string>,
  root: string,
): string {
  const lines = yaml.replace(/\n$/, "").split("\n");
  const begins = new Map(
    [...keyPositions(yaml)].map(([key, position]) => [key, beginOf(position, lines)]),
  );
  const starts = [...new Set([...begins.values()].map(({ line }) => line))]
    .sort((left, right) => left - right);
  const comments = new Map<number, string>();
  for (const [pointer, origin] of origins) {
    const path = `${root}${pointer}`.split("/").slice(1).map(unescaped);
    const begin = begins.get(positionKey(path));
    if (begin === undefined) continue;
    const { line, isBlock } = begin;
    comments.set(isBlock ? line : lastLine(line, starts, lines.length), origin);
  }
  const column = Math.max(
    0,
    ...[...comments.keys()].map((line) => lines[line - 1]?.length ?? 0)
      .filter((length) => length <= MAX_COLUMN),
  );
  return lines.map((line, index) => {
    const origin = comments.get(index + 1);
    return origin === undefined ? `${line}\n` : `${line.padEnd(column)}  # ${origin}\n`;
  }).join("");
}

interface Begin {
  readonly line: number;
  readonly isBlock: boolean;
}

/**
 * The line of the key or the dash. The position of a block in a list is that of its text, which is
 * the beginning of the line below; what else is in a list stands behind its dash.
 */
function beginOf({ line, column }: Position, lines: readonly string[]): Begin {
  const above = lines[line - 2]?.trim() ?? "";
  if (column === 1 && DASHED_BLOCK.test(above)) return { line: line - 1, isBlock: true };
  return { line, isBlock: KEYED_BLOCK.test(lines[line - 1]?.slice(column - 1) ?? "") };
}

/** The last line of what begins on a line: the one before the next beginning. */
function lastLine(line: number, starts: readonly number[], end: number): number {
  const next = starts.find((start) => start > line);
  return next === undefined ? end : next - 1;
}

function unescaped(part: string): string {
  return part.replaceAll("~1", "/").replaceAll("~0", "~");
}
