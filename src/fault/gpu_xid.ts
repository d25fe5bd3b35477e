// A GPU error by NVIDIA's Xid number: the process on that GPU dies, and what follows by the number.

import { z } from "zod";
import { TIMINGS } from "../fleet/timings.ts";
import { type FaultContext, faultFields, tellFault } from "./fault.ts";
import { podSelectorSchema, selectPods } from "./select.ts";

/** NVIDIA's catalogue, as far as it is modelled: the words, and what brings the GPU back. */
const XIDS: Readonly<Record<number, string>> = { 79: "GPU has fallen off the bus" };

export const gpuXidSchema = z.strictObject({
  kind: z.literal("gpu-xid"),
  xid: z.int().refine((xid) => xid in XIDS, {
    error: ({ input }) =>
      `Xid ${input} is not modelled: the known ones are ${Object.keys(XIDS).join(", ")}`,
  }),
  on: podSelectorSchema,
  ...faultFields,
});

export type GpuXid = z.output<typeof gpuXidSchema>;

/**
 * Begins now, on the first GPU of each pod selected. Xid 79: the process dies at once, allocatable
 * falls by one for good, and after a minute remediation drains the node.
 */
export function beginGpuXid(fault: GpuXid, context: FaultContext): void {
  const { fleet } = context;
  const words = `Xid ${fault.xid}: ${XIDS[fault.xid]}`;
  const pods = selectPods(fault.on, fleet, context.stream);
  const hit = pods.map((pod) => ({ pod, node: pod.node!, gpu: pod.node!.gpusOf(pod.name)[0]! }));
  const targets = hit.map(({ pod, node, gpu }) => `${pod.name} on ${node.name} GPU ${gpu}`);
  tellFault(
    context,
    "gpu-xid",
    "begin",
    targets,
    hit.length > 0 ? words : `${words}: no pod matched`,
  );
  for (const { node, gpu } of hit) {
    const message = `${words} (GPU ${gpu})`;
    fleet.journal.event(
      "Warning",
      "XidCriticalError",
      node.object(),
      message,
      "nvidia-device-plugin",
    );
    fleet.breakGpu(node, gpu, words);
  }
  fleet.clock.after(TIMINGS.remediationUs, () => {
    for (const { node } of hit) {
      if (node.cordoned) continue;
      fleet.journal.event(
        "Normal",
        "NodeDrain",
        node.object(),
        `Draining node after ${words}`,
        "node-remediation",
      );
      fleet.drain(node);
    }
  });
}
