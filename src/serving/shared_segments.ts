// Shared segments in blocks: which blocks of a request are whose, and by which key they are found.

import { BLOCK_TOKENS } from "./capacity.ts";
import type { SharedContent } from "./requests.ts";

/** An adapter's keys lie apart: its keys and values are others than the model's own. */
const KEYS_AN_ADAPTER = 2 ** 31;

/** By which the blocks of a segment are found. */
export function keyOf(segment: number, adapter: number): number {
  return segment + (adapter + 1) * KEYS_AN_ADAPTER;
}

/** The block in which a segment that ends before this token ends: it may be another's from there on. */
export function blockEnd(tokens: number): number {
  return Math.floor(tokens / BLOCK_TOKENS);
}

/** The block before which the last segment ends. */
export function sharedEnd(content: SharedContent | undefined): number {
  return content === undefined ? 0 : blockEnd(content.ends[content.ends.length - 1]!);
}

/**
 * The segments with blocks from `from` to before `to`, until one says false: the key, the segment's
 * first block, and the last of its blocks before `to`, plus one.
 */
export function eachSegment(
  { ids, ends }: SharedContent,
  adapter: number,
  from: number,
  to: number,
  visit: (key: number, start: number, end: number) => boolean | void,
): void {
  for (let segment = 0, start = 0; segment < ids.length && start < to; segment++) {
    const end = blockEnd(ends[segment]!);
    const reached = Math.min(end, to);
    if (reached > Math.max(start, from)) {
      if (visit(keyOf(ids[segment]!, adapter), start, reached) === false) return;
    }
    start = end;
  }
}
