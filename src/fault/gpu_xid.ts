// A GPU error by NVIDIA's Xid number: the process on that GPU dies, and what follows by the number.

import { z } from "zod";
import { TIMINGS } from "../fleet/timings.ts";
import { faultFields, faultKind } from "./fault.ts";
import { podSelectorSchema, selectPods } from "./select.ts";

/** NVIDIA's catalogue, as far as it is modelled: the words, and what brings the GPU back. */
const XIDS: Readonly<Record<number, string>> = { 79: "GPU has fallen off the bus" };

/**
 * On the first GPU of each pod selected. Xid 79: the process dies at once, allocatable falls by one
 * for good, and after a minute remediation drains the node.
 */
export const gpuXid = faultKind({
  kind: "gpu-xid",
  about: "a GPU error by NVIDIA's Xid number, on the first GPU of each pod selected",
  schema: z.strictObject({
    kind: z.literal("gpu-xid"),
    xid: z.int().refine((xid) => xid in XIDS, {
      error: ({ input }) =>
        `Xid ${input} is not modelled: the known ones are ${Object.keys(XIDS).join(", ")}`,
    }),
    on: podSelectorSchema,
    ...faultFields,
  }),
  plan: ({ xid }) => `Xid ${xid}`,
  aim({ xid, on }, { fleet, stream }) {
    const words = `Xid ${xid}: ${XIDS[xid]}`;
    const hit = selectPods(on, fleet, stream)
      .map((pod) => ({ pod, node: pod.node!, gpu: pod.node!.gpusOf(pod.name)[0]! }));
    const event = (node: (typeof hit)[number]["node"], reason: string, message: string) => {
      const [type, source] = reason === "NodeDrain"
        ? ["Normal", "node-remediation"] as const
        : ["Warning", "nvidia-device-plugin"] as const;
      fleet.journal.event(type, reason, node.object(), message, source);
    };
    return {
      targets: hit.map(({ pod, node, gpu }) => `${pod.name} on ${node.name} GPU ${gpu}`),
      message: words,
      begin() {
        for (const { node, gpu } of hit) {
          event(node, "XidCriticalError", `${words} (GPU ${gpu})`);
          const pods = fleet.gpuLife.podsOn({ node, gpu });
          fleet.gpuLife.fail({ node, gpu }, { computes: false });
          for (const pod of pods) pod.die(words);
        }
        fleet.clock.after(TIMINGS.remediationUs, () => {
          for (const { node } of hit) {
            if (node.cordoned) continue;
            event(node, "NodeDrain", `Draining node after ${words}`);
            fleet.drain(node);
          }
        });
      },
    };
  },
});
