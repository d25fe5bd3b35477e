// An endpoint picker whose process dies: what its pool's failureMode says happens until it is back.

import { z } from "zod";
import { type PodStage, RUNNING } from "../fleet/pod_stages.ts";
import { type EventHandle, PRIORITY } from "../sim/clock.ts";
import { durationSchema } from "../sim/duration_schema.ts";
import { faultFields, faultKind } from "./fault.ts";
import { nameOf, revisionsOf, whoseFields, whoseText, withoutPicker } from "./whose.ts";

/** A Go program that panics. */
const PANIC = 2;
/** How soon one that is to crash again does so: it does not get to be ready. */
const LOOK_US = 1_000_000;
const RUNS: ReadonlySet<PodStage> = new Set(RUNNING);

/**
 * Its pods die at once and the kubelet starts them anew, with its back-off. Until one is ready the gateway
 * balances over the pool by itself (failureMode FailOpen) or answers 500 (FailClose); requests that
 * waited in it are turned away, and what it knew of prefixes and load is gone. With `for` or `permanent`
 * each new process dies within a second.
 */
export const eppCrash = faultKind({
  kind: "epp-crash",
  about: "endpoint pickers die: their pools fail open or closed, and what they knew is gone",
  schema: z.strictObject({
    kind: z.literal("epp-crash"),
    ...whoseFields,
    ...faultFields,
    for: durationSchema.refine((us) => us > 0, "a fault cannot last 0s").optional(),
    permanent: z.literal(true).optional(),
  }).refine((fault) => fault.for === undefined || fault.permanent === undefined, {
    message: "say one of for and permanent",
    path: ["for"],
  }),
  plan: (fault) => `EPP crash${whoseText(fault)}`,
  problems: (_, { services }) => withoutPicker(services, "crash an endpoint picker"),
  aim(fault, { fleet }) {
    const hit = revisionsOf(fault, fleet).filter(({ workloads }) =>
      workloads.some(({ plan }) => plan.role === "scheduler")
    );
    const pickers = () =>
      hit.flatMap(({ workloads }) => workloads).filter(({ plan }) => plan.role === "scheduler")
        .flatMap(({ pods }) => pods).filter(({ stage }) => RUNS.has(stage));
    let again: EventHandle | undefined;
    const crash = () => {
      for (const pod of pickers()) pod.die("panic: runtime error", PANIC);
      // A pod dies within this instant, and nobody tells the gateway.
      const refresh = () => {
        for (const revision of hit) revision.refreshEndpoints();
      };
      fleet.clock.after(0, refresh, PRIORITY.observer);
    };
    const crashAgain = () => {
      crash();
      again = fleet.clock.after(LOOK_US, crashAgain);
    };
    return {
      targets: hit.map(nameOf),
      message: "endpoint picker crashes",
      endMessage: "endpoint picker crashes no more",
      begin: fault.for === undefined && !fault.permanent ? crash : crashAgain,
      end() {
        if (again !== undefined) fleet.clock.cancel(again);
      },
    };
  },
});
