// Open-loop loads whose rate changes: in stages, with a spike, and with the time of day.

import { z } from "zod";
import { durationSchema } from "../sim/duration_schema.ts";
import { askedFields, checkAsked, senderOf } from "./asked.ts";
import { type LoadContext, loadFields } from "./load.ts";
import { MAX_RPS } from "./open_loop.ts";
import {
  arrivalsSchema,
  arriveAlong,
  curveFrom,
  type Ramp,
  rampCurve,
  sineCurve,
} from "./rate_curve.ts";

const varying = { ...loadFields, ...askedFields, arrivals: arrivalsSchema };

/** A rate may be 0 for a while. */
const rate = z.number().min(0).max(MAX_RPS);
const span = durationSchema.refine((us) => us > 0, "write a time longer than 0s");

const stageSchema = z.strictObject({
  /** It holds this rate. */
  rps: rate.optional(),
  /** It goes straight to this one from that of the stage before; the first from 0. */
  rampTo: rate.optional(),
  for: span,
}).refine(({ rps, rampTo }) => (rps === undefined) !== (rampTo === undefined), {
  message: "a stage has either a rate that it holds (rps) or one that it goes to (rampTo)",
  // Also where another field is wrong.
  when: ({ value }) => typeof value === "object" && value !== null,
});

export const stagesSchema = checkAsked(z.strictObject({
  kind: z.literal("stages"),
  ...varying,
  stages: z.array(stageSchema).refine(
    (stages) => stages.some(({ rps, rampTo }) => (rps ?? rampTo) !== 0),
    "no stage sends anything",
  ),
}));

export const spikeSchema = checkAsked(
  z.strictObject({
    kind: z.literal("spike"),
    ...varying,
    /** Before and after it. */
    rps: rate,
    peak: rate.refine((rps) => rps > 0, "a peak is above 0"),
    /** Virtual time at which it begins. */
    at: durationSchema,
    for: span,
    /** It rises within so long, and falls as slowly after it; default: at once. */
    ramp: durationSchema.default(0),
  }).refine(({ rps, peak }) => peak > rps, {
    message: "a peak is above the rate beside it (rps)",
    path: ["peak"],
  }).refine((load) => load.ramp <= load.for, {
    message: "it rises longer (ramp) than it lasts (for)",
    path: ["ramp"],
  }).refine(({ start = 0, at }) => at >= start, {
    message: "it begins before the load does (start)",
    path: ["at"],
  }),
);

export const diurnalSchema = checkAsked(
  z.strictObject({
    kind: z.literal("diurnal"),
    ...varying,
    low: rate,
    high: rate,
    period: span,
    /** A virtual time at which it is highest; default: half a period after its start. */
    peakAt: durationSchema.optional(),
  }).refine(({ low, high }) => high > low, {
    message: "the highest rate (high) must be above the lowest (low)",
    path: ["high"],
  }),
);

export type VaryingRate =
  | z.output<typeof stagesSchema>
  | z.output<typeof spikeSchema>
  | z.output<typeof diurnalSchema>;

type Stage = z.output<typeof stageSchema>;

/** At its end. */
function rateOf({ rps, rampTo }: Stage): number {
  return rps ?? rampTo ?? 0;
}

export function startVaryingRate(load: VaryingRate, context: LoadContext): void {
  const send = senderOf(load, context);
  const { startUs, originUs = startUs } = context;
  const curve = curveFrom(curveOf(load, originUs), startUs - originUs);
  arriveAlong(curve, load.arrivals, context, () => send());
}

function curveOf(load: VaryingRate, startUs: number) {
  switch (load.kind) {
    case "stages":
      return rampCurve(rampsOfStages(load.stages));
    case "spike":
      return rampCurve(rampsOfSpike(load, startUs));
    case "diurnal": {
      const { low, high, period, peakAt = startUs + period / 2 } = load;
      // The low is half a period from the peak.
      const phaseUs = modulo(startUs - peakAt + period / 2, period);
      return sineCurve({ low, high, periodUs: period, phaseUs });
    }
  }
}

function rampsOfStages(stages: readonly Stage[]): Ramp[] {
  let lastRps = 0;
  return stages.map((stage) => {
    const toRps = rateOf(stage);
    const fromRps = stage.rps ?? lastRps;
    lastRps = toRps;
    return { lastsUs: stage.for, fromRps, toRps };
  });
}

function rampsOfSpike(
  { rps, peak, at, for: lastsUs, ramp: rampUs }: z.output<typeof spikeSchema>,
  startUs: number,
): Ramp[] {
  const ramps = [
    { lastsUs: at - startUs, fromRps: rps, toRps: rps },
    { lastsUs: rampUs, fromRps: rps, toRps: peak },
    { lastsUs: lastsUs - rampUs, fromRps: peak, toRps: peak },
    { lastsUs: rampUs, fromRps: peak, toRps: rps },
    { lastsUs: Infinity, fromRps: rps, toRps: rps },
  ];
  return ramps.filter((each) => each.lastsUs > 0);
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}
