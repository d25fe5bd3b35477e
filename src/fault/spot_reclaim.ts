// Spot nodes that their provider takes back, with its notice, and others that come in their stead.

import { z } from "zod";
import type { Node } from "../fleet/nodes.ts";
import { TIMINGS } from "../fleet/timings.ts";
import { formatDuration } from "../sim/duration.ts";
import { durationSchema } from "../sim/duration_schema.ts";
import { faultFields, faultKind } from "./fault.ts";
import { nodeSelectorSchema, selectNodes } from "./select.ts";

const S = 1_000_000;

/**
 * With the notice the node is cordoned and drained (AWS's node termination handler, GKE's graceful node
 * shutdown, AKS's scheduled events): pods have their grace, or what is left of the notice. Then the
 * instance is gone: what is left hangs, the node is NotReady after the node controller's grace, and the
 * cloud's controller takes it out of the API with its next look.
 */
export const spotReclaim = faultKind({
  kind: "spot-reclaim",
  about:
    "spot nodes are taken back after their provider's notice, drained meanwhile, and replaced or not",
  schema: z.strictObject({
    kind: z.literal("spot-reclaim"),
    on: nodeSelectorSchema,
    notice: durationSchema.optional(),
    replacedAfter: durationSchema.optional(),
    ...faultFields,
  }),
  plan: ({ notice, replacedAfter }) => {
    const how = [
      ...(notice === undefined ? [] : [`with ${formatDuration(notice)} of notice`]),
      ...(replacedAfter === undefined ? [] : [`replaced after ${formatDuration(replacedAfter)}`]),
    ];
    return ["spot reclaim", ...how].join(" ");
  },
  problems({ on: { name } }, { nodes }) {
    if (!nodes.some(({ spot }) => spot)) {
      const message = 'Cannot take spot nodes back: no node says spot: "aws", "azure" or "gcp"';
      return [{ path: "on", message }];
    }
    const meant = nodes.find((node) => node.name === name);
    if (!meant || meant.spot) return [];
    return [{ path: "on.name", message: `Cannot take "${name}" back: it is no spot node` }];
  },
  aim({ on, notice, replacedAfter }, { fleet, stream }) {
    const { nodeLife, journal, clock } = fleet;
    const nodes = selectNodes(on, fleet, stream, isThere);
    return {
      targets: nodes.map(({ name }) => name),
      message: "spot node is taken back",
      begin() {
        for (const node of nodes) {
          node.leaving = true;
          const { provider, noticeSeconds } = node.plan.spot!;
          const noticeUs = notice ?? noticeSeconds * S;
          const message = `Spot instance of ${provider} is taken back in ${noticeUs / S} s`;
          const source = "node-termination-handler";
          journal.event("Warning", "SpotInterruption", node.object(), message, source);
        }
        for (const node of nodes) nodeLife.cordon(node);
        for (const node of nodes) nodeLife.drain(node);
        for (const node of nodes) {
          const noticeUs = notice ?? node.plan.spot!.noticeSeconds * S;
          const goneUs = noticeUs + TIMINGS.nodeMonitorGraceUs + TIMINGS.cloudLookUs;
          clock.after(noticeUs, () => nodeLife.lose(node));
          clock.after(goneUs, () => nodeLife.remove(node));
          if (replacedAfter === undefined) continue;
          clock.after(replacedAfter, () => nodeLife.join(node.plan));
        }
      },
    };
  },
});

/** A spot node that was not told to go already. */
function isThere({ plan, leaving }: Node): boolean {
  return plan.spot !== undefined && !leaving;
}
