// A container that uses more memory than its limit.

import { z } from "zod";
import { faultFields, faultKind } from "./fault.ts";
import { podSelectorSchema, selectPods } from "./select.ts";

/** The kernel kills the process (137, OOMKilled): its requests fail now, it restarts with back-off. */
export const podOom = faultKind({
  kind: "pod-oom",
  about:
    "the server uses more host memory than its limit: OOMKilled, exit code 137, then a restart",
  schema: z.strictObject({
    kind: z.literal("pod-oom"),
    on: podSelectorSchema,
    ...faultFields,
  }),
  plan: () => "out of memory",
  aim({ on }, { fleet, stream }) {
    const pods = selectPods(on, fleet, stream);
    return {
      targets: pods.map(({ name }) => name),
      message: "container main is out of memory",
      begin() {
        for (const pod of pods) pod.oomKill();
      },
    };
  },
});
