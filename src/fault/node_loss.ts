// A node that goes silent: power, kernel or network gone, everything on it hangs.

import { z } from "zod";
import { durationSchema } from "../sim/duration_schema.ts";
import { type FaultContext, faultFields, tellFault } from "./fault.ts";
import { nodeSelectorSchema, selectNodes } from "./select.ts";

export const nodeLossSchema = z.strictObject({
  kind: z.literal("node-loss"),
  on: nodeSelectorSchema,
  ...faultFields,
  /** How long the node is away; it comes back empty of images and processes. */
  for: durationSchema.optional(),
  permanent: z.literal(true).optional(),
}).refine((fault) => (fault.for === undefined) !== (fault.permanent === undefined), {
  message: 'a lost node must say when it ends: for: "10m", or permanent: true',
});

export type NodeLoss = z.output<typeof nodeLossSchema>;

/**
 * Begins now. Requests on the node hang until the node controller calls it NotReady; its pods are
 * evicted after the default toleration of 300 s.
 */
export function beginNodeLoss(fault: NodeLoss, context: FaultContext): void {
  const { fleet } = context;
  const nodes = selectNodes(fault.on, fleet, context.stream);
  const targets = nodes.map(({ name }) => name);
  const message = nodes.length > 0 ? "node does not answer" : "no node matched";
  tellFault(context, "node-loss", "begin", targets, message);
  for (const node of nodes) fleet.lose(node);
  if (fault.for === undefined) return;
  fleet.clock.after(fault.for, () => {
    tellFault(context, "node-loss", "end", targets, "node answers again");
    for (const node of nodes) fleet.recover(node);
  });
}
