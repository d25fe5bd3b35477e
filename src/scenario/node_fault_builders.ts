// The words of a scenario file for faults of nodes.

import type { Duration, Tagged } from "./builders.ts";
import type { FaultOptions, Lasting, Selection } from "./fault_builders.ts";

interface OnNodes {
  readonly on: Selection<"nodes">;
}

interface Pressure extends OnNodes {
  readonly resource: "memory" | "disk";
  /** How many pods the kubelet evicts until there is enough; left out: 1. */
  readonly evictions?: number;
}

interface Reclaim extends OnNodes {
  /** Left out: the provider's, two minutes of AWS, 30 s of Azure and Google Cloud. */
  readonly notice?: Duration;
  /** From the notice to a new node in its stead; left out: none comes. */
  readonly replacedAfter?: Duration;
}

interface InZone {
  /** As `zone` of the nodes says. */
  readonly zone: string;
}

export type NodeFault =
  | Tagged<"node-loss", FaultOptions & Lasting & OnNodes>
  | Tagged<"node-drain", FaultOptions & Lasting & OnNodes>
  | Tagged<"node-not-ready", FaultOptions & Lasting & OnNodes>
  | Tagged<"node-pressure", FaultOptions & Pressure>
  | Tagged<"spot-reclaim", FaultOptions & Reclaim>
  | Tagged<"zone-loss", FaultOptions & Lasting & InZone>;

/** Nodes that go silent, `for` some time or `permanent`ly. */
export const nodeLoss = (options: FaultOptions & Lasting & OnNodes): NodeFault => ({
  kind: "node-loss",
  ...options,
});

/**
 * Nodes are cordoned and drained: pods are evicted as `cluster.budgets` allow, with their grace, and made
 * anew elsewhere. They take pods again when the time is over (`for`), or never (`permanent`).
 */
export const nodeDrain = (options: FaultOptions & Lasting & OnNodes): NodeFault => ({
  kind: "node-drain",
  ...options,
});

/**
 * The kubelets of nodes go silent while everything there runs on: after 50 s the nodes are NotReady and
 * their pods out of the endpoints, after 300 s more the pods are made anew elsewhere.
 */
export const nodeNotReady = (options: FaultOptions & Lasting & OnNodes): NodeFault => ({
  kind: "node-not-ready",
  ...options,
});

/** Nodes run short of a `resource`: the kubelet evicts pods at once, their requests fail. */
export const nodePressure = (options: FaultOptions & Pressure): NodeFault => ({
  kind: "node-pressure",
  ...options,
});

/**
 * Spot nodes (`spot: "aws"`) are taken back: cordoned and drained with the notice, gone when it is over,
 * and replaced by new ones or not.
 */
export const spotReclaim = (options: FaultOptions & Reclaim): NodeFault => ({
  kind: "spot-reclaim",
  ...options,
});

/** All nodes of a zone go silent at once, `for` some time or `permanent`ly. */
export const zoneLoss = (options: FaultOptions & Lasting & InZone): NodeFault => ({
  kind: "zone-loss",
  ...options,
});
