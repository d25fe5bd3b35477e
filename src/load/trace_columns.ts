// A recorded trace as the run file holds it: its columns, and what must be true of them.

import { z } from "zod";
import { MAX_TOKENS } from "./tokens.ts";

const tokens = z.array(z.int().min(0).max(MAX_TOKENS));
/** A segment, or -1 for none. */
const segments = z.array(z.int().min(-1));

const sharedSchema = z.strictObject({
  /** The segment before each segment; segments come after those before them. */
  parents: segments,
  /** The token position at which each segment ends. */
  ends: z.array(z.int().min(1).max(MAX_TOKENS)),
  /** The last shared segment of each request. */
  lasts: segments,
});

/**
 * What prompts have in common, as a trie of segments: a prompt begins with its last shared segment and
 * those before it, and is its own from there on.
 */
export type SharedSegments = Readonly<z.output<typeof sharedSchema>>;

/** Parallel columns, one entry a request; times in µs since the first. */
export const traceColumnsSchema = z.strictObject({
  atUs: z.array(z.int().min(0)),
  promptTokens: tokens,
  outputTokens: tokens,
  shared: sharedSchema.optional(),
}).refine(({ atUs }) => atUs.length > 0, { message: "the trace has no requests" })
  .refine(
    ({ atUs, promptTokens, outputTokens, shared }) =>
      [promptTokens, outputTokens, shared?.lasts ?? atUs].every(({ length }) =>
        length === atUs.length
      ),
    { message: "the trace's columns are not equally long" },
  )
  .refine(({ atUs }) => atUs.every((us, index) => index === 0 || us >= atUs[index - 1]!), {
    message: "the trace's times must not go back",
  })
  .refine(({ shared, promptTokens }) => !shared || isTrie(shared, promptTokens), {
    message: "the trace's shared segments do not fit together",
    path: ["shared"],
  });

/** Whether each segment ends after the one before it, and no prompt before its last. */
function isTrie({ parents, ends, lasts }: SharedSegments, promptTokens: readonly number[]) {
  const endOf = (segment: number) => segment === -1 ? 0 : ends[segment] ?? Infinity;
  return parents.length === ends.length &&
    parents.every((parent, segment) => parent < segment && endOf(parent) < ends[segment]!) &&
    lasts.every((last, index) => endOf(last) <= promptTokens[index]!);
}

export type TraceColumns = z.output<typeof traceColumnsSchema>;

/** Why a file is no trace. */
export interface UnreadTrace {
  readonly problem: string;
}
