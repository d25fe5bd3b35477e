// A server that says it is not ready though it serves: a probe that asks for the wrong thing.

import { z } from "zod";
import { faultFields, faultKind, lastingFields, lasts } from "./fault.ts";
import { podSelectorSchema, selectPods } from "./select.ts";

/**
 * After `failureThreshold` probes the pod is out of the endpoints; what it has been sent it answers. One
 * that restarts meanwhile does not become ready. A pod without a readiness probe stays as it is.
 */
export const readinessFailing = faultKind({
  kind: "readiness-failing",
  about: "the readiness probe fails though the server serves: out of the endpoints, not restarted",
  schema: z.strictObject({
    kind: z.literal("readiness-failing"),
    on: podSelectorSchema,
    ...faultFields,
    ...lastingFields,
  }).refine(...lasts),
  plan: () => "failing readiness probe",
  aim({ on }, { fleet, stream }) {
    const pods = selectPods(on, fleet, stream);
    const cause = {};
    return {
      targets: pods.map(({ name }) => name),
      message: "readiness probe fails",
      endMessage: "readiness probe passes again",
      begin() {
        for (const pod of pods) pod.failReadiness(cause);
      },
      end() {
        for (const pod of pods) pod.passReadiness(cause);
      },
    };
  },
});
