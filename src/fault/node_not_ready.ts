// Nodes whose kubelet goes silent while everything on them runs on.

import { z } from "zod";
import { faultFields, faultKind, lastingFields, lasts } from "./fault.ts";
import { nodeSelectorSchema, selectNodes } from "./select.ts";

/**
 * For 50 s nobody notices. Then the node is NotReady and its pods are out of the endpoints, though they
 * serve what they hold; after their tolerations (300 s) they are deleted and made anew elsewhere, and stay
 * Terminating until the kubelet is back. What dies meanwhile is not started again.
 */
export const nodeNotReady = faultKind({
  kind: "node-not-ready",
  about: "the kubelets of nodes go silent: pods serve on, out of the endpoints after the grace",
  schema: z.strictObject({
    kind: z.literal("node-not-ready"),
    on: nodeSelectorSchema,
    ...faultFields,
    ...lastingFields,
  }).refine(...lasts),
  plan: () => "kubelet silent",
  aim({ on }, { fleet, stream }) {
    const { nodeLife } = fleet;
    const nodes = selectNodes(on, fleet, stream, ({ silent }) => !silent);
    return {
      targets: nodes.map(({ name }) => name),
      message: "kubelet does not answer",
      endMessage: "kubelet answers again",
      begin() {
        for (const node of nodes) nodeLife.silence(node);
      },
      end() {
        for (const node of nodes) nodeLife.speak(node);
      },
    };
  },
});
