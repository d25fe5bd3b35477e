// The words of a scenario file for faults of the network between gateway and pods.

import type { Bandwidth } from "../serving/bandwidth_schema.ts";
import type { Duration, Percent, Tagged } from "./builders.ts";
import type { FaultOptions, Lasting, Selection } from "./fault_builders.ts";

type OnPods = FaultOptions & Lasting & { readonly on: Selection<"pods"> };

export type NetworkFault =
  | Tagged<"network-delay", OnPods & { latency: Duration; jitter?: Duration }>
  | Tagged<"network-loss", OnPods & { share: Percent }>
  | Tagged<"network-bandwidth", OnPods & { rate: Bandwidth }>
  | Tagged<
    "network-partition",
    FaultOptions & Lasting & { on: Selection<"pods"> | Selection<"nodes"> }
  >;

/** Requests to these pods and their answers take `latency` ± `jitter` longer, each way. */
export const networkDelay = (
  options: OnPods & { readonly latency: Duration; readonly jitter?: Duration },
): NetworkFault => ({ kind: "network-delay", ...options });

/** A share of the packets, at most 90 %, is lost each way: TCP sends again after 200 ms, 400 ms, … */
export const networkLoss = (options: OnPods & { readonly share: Percent }): NetworkFault => ({
  kind: "network-loss",
  ...options,
});

/**
 * Gateway and endpoint picker cannot reach these pods, or those that are on these nodes, which stay Ready:
 * new requests fail after 5 s without a connection, answers under way wait until the network is back.
 */
export const networkPartition = (
  options: FaultOptions & Lasting & { readonly on: Selection<"pods"> | Selection<"nodes"> },
): NetworkFault => ({ kind: "network-partition", ...options });

/** Prompts (4 bytes a token) come to each of these pods at this rate, shared by all of its requests. */
export const networkBandwidth = (
  options: OnPods & { readonly rate: Bandwidth },
): NetworkFault => ({ kind: "network-bandwidth", ...options });
