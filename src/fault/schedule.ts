// When a fault happens more than once: on a beat or at random. Knows no kind of fault.

import { z } from "zod";
import type { Fleet } from "../fleet/fleet.ts";
import { awaitWhen, whenKinds } from "../fleet/when.ts";
import { formatDuration } from "../sim/duration.ts";
import { durationSchema } from "../sim/duration_schema.ts";
import { Interrupt, type Process, sleep } from "../sim/process.ts";
import type { Stream } from "../sim/streams.ts";

/** A schedule of faults closer together than this is a load, and what it costs is nobody's intent. */
const SHORTEST_GAP_US = 1_000_000;

const gapSchema = durationSchema.refine(
  (us) => us >= SHORTEST_GAP_US,
  "write 1s or more: what happens more often is one fault that lasts",
);

const everySchema = z.strictObject({
  kind: z.literal("every"),
  interval: gapSchema,
  /** The first one; an interval after the run begins when left out, as `@every` of a Kubernetes Schedule. */
  from: durationSchema.optional(),
  /** How many, those that are passed over too; as many as fit when left out. */
  times: z.int().min(1).optional(),
  /** Each is late by 0 to so much, whatever the others are. */
  jitter: durationSchema.optional(),
}).refine(({ interval, jitter = 0 }) => jitter <= interval, {
  message: "jitter is longer than the interval: write less",
  path: ["jitter"],
});

const randomlySchema = z.strictObject({
  kind: z.literal("randomly"),
  /** Of the exponential gaps between two. */
  mean: gapSchema,
  /** The first gap begins then. */
  from: durationSchema.optional(),
  until: durationSchema.optional(),
}).refine(({ from = 0, until = Infinity }) => until > from, {
  message: "until is not after from: nothing would happen",
  path: ["until"],
});

/** When a fault begins: once, or on a schedule. */
export const faultWhenSchema = z.union([
  durationSchema,
  z.discriminatedUnion("kind", [...whenKinds, everySchema, randomlySchema]),
]);

export type FaultWhen = z.output<typeof faultWhenSchema>;
export type Schedule = Extract<FaultWhen, { kind: "every" | "randomly" }>;

export function isSchedule(when: FaultWhen): when is Schedule {
  return typeof when === "object" && (when.kind === "every" || when.kind === "randomly");
}

/** `every 10m from 2m, 3 times, each up to 30s late`. */
export function scheduleText(schedule: Schedule): string {
  const { kind, from } = schedule;
  const since = from === undefined ? "" : ` from ${formatDuration(from)}`;
  if (kind === "randomly") {
    const { mean, until } = schedule;
    const end = until === undefined ? "" : ` until ${formatDuration(until)}`;
    return `at random, ${formatDuration(mean)} apart in the mean${since}${end}`;
  }
  const { interval, times, jitter } = schedule;
  const limit = times === undefined ? "" : `, ${times} times`;
  const late = jitter === undefined ? "" : `, each up to ${formatDuration(jitter)} late`;
  return `every ${formatDuration(interval)}${since}${limit}${late}`;
}

/**
 * Goes through `occur` each time that `when` means. One that falls due while the one before is still in
 * force is passed over and not made up for: Chaos Mesh's concurrencyPolicy `Forbid`. An `Interrupt` ends
 * the wait for one that occurs once, and it occurs at once.
 */
export function* occurrences(
  when: FaultWhen,
  fleet: Fleet,
  stream: Stream,
  occur: () => Process,
): Process {
  if (!isSchedule(when)) {
    try {
      yield* awaitWhen(when, fleet);
    } catch (error) {
      if (!(error instanceof Interrupt)) throw error;
    }
    return yield* occur();
  }
  for (const atUs of when.kind === "every" ? beats(when, stream) : chances(when, stream)) {
    const { nowUs } = fleet.clock;
    if (atUs < nowUs) continue;
    yield* sleep(atUs - nowUs);
    yield* occur();
  }
}

function* beats(
  { interval, from = interval, times = Infinity, jitter = 0 }: Extract<Schedule, { kind: "every" }>,
  stream: Stream,
): Generator<number> {
  for (let beat = 0; beat < times; beat++) {
    yield from + beat * interval + (jitter > 0 ? stream.integer(0, jitter) : 0);
  }
}

/** Gaps are rounded to the µs when drawn. */
function* chances(
  { mean, from = 0, until = Infinity }: Extract<Schedule, { kind: "randomly" }>,
  stream: Stream,
): Generator<number> {
  const gap = () => Math.round(-Math.log1p(-stream.uniform()) * mean);
  for (let atUs = from + gap(); atUs < until; atUs += gap()) yield atUs;
}
