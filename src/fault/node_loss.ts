// A node that goes silent: power, kernel or network gone, everything on it hangs.

import { z } from "zod";
import { faultFields, faultKind, lastingFields, lasts } from "./fault.ts";
import { nodeSelectorSchema, selectNodes } from "./select.ts";

/**
 * Requests on the node hang until the node controller calls it NotReady; its pods are evicted after
 * the default toleration of 300 s. A node that comes back is empty of images and processes.
 */
export const nodeLoss = faultKind({
  kind: "node-loss",
  about: "nodes go silent: what runs there hangs, and is evicted after its tolerations",
  schema: z.strictObject({
    kind: z.literal("node-loss"),
    on: nodeSelectorSchema,
    ...faultFields,
    ...lastingFields,
  }).refine(...lasts),
  plan: () => "loss",
  aim({ on }, { fleet, stream }) {
    const nodes = selectNodes(on, fleet, stream);
    return {
      targets: nodes.map(({ name }) => name),
      message: "node does not answer",
      endMessage: "node answers again",
      begin() {
        for (const node of nodes) fleet.nodeLife.lose(node);
      },
      end() {
        for (const node of nodes) fleet.nodeLife.recover(node);
      },
    };
  },
});
