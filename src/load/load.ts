// What every kind of load has in common: whom it calls, when, and how its requests are served.

import { z } from "zod";
import type { Clock } from "../sim/clock.ts";
import { durationSchema } from "../sim/duration_schema.ts";
import type { Stream } from "../sim/streams.ts";
import { sloSchema } from "./objectives.ts";
import { retriesSchema } from "./retries.ts";
import { targetSchema } from "./target.ts";

/** Fields of every load. `start` and `end` are virtual times; without `end` it runs to the end. */
export const loadFields = {
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, "write a name of a-z, 0-9 and -, such as chat"),
  to: targetSchema,
  start: durationSchema.optional(),
  /** The load, listed before it and over by then, whose clients and draws it goes on with. */
  continues: z.string().optional(),
  end: durationSchema.optional(),
  /** vLLM's: lower goes first, 0 when left out; a server that schedules FCFS ignores it. */
  priority: z.int32().optional(),
  /** The endpoint picker's (InferenceObjective): higher matters more, negative may be shed. */
  objective: z.int32().optional(),
  /** Requests of one name share their part of the endpoint picker's queue. */
  fairness: z.string().min(1, "name whose requests they are, or leave it out").optional(),
  /** The LoRA adapter that its requests name. */
  adapter: z.string().min(1, "name an adapter, or leave it out").optional(),
  /** So long after it was sent, an attempt that has not ended is given up by its client. */
  timeout: durationSchema.refine((us) => us > 0, "a timeout is longer than 0s").optional(),
  /** What its clients do about attempts that were not answered; left out, nothing. */
  retries: retriesSchema.optional(),
  /** Its requests' goodput is judged by this instead of the service's. */
  slo: sloSchema.optional(),
};

/**
 * How an attempt ended for its client: the answer is whole; its server was lost; nobody took it (429,
 * 503); the client gave it up; it was wrong (400, 404) and will be whenever it is sent again.
 */
export type AttemptOutcome = "completed" | "failed" | "rejected" | "timeout" | "invalid";

/**
 * Which part of a prompt other requests may share: ids of segments, and the token position at which
 * each ends. An id always has the same segments before it and the same end. The last may end with the
 * answer: whoever goes on from there finds prompt and answer again.
 */
export interface SharedContent {
  readonly ids: ArrayLike<number>;
  readonly ends: ArrayLike<number>;
}

/** One attempt of several at a request. */
export interface Attempt {
  /** From 1 on. */
  readonly number: number;
  /** When the first one was sent: for its user the request began then. */
  readonly firstUs: number;
  /** After which of its ends its client tries again; none for the last. */
  readonly retryOn: readonly AttemptOutcome[];
}

export interface SubmitOptions {
  /** Without it the request shares nothing. */
  readonly content?: SharedContent | undefined;
  /** Equal numbers are requests of one user. */
  readonly session?: number | undefined;
  /** Called at the instant at which it ends for its client; that may be within `submit`. */
  readonly onEnd?: ((outcome: AttemptOutcome) => void) | undefined;
  /** Absent: the only one. */
  readonly attempt?: Attempt | undefined;
}

/** What a load may use of the run; it knows nothing of services, pods or engines. */
export interface LoadContext {
  readonly clock: Clock;
  /** The stream named `load/<name>/<purpose>`. */
  stream(purpose: string): Stream;
  /** One request arrives now; lengths in tokens, at least 1. */
  submit(promptTokens: number, outputTokens: number, options?: SubmitOptions): void;
  /** Sets so many ids of segments apart for this load alone, and gives the first. */
  reserveSegments(count: number): number;
  /** The same of sessions. */
  reserveSessions(count: number): number;
  readonly startUs: number;
  /** When the first of the loads that continue each other began; absent: `startUs`. */
  readonly originUs?: number | undefined;
  /** What such loads have in common: the first that asks for a key makes it. Absent where it is alone. */
  readonly keep?: (<T>(key: string, make: () => T) => T) | undefined;
  /** No request arrives at this instant or later, but for what is tried again. */
  readonly endUs: number;
  /** How many tokens prompt and answer may have together; undefined where that is not known. */
  readonly contextTokens?: number | undefined;
}

/** What a load goes on with, if it continues one that made the same; else what it makes itself. */
export function kept<T>({ keep }: LoadContext, key: string, make: () => T): T {
  return keep ? keep(key, make) : make();
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
