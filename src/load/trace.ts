// Recorded requests played again, whatever file they came from.

import { z } from "zod";
import { type LoadContext, loadFields, type SubmitOptions } from "./load.ts";
import { type SharedSegments, traceColumnsSchema } from "./trace_columns.ts";

export const traceSchema = z.strictObject({
  kind: z.literal("trace"),
  ...loadFields,
  /** Plays the trace so many times faster. */
  speedup: z.number().positive().optional(),
  // A builder never throws: what it could not read arrives here as a problem.
  requests: z.unknown().check((context) => {
    const problem = (context.value as { problem?: unknown } | undefined)?.problem;
    if (typeof problem !== "string") return;
    context.issues.push({ code: "custom", input: problem, message: problem });
  }).pipe(traceColumnsSchema),
});

export type Trace = z.output<typeof traceSchema>;

/**
 * Plays the trace from the load's start, or from where the load that it continues was; a request of no
 * prompt or answer counts as one token.
 */
export function startTrace(load: Trace, context: LoadContext): void {
  const { atUs, promptTokens, outputTokens, shared } = load.requests;
  const { clock, startUs, originUs = startUs, endUs, keep } = context;
  const reserve = () => context.reserveSegments(shared?.ends.length ?? 0);
  // Only of a trace that is continued it is worth to know whether the segments are the same.
  const base = () => keep ? keep(`trace ${JSON.stringify(shared)}`, reserve) : reserve();
  const contents = shared && contentsOf(shared, base());
  const speedup = load.speedup ?? 1;
  const isDue = (us: number) => originUs + Math.round(us / speedup) >= startUs;
  const first = atUs.findIndex(isDue);
  let index = first < 0 ? atUs.length : first;
  const schedule = () => {
    if (index >= atUs.length) return;
    const dueUs = originUs + Math.round(atUs[index]! / speedup);
    if (dueUs < endUs) clock.at(dueUs, fire);
  };
  const fire = () => {
    const options = contents?.[shared!.lasts[index]!];
    context.submit(Math.max(1, promptTokens[index]!), Math.max(1, outputTokens[index]!), options);
    index++;
    schedule();
  };
  schedule();
}

/** What each segment's prompts begin with, from the first segment to that one; ids from `base` on. */
function contentsOf({ parents, ends }: SharedSegments, base: number): SubmitOptions[] {
  const contents: { readonly content: { readonly ids: number[]; readonly ends: number[] } }[] = [];
  for (const [segment, parent] of parents.entries()) {
    const before = contents[parent]?.content;
    contents.push({
      content: {
        ids: before ? [...before.ids, base + segment] : [base + segment],
        ends: before ? [...before.ends, ends[segment]!] : [ends[segment]!],
      },
    });
  }
  return contents;
}
