// What every kind of load has in common: whom it calls, and when it begins and ends.

import { z } from "zod";
import type { Clock } from "../sim/clock.ts";
import { durationSchema } from "../sim/duration_schema.ts";
import type { Stream } from "../sim/streams.ts";

/** Fields of every load. `start` and `end` are virtual times; without `end` it runs to the end. */
export const loadFields = {
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, "write a name of a-z, 0-9 and -, such as chat"),
  to: z.string(),
  start: durationSchema.optional(),
  end: durationSchema.optional(),
};

/** What a load may use of the run; it knows nothing of services, pods or engines. */
export interface LoadContext {
  readonly clock: Clock;
  /** The stream named `load/<name>/<purpose>`. */
  stream(purpose: string): Stream;
  /** One request arrives now; lengths in tokens, at least 1. */
  submit(promptTokens: number, outputTokens: number): void;
  readonly startUs: number;
  /** No request arrives at this instant or later. */
  readonly endUs: number;
}

/** Calls `arrive` after every gap that `nextGapUs` draws, from the load's start to its end. */
export function arriveAfterGaps(
  context: LoadContext,
  nextGapUs: () => number,
  arrive: () => void,
): void {
  const { clock, endUs } = context;
  let atUs = context.startUs;
  const next = () => {
    atUs += nextGapUs();
    if (atUs < endUs) clock.at(atUs, fire);
  };
  const fire = () => {
    arrive();
    next();
  };
  next();
}
