// Loads of one rate, which arrive whether or not the service keeps up: even, Poisson, and in bursts.

import { randomExponential, randomGamma } from "d3-random";
import { z } from "zod";
import { askedFields, checkAsked, senderOf } from "./asked.ts";
import { arriveAfterGaps, type LoadContext, loadFields } from "./load.ts";

export const MAX_RPS = 1_000_000;

const openLoop = {
  ...loadFields,
  /** Requests per second. */
  rps: z.number().positive().max(MAX_RPS),
  ...askedFields,
};

export const poissonSchema = checkAsked(
  z.strictObject({ kind: z.literal("poisson"), ...openLoop }),
);
export const constantSchema = checkAsked(
  z.strictObject({ kind: z.literal("constant"), ...openLoop }),
);
export const gammaSchema = checkAsked(z.strictObject({
  kind: z.literal("gamma"),
  ...openLoop,
  /** Below 1 requests come in bursts, at 1 it is Poisson, above it gaps are more alike. */
  burstiness: z.number().min(0.001).max(1_000_000),
}));

export type OpenLoop =
  | z.output<typeof poissonSchema>
  | z.output<typeof constantSchema>
  | z.output<typeof gammaSchema>;

const US_PER_S = 1_000_000;

/** Starts the load; gaps are rounded to the µs when drawn. */
export function startOpenLoop(load: OpenLoop, context: LoadContext): void {
  const send = senderOf(load, context);
  arriveAfterGaps(context, gapsOf(load, context), () => send());
}

function gapsOf(load: OpenLoop, context: LoadContext): () => number {
  if (load.kind === "constant") return evenGaps(load.rps);
  const arrivals = context.stream("arrivals");
  const source = () => arrivals.uniform();
  const ratePerUs = load.rps / US_PER_S;
  // As `vllm bench serve --burstiness` draws them (`get_request`): shape burstiness, mean 1/rps.
  const draw = load.kind === "gamma"
    ? randomGamma.source(source)(load.burstiness, 1 / (ratePerUs * load.burstiness))
    : randomExponential.source(source)(ratePerUs);
  return () => Math.round(draw());
}

/** No gap before the first; the others differ by at most 1 µs and add up to the rate exactly. */
function evenGaps(rps: number): () => number {
  let arrived = 0;
  let lastUs = 0;
  return () => {
    const atUs = Math.round(arrived * US_PER_S / rps);
    const gapUs = atUs - lastUs;
    arrived++;
    lastUs = atUs;
    return gapUs;
  };
}
