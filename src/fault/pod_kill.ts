// A pod that somebody deletes: with its grace, with another one, or at once.

import { z } from "zod";
import { durationSchema } from "../sim/duration_schema.ts";
import { faultFields, faultKind } from "./fault.ts";
import { podSelectorSchema, selectPods } from "./select.ts";

/**
 * As by `kubectl delete pod`: out of the endpoints at once, its requests have the grace to end, its
 * workload makes another one. `grace: "0s"` is `--force`: its requests fail now.
 */
export const podKill = faultKind({
  kind: "pod-kill",
  about: "pods are deleted, with their grace or another one; their workload makes new ones",
  schema: z.strictObject({
    kind: z.literal("pod-kill"),
    on: podSelectorSchema,
    grace: durationSchema.optional(),
    ...faultFields,
  }),
  plan: ({ grace }) => grace === 0 ? "forced deletion" : "deletion",
  aim({ on, grace }, { fleet, stream }) {
    const pods = selectPods(on, fleet, stream).filter(({ terminating }) => !terminating);
    return {
      targets: pods.map(({ name }) => name),
      message: grace === 0 ? "pod is deleted by force" : "pod is deleted",
      begin() {
        for (const pod of pods) pod.terminate(undefined, grace);
      },
    };
  },
});
