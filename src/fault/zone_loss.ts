// A zone that goes dark: all of its nodes at once.

import { z } from "zod";
import { ZONE } from "../fleet/scheduling/selectors.ts";
import { faultFields, faultKind, lastingFields, lasts } from "./fault.ts";
import { unknownZone } from "./zones.ts";

/**
 * Each node of it as with a node's loss. Gateways and the control plane are taken to be in other zones as
 * well, and to go on; the node controller's slower eviction of a zone in disruption is left out.
 */
export const zoneLoss = faultKind({
  kind: "zone-loss",
  about: "all nodes of a zone go silent at once, and come back at once",
  schema: z.strictObject({
    kind: z.literal("zone-loss"),
    zone: z.string().min(1),
    ...faultFields,
    ...lastingFields,
  }).refine(...lasts),
  plan: ({ zone }) => `loss of zone ${zone}`,
  problems: ({ zone }, { nodes }) =>
    unknownZone(zone, nodes).map((message) => ({ path: "zone", message })),
  aim({ zone }, { fleet }) {
    const nodes = fleet.nodes.all.filter((node) => node.labels[ZONE] === zone && !node.lost);
    return {
      targets: nodes.map(({ name }) => name),
      message: `zone ${zone} does not answer`,
      endMessage: `zone ${zone} answers again`,
      begin() {
        for (const node of nodes) fleet.nodeLife.lose(node);
      },
      end() {
        for (const node of nodes) fleet.nodeLife.recover(node);
      },
    };
  },
});
