// A container that dies again and again, each time so long after its start.

import { z } from "zod";
import type { Pod } from "../fleet/pod.ts";
import { durationSchema } from "../sim/duration_schema.ts";
import { faultFields, faultKind, lastingFields, lasts } from "./fault.ts";
import { podSelectorSchema, selectPods } from "./select.ts";

const SECOND = 1_000_000;
const MESSAGE = "RuntimeError: Engine core initialization failed. See root cause above.";

/**
 * The processes that run when it begins count as started then. The kubelet waits 10 s before the second
 * restart, twice as long before each further one, up to 300 s (CrashLoopBackOff); one that ran for 10
 * minutes is forgiven.
 */
export const crashLoop = faultKind({
  kind: "crash-loop",
  about: "the server dies so long after each start: CrashLoopBackOff of 10 s, doubled up to 300 s",
  schema: z.strictObject({
    kind: z.literal("crash-loop"),
    on: podSelectorSchema,
    after: durationSchema.optional(),
    message: z.string().min(1).optional(),
    exitCode: z.int().min(1).max(255).optional(),
    ...faultFields,
    ...lastingFields,
  }).refine(...lasts),
  plan: () => "crash loop",
  aim({ on, after = SECOND, message = MESSAGE, exitCode = 1 }, { fleet, stream }) {
    const pods = selectPods(on, fleet, stream);
    const { podTroubles: troubles } = fleet;
    // Pods of a LeaderWorkerSet are made again under their names.
    const names = new Set(pods.map(({ namespace, name }) => `${namespace}/${name}`));
    const rule = {
      ...{ afterUs: after, message, exitCode },
      hits: ({ namespace, name }: Pod) => names.has(`${namespace}/${name}`),
    };
    return {
      targets: pods.map(({ name }) => name),
      message: "container main dies after each start",
      endMessage: "container main stays up",
      begin() {
        troubles.crashing.add(rule);
        for (const pod of pods) troubles.dieLater(rule, pod);
      },
      end: () => void troubles.crashing.delete(rule),
    };
  },
});
