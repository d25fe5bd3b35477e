// The words of a scenario file for faults of the network: to pods, between prefill and decode, of names.

import type { Bandwidth } from "../serving/bandwidth_schema.ts";
import type { Duration, Percent, Tagged } from "./builders.ts";
import type { FaultOptions, Lasting, Selection } from "./fault_builders.ts";

type OnPods = FaultOptions & Lasting & { readonly on: Selection<"pods"> };

/** Of all services with a prefill workload when left out. */
type OfRevision = FaultOptions & Lasting & { readonly service?: string; readonly of?: string };

type SlowLink =
  | { readonly rate: Bandwidth; readonly latency?: Duration }
  | { readonly latency: Duration; readonly rate?: never };

export type NetworkFault =
  | Tagged<"network-delay", OnPods & { latency: Duration; jitter?: Duration }>
  | Tagged<"network-loss", OnPods & { share: Percent }>
  | Tagged<"network-bandwidth", OnPods & { rate: Bandwidth }>
  | Tagged<
    "network-partition",
    FaultOptions & Lasting & { on: Selection<"pods"> | Selection<"nodes"> }
  >
  | Tagged<"kv-link-slow", OfRevision & SlowLink>
  | Tagged<"kv-link-down", OfRevision & { policy?: "recompute" | "fail" }>
  | Tagged<"dns-failure", FaultOptions & Lasting & { host: "gateway" | "hub"; share?: Percent }>;

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

/**
 * Keys and values go from prefill GPUs to decode at no more than `rate` each, shared by all fetches, and each
 * fetch takes `latency` longer.
 */
export const kvLinkSlow = (options: OfRevision & SlowLink): NetworkFault => ({
  kind: "kv-link-slow",
  ...options,
});

/**
 * Nothing goes from prefill to decode: a transfer is given up after 8 s, then the decode engine computes
 * the prompt itself, or fails the request with `policy: "fail"` (vLLM's `kv_load_failure_policy`). Prefill
 * engines keep what nobody fetched for vLLM's 480 s: under load their caches fill up, and all waits.
 */
export const kvLinkDown = (
  options: OfRevision & { readonly policy?: "recompute" | "fail" },
): NetworkFault => ({ kind: "kv-link-down", ...options });

/**
 * A name is not resolved, for a share of those who ask (all when left out): the gateway's by clients, whose
 * requests fail at once, or the model hub's by pods that begin a download.
 */
export const dnsFailure = (
  options: FaultOptions & Lasting & { readonly host: "gateway" | "hub"; readonly share?: Percent },
): NetworkFault => ({ kind: "dns-failure", ...options });
