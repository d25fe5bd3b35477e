// Open-loop loads, which arrive whether or not the service keeps up: Poisson, and at a constant pace.

import { randomExponential } from "d3-random";
import { z } from "zod";
import { lengthSampler, lengthSchema } from "./lengths.ts";
import { arriveAfterGaps, type LoadContext, loadFields } from "./load.ts";

const openLoop = {
  ...loadFields,
  /** Requests per second. */
  rps: z.number().positive().max(1_000_000),
  prompt: lengthSchema,
  output: lengthSchema,
};

export const poissonSchema = z.strictObject({ kind: z.literal("poisson"), ...openLoop });
export const constantSchema = z.strictObject({ kind: z.literal("constant"), ...openLoop });

type OpenLoop = z.output<typeof poissonSchema> | z.output<typeof constantSchema>;

const US_PER_S = 1_000_000;

/** Starts the load: Poisson arrivals have exponential gaps, rounded to the µs when drawn. */
export function startOpenLoop(load: OpenLoop, context: LoadContext): void {
  const prompt = lengthSampler(load.prompt, context.stream("prompt"));
  const output = lengthSampler(load.output, context.stream("output"));
  const arrive = () => context.submit(prompt(), output());
  arriveAfterGaps(
    context,
    load.kind === "poisson" ? poissonGaps(load, context) : evenGaps(load),
    arrive,
  );
}

function poissonGaps(load: OpenLoop, context: LoadContext): () => number {
  const arrivals = context.stream("arrivals");
  const draw = randomExponential.source(() => arrivals.uniform())(load.rps / US_PER_S);
  return () => Math.round(draw());
}

/** No gap before the first; the others differ by at most 1 µs and add up to the rate exactly. */
function evenGaps(load: OpenLoop): () => number {
  let arrived = 0;
  let lastUs = 0;
  return () => {
    const atUs = Math.round(arrived * US_PER_S / load.rps);
    const gapUs = atUs - lastUs;
    arrived++;
    lastUs = atUs;
    return gapUs;
  };
}
