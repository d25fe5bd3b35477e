// Lengths as they were measured: a list of values to draw from, each as often as its weight says.

import { z } from "zod";
import type { Stream } from "../sim/streams.ts";
import { someTokens } from "./tokens_schema.ts";

const weight = z.number().positive();

export const empiricalSchema = z.strictObject({
  kind: z.literal("empirical"),
  // A builder never throws: what it could not read arrives here as a problem.
  values: z.unknown().check((context) => {
    const problem = (context.value as { problem?: unknown } | null | undefined)?.problem;
    if (typeof problem !== "string") return;
    context.issues.push({ code: "custom", input: problem, message: problem });
  }).pipe(z.array(someTokens).min(1, "give a value at least")),
  /** One for each value; left out, all are equally likely. */
  weights: z.array(weight).optional(),
}).refine(({ values, weights }) => weights === undefined || weights.length === values.length, {
  message: "give each value a weight, or none",
  path: ["weights"],
});

export type Empirical = z.output<typeof empiricalSchema>;

export function empiricalSampler({ values, weights }: Empirical, stream: Stream): () => number {
  if (!weights) return () => values[stream.integer(0, values.length - 1)]!;
  let total = 0;
  const upTo = weights.map((weight) => total += weight);
  return () => {
    const drawn = stream.uniform() * total;
    let low = 0, high = upTo.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (upTo[middle]! > drawn) high = middle;
      else low = middle + 1;
    }
    return values[low]!;
  };
}
