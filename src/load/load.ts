// What every kind of load has in common: whom it calls, when, and how its requests are served.

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
  /** vLLM's: lower goes first, 0 when left out; a server that schedules FCFS ignores it. */
  priority: z.int32().optional(),
  /** The LoRA adapter that its requests name. */
  adapter: z.string().min(1, "name an adapter, or leave it out").optional(),
  /** So long after it was sent, a request that has not ended is given up by its client. */
  timeout: durationSchema.refine((us) => us > 0, "a timeout is longer than 0s").optional(),
};

/**
 * Which part of a prompt other requests may share: ids of segments, and the token position at which
 * each ends. An id always has the same segments before it and the same end.
 */
export interface SharedContent {
  readonly ids: ArrayLike<number>;
  readonly ends: ArrayLike<number>;
}

/** What a load may use of the run; it knows nothing of services, pods or engines. */
export interface LoadContext {
  readonly clock: Clock;
  /** The stream named `load/<name>/<purpose>`. */
  stream(purpose: string): Stream;
  /** One request arrives now; lengths in tokens, at least 1. Without `content` it shares nothing. */
  submit(promptTokens: number, outputTokens: number, content?: SharedContent): void;
  /** Sets so many ids of segments apart for this load alone, and gives the first. */
  reserveSegments(count: number): number;
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
