// The words of a scenario file for faults of nodes.

import type { Tagged } from "./builders.ts";
import type { FaultOptions, Lasting, Selection } from "./fault_builders.ts";

export type NodeFault = Tagged<"node-loss", FaultOptions & Lasting & { on: Selection<"nodes"> }>;

/** Nodes that go silent, `for` some time or `permanent`ly. */
export const nodeLoss = (
  options: FaultOptions & Lasting & { readonly on: Selection<"nodes"> },
): NodeFault => ({ kind: "node-loss", ...options });
