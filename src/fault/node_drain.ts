// Somebody drains nodes: `kubectl drain`, and `kubectl uncordon` when the work on them is done.

import { z } from "zod";
import { faultFields, faultKind, lastingFields, lasts } from "./fault.ts";
import { nodeSelectorSchema, selectNodes } from "./select.ts";

/**
 * All of them are cordoned first, so that no pod goes from one to the next. Pods are evicted as
 * PodDisruptionBudgets allow (`cluster.budgets`), asked again every 5 s, and have their grace to finish
 * what they hold. Nodes that were cordoned before stay so at the end.
 */
export const nodeDrain = faultKind({
  kind: "node-drain",
  about: "nodes are drained: pods are evicted as budgets allow, with their grace, and go elsewhere",
  schema: z.strictObject({
    kind: z.literal("node-drain"),
    on: nodeSelectorSchema,
    ...faultFields,
    ...lastingFields,
  }).refine(...lasts),
  plan: () => "drain",
  aim({ on }, { fleet, stream }) {
    const { nodeLife } = fleet;
    const nodes = selectNodes(on, fleet, stream);
    const open = nodes.filter(({ cordoned }) => !cordoned);
    return {
      targets: nodes.map(({ name }) => name),
      message: "node is drained",
      endMessage: "node takes pods again",
      begin() {
        for (const node of nodes) nodeLife.cordon(node);
        for (const node of nodes) nodeLife.drain(node);
      },
      end() {
        for (const node of open) nodeLife.uncordon(node);
      },
    };
  },
});
