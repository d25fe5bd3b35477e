// Lengths as they were measured: a list of values to draw from, each as often as its weight says.

import { z } from "zod";
import type { Stream } from "../sim/streams.ts";
import { someTokens } from "./tokens.ts";

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

/** Values and weights as data, or what is wrong with a text. */
export interface EmpiricalColumns {
  readonly values: unknown;
  readonly weights?: readonly unknown[];
}

/** A line: a value, and perhaps its weight after a comma, a semicolon or space. */
const LINE = /^(\d+)(?:\s*[,;\s]\s*(\d+(?:\.\d+)?(?:[eE][-+]?\d+)?))?$/;

/** Reads values, or pairs of value and weight, from a list or from text with one on each line. */
export function readEmpirical(given: unknown): EmpiricalColumns {
  if (typeof given === "string") return readText(given);
  if (!Array.isArray(given)) return { values: given };
  if (!given.some((entry) => Array.isArray(entry))) return { values: given };
  const pairs = given.map((entry: unknown) => Array.isArray(entry) ? entry : [entry, 1]);
  return { values: pairs.map(([value]) => value), weights: pairs.map(([, weight]) => weight) };
}

function readText(text: string): EmpiricalColumns {
  const values: number[] = [];
  const weights: number[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    // A byte order mark is space to `trim`.
    const entry = line.trim();
    if (entry === "") continue;
    const found = LINE.exec(entry);
    if (!found) {
      const said = JSON.stringify(entry.slice(0, 60));
      const problem = `line ${index + 1} is neither a value nor a value and its weight: ${said}`;
      return { values: { problem } };
    }
    values.push(Number(found[1]));
    weights.push(Number(found[2] ?? 1));
  }
  return weights.every((weight) => weight === 1) ? { values } : { values, weights };
}

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
