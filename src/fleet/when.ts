// When something begins: at a time, at a step of a rollout, on a condition, or after a fault.

import { z } from "zod";
import { durationSchema } from "../sim/duration_schema.ts";
import { type Process, Signal, sleep, wait } from "../sim/process.ts";
import type { Fleet } from "./fleet.ts";
import { measure } from "./measure.ts";
import { holds, metricCheckSchema } from "./metric_check.ts";

/** A reference to another entry of the scenario, by its id; null when that entry is not in it. */
export const referenceSchema = z.strictObject({ ref: z.string().nullable() }, {
  error: 'write the fault itself, as in after(xid79, "1m"); a time is written alone, as "5m"',
});

/** What may be written for a time. */
export const whenKinds = [
  z.strictObject({
    kind: z.literal("atStep"),
    step: z.int().min(0),
    /** The service whose rollout is meant; the only one, when left out. */
    rollout: z.string().optional(),
    after: durationSchema.optional(),
  }),
  /** Of a fault that happens more than once the first is meant. */
  z.strictObject({
    kind: z.literal("after"),
    fault: referenceSchema,
    delay: durationSchema.optional(),
  }),
  z.strictObject({ kind: z.literal("whenever"), check: metricCheckSchema }),
] as const;

export const whenSchema = z.union([durationSchema, z.discriminatedUnion("kind", whenKinds)]);

export type When = z.output<typeof whenSchema>;

const SECOND_US = 1_000_000;
/** How far back a condition looks when it does not say. */
const CONDITION_RANGE_US = 60 * SECOND_US;

/** Ends at the instant that `when` means; never, when that never comes. */
export function* awaitWhen(when: When, fleet: Fleet): Process {
  const { clock, journal } = fleet;
  if (typeof when === "number") return yield* sleep(Math.max(0, when - clock.nowUs));
  if (when.kind === "whenever") return yield* awaitCondition(when, fleet);
  const begun = new Signal();
  if (when.kind === "after") {
    const { ref } = when.fault;
    const since = ref === null ? undefined : journal.state.faults[ref]?.beganAt;
    const leftUs = (when.delay ?? 0) - (clock.nowUs - (since ?? clock.nowUs));
    if (since !== undefined) return yield* sleep(Math.max(0, leftUs));
    journal.on("fault", ({ fault, phase }) => {
      if (phase === "begin" && fault === ref) begun.fire();
    });
    yield* wait(begun);
    return yield* sleep(when.delay ?? 0);
  }
  journal.on("step", ({ service, step, phase }) => {
    const meant = when.rollout === undefined || when.rollout === service;
    const begins = phase === "Progressing" || phase === "Paused";
    if (meant && begins && step === when.step) begun.fire();
  });
  yield* wait(begun);
  return yield* sleep(when.after ?? 0);
}

/** Looks at every window's end, once the windows of that second are told. */
function* awaitCondition(when: Extract<When, { kind: "whenever" }>, fleet: Fleet): Process {
  const { check } = when;
  const service = [...fleet.services.keys()][0]!;
  while (true) {
    const nowUs = fleet.clock.nowUs;
    yield* sleep(SECOND_US - nowUs % SECOND_US);
    const where = { service, nowUs: fleet.clock.nowUs, overUs: CONDITION_RANGE_US };
    const value = measure(fleet.journal.state, check, where);
    if (value !== undefined && holds(check, value)) return;
  }
}
