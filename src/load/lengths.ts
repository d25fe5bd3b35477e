// How long prompts and answers are, in tokens: the distributions a load draws from.

import { randomLogNormal } from "d3-random";
import { z } from "zod";
import type { Stream } from "../sim/streams.ts";
import { empiricalSampler, empiricalSchema } from "./empirical.ts";
import { MAX_TOKENS } from "./tokens.ts";
import { someTokens } from "./tokens_schema.ts";

export { MAX_TOKENS };

// A mean of 0 is told once: it is not compared with the p99 as well.
const figure = z.number().positive({ abort: true }).max(MAX_TOKENS);

/** The 99th percentile of the standard normal distribution. */
const Z99 = 2.3263478740408408;
/** exp(z²/2): no lognormal distribution has a p99 further above its mean. */
const MAX_P99_TO_MEAN = 14.9;

const lognormalSchema = z.strictObject({ kind: z.literal("lognormal"), mean: figure, p99: figure })
  .check((context) => {
    const { mean, p99 } = context.value;
    const problem = p99 <= mean
      ? `p99 (${p99}) must be above the mean (${mean})`
      : p99 / mean > MAX_P99_TO_MEAN
      ? `no lognormal distribution has a p99 (${p99}) more than ${MAX_P99_TO_MEAN} times its mean (${mean})`
      : undefined;
    if (problem) {
      context.issues.push({ code: "custom", input: p99, path: ["p99"], message: problem });
    }
  });

export const lengthSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("fixed"), tokens: someTokens }),
  z.strictObject({ kind: z.literal("uniform"), min: someTokens, max: someTokens })
    .refine(({ min, max }) => min <= max, { message: "min must not be above max", path: ["min"] }),
  lognormalSchema,
  empiricalSchema,
]);

export type Length = z.output<typeof lengthSchema>;

/** The parameters of the normal distribution behind a lognormal one of this mean and p99. */
export function lognormalParameters(mean: number, p99: number): { mu: number; sigma: number } {
  // p99 = exp(mu + z·sigma) and mean = exp(mu + sigma²/2); of the two roots the smaller sigma.
  const sigma = Z99 - Math.sqrt(Math.max(0, Z99 * Z99 - 2 * Math.log(p99 / mean)));
  return { mu: Math.log(mean) - sigma * sigma / 2, sigma };
}

/** No length that is drawn is shorter. */
export function shortestOf(length: Length): number {
  switch (length.kind) {
    case "fixed":
      return length.tokens;
    case "uniform":
      return length.min;
    case "lognormal":
      return 1;
    case "empirical":
      return length.values.reduce((least, tokens) => Math.min(least, tokens), Infinity);
  }
}

/** A function that draws the next length: a whole number of tokens from 1 to `MAX_TOKENS`. */
export function lengthSampler(length: Length, stream: Stream): () => number {
  switch (length.kind) {
    case "fixed":
      return () => length.tokens;
    case "uniform":
      return () => stream.integer(length.min, length.max);
    case "lognormal": {
      const { mu, sigma } = lognormalParameters(length.mean, length.p99);
      const draw = randomLogNormal.source(() => stream.uniform())(mu, sigma);
      return () => Math.min(MAX_TOKENS, Math.max(1, Math.round(draw())));
    }
    case "empirical":
      return empiricalSampler(length, stream);
  }
}
