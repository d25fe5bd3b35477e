// Nodes that run short of memory or disk: their kubelets evict pods until there is enough.

import { z } from "zod";
import { faultFields, faultKind } from "./fault.ts";
import { nodeSelectorSchema, selectNodes } from "./select.ts";

const RESOURCES = { memory: "memory", disk: "ephemeral-storage" } as const;

/**
 * One pod after the other, every 10 s, without grace: their requests fail. It ends by itself: the kubelet
 * shows the pressure for 5 minutes after it is over, and takes no new pods until then.
 */
export const nodePressure = faultKind({
  kind: "node-pressure",
  about: "nodes run short of memory or disk: pods are evicted at once, and none comes for minutes",
  schema: z.strictObject({
    kind: z.literal("node-pressure"),
    resource: z.enum(["memory", "disk"]),
    evictions: z.int().min(0).default(1),
    on: nodeSelectorSchema,
    ...faultFields,
  }),
  plan: ({ resource, evictions }) => `${resource} pressure with ${evictions} evictions`,
  aim({ resource, evictions, on }, { fleet, stream }) {
    const nodes = selectNodes(on, fleet, stream);
    return {
      targets: nodes.map(({ name }) => name),
      message: `node is low on ${resource}`,
      begin() {
        for (const node of nodes) fleet.nodeLife.pressure(node, RESOURCES[resource], evictions);
      },
    };
  },
});
