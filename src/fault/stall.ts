// A server that hangs: its process is there and answers nothing.

import { z } from "zod";
import { faultFields, faultKind } from "./fault.ts";
import { podSelectorSchema, selectPods } from "./select.ts";

/**
 * A collective that never returns, a deadlock: requests hang, probes time out, the pod leaves the
 * endpoints, and its liveness probe has it killed and started again. Without one it hangs for good.
 */
export const stall = faultKind({
  kind: "stall",
  about: "the engine hangs: its requests wait, until the liveness probe has it killed",
  schema: z.strictObject({
    kind: z.literal("stall"),
    on: podSelectorSchema,
    ...faultFields,
  }),
  plan: () => "stall",
  aim({ on }, { fleet, stream }) {
    const pods = selectPods(on, fleet, stream);
    return {
      targets: pods.map(({ name }) => name),
      message: "engine hangs",
      begin() {
        for (const pod of pods) pod.stall();
      },
    };
  },
});
