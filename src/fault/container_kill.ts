// A model server's process that is killed; its pod stays and starts it again.

import { z } from "zod";
import { faultFields, faultKind } from "./fault.ts";
import { podSelectorSchema, selectPods } from "./select.ts";

/** 128 + SIGKILL. */
const KILLED = 137;

/** SIGKILL to the container `main`: its requests fail now, the kubelet starts it again with its back-off. */
export const containerKill = faultKind({
  kind: "container-kill",
  about: "the server's process is killed (exit code 137); its container restarts, with back-off",
  schema: z.strictObject({
    kind: z.literal("container-kill"),
    on: podSelectorSchema,
    ...faultFields,
  }),
  plan: () => "SIGKILL",
  aim({ on }, { fleet, stream }) {
    const pods = selectPods(on, fleet, stream);
    return {
      targets: pods.map(({ name }) => name),
      message: "container main is killed",
      begin() {
        for (const pod of pods) pod.die("Killed", KILLED);
      },
    };
  },
});
