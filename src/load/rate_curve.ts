// Rates that change with time: how many requests are due by an instant, and when the next one is.

import { randomExponential } from "d3-random";
import { z } from "zod";
import type { LoadContext } from "./load.ts";

const US_PER_S = 1_000_000;

export interface RateCurve {
  /** Requests due from the load's start to so many µs after it; it never falls. */
  dueBy(us: number): number;
  /** So many µs after its start the load is over; Infinity when it has no end of its own. */
  readonly lastsUs: number;
}

/** A stretch of time whose rate goes from one to another in a straight line; in requests per second. */
export interface Ramp {
  readonly lastsUs: number;
  readonly fromRps: number;
  readonly toRps: number;
}

/** The ramps one after the other; the last may last for ever, at one rate. */
export function rampCurve(ramps: readonly Ramp[]): RateCurve {
  const starts: number[] = [];
  const dues: number[] = [];
  let atUs = 0;
  let due = 0;
  for (const { lastsUs, fromRps, toRps } of ramps) {
    starts.push(atUs);
    dues.push(due);
    atUs += lastsUs;
    due += (fromRps + toRps) / 2 * (lastsUs / US_PER_S);
  }
  return {
    lastsUs: atUs,
    dueBy: (us) => {
      const index = Math.max(0, starts.findLastIndex((start) => start <= us));
      const { lastsUs, fromRps, toRps } = ramps[index]!;
      const passedUs = Math.min(us - starts[index]!, lastsUs);
      const rise = lastsUs === Infinity ? 0 : (toRps - fromRps) * (passedUs / lastsUs) / 2;
      return dues[index]! + (fromRps + rise) * (passedUs / US_PER_S);
    },
  };
}

/** From `low` to `high` and back in every period, as a sine; at its start `phaseUs` after a low. */
export function sineCurve(
  { low, high, periodUs, phaseUs }: {
    low: number;
    high: number;
    periodUs: number;
    phaseUs: number;
  },
): RateCurve {
  // Without whole periods: the sine of a large angle is less exact.
  const angle = (us: number) => 2 * Math.PI * ((us + phaseUs) % periodUs) / periodUs;
  const swing = (high - low) / 2 * (periodUs / US_PER_S) / (2 * Math.PI);
  return {
    lastsUs: Infinity,
    dueBy: (us) =>
      (low + high) / 2 * (us / US_PER_S) - swing * (Math.sin(angle(us)) - Math.sin(angle(0))),
  };
}

/** The same curve from an instant of it on. */
export function curveFrom(curve: RateCurve, fromUs: number): RateCurve {
  if (fromUs === 0) return curve;
  const before = curve.dueBy(fromUs);
  return {
    lastsUs: Math.max(0, curve.lastsUs - fromUs),
    dueBy: (us) => curve.dueBy(fromUs + us) - before,
  };
}

export const arrivalsSchema = z.enum(["poisson", "constant"]).default("poisson");

/** What is due is counted in millionths of a request, as integers: draws are rounded to these. */
const PARTS = 1_000_000;

/**
 * Calls `arrive` whenever one more request is due: after each whole one for constant arrivals, the
 * first as soon as the rate is above 0; for Poisson arrivals after exponential amounts of mean 1, which is a Poisson process
 * of that rate at every instant (time change: Çınlar, Introduction to Stochastic Processes, ch. 4.7).
 */
export function arriveAlong(
  curve: RateCurve,
  arrivals: z.output<typeof arrivalsSchema>,
  context: LoadContext,
  arrive: () => void,
): void {
  const { clock, startUs } = context;
  const endUs = Math.min(context.endUs, startUs + curve.lastsUs);
  const amount = arrivals === "constant" ? () => PARTS : exponentialParts(context);
  let atUs = 0;
  let parts = arrivals === "constant" ? 1 : amount();
  const next = () => {
    const dueUs = firstUs(curve, parts / PARTS, atUs, endUs - startUs);
    if (dueUs === undefined) return;
    atUs = dueUs;
    clock.at(startUs + dueUs, fire);
  };
  const fire = () => {
    arrive();
    parts += amount();
    next();
  };
  next();
}

function exponentialParts(context: LoadContext): () => number {
  const stream = context.stream("arrivals");
  const draw = randomExponential.source(() => stream.uniform())(1);
  return () => Math.round(draw() * PARTS);
}

/** The first whole µs from `fromUs` on, and before `endUs`, by which so many requests are due. */
function firstUs(
  curve: RateCurve,
  due: number,
  fromUs: number,
  endUs: number,
): number | undefined {
  if (fromUs >= endUs || curve.dueBy(endUs - 1) < due) return undefined;
  let before = fromUs - 1;
  let step = 1;
  while (before + step < endUs - 1 && curve.dueBy(before + step) < due) {
    before += step;
    step *= 2;
  }
  let by = Math.min(before + step, endUs - 1);
  while (by - before > 1) {
    const middle = before + Math.floor((by - before) / 2);
    if (curve.dueBy(middle) < due) before = middle;
    else by = middle;
  }
  return by;
}
