// The words of a scenario file for faults of gateways, of endpoint pickers and of what autoscalers read.

import type { Duration, Percent, Tagged } from "./builders.ts";
import type { FaultOptions, Lasting, Selection } from "./fault_builders.ts";

/** Whose: all services when left out. */
interface OfService {
  readonly service?: string;
}

interface OfRevision extends OfService {
  /** `"stable"` or `"canary"`; both when left out. */
  readonly of?: string;
}

/** Once, or again and again for some time. */
type MayLast = Lasting | { readonly for?: never; readonly permanent?: never };

type LateOrGone =
  | { readonly by: Duration; readonly gone?: never }
  | { readonly gone: true; readonly by?: never };

interface Errors extends OfService {
  readonly share?: Percent;
  readonly status?: 500 | 502 | 503 | 504;
}

export type RouterFault =
  | Tagged<"epp-crash", FaultOptions & OfRevision & MayLast>
  | Tagged<"stale-metrics", FaultOptions & Lasting & { on: Selection<"pods"> }>
  | Tagged<"gateway-errors", FaultOptions & Lasting & Errors>
  | Tagged<"gateway-lag", FaultOptions & Lasting & { by: Duration }>
  | Tagged<"apiserver-latency", FaultOptions & Lasting & { by: Duration }>
  | Tagged<"hpa-metric-lag", FaultOptions & Lasting & LateOrGone>;

/**
 * Endpoint pickers die, and start anew after the kubelet's back-off; with `for` or `permanent` each
 * new process dies within a second. Meanwhile their pools fail open (the gateway balances by itself) or
 * closed (500), as the InferencePool's `failureMode` says; a new process knows no prefixes.
 */
export const eppCrash = (options: FaultOptions & OfRevision & MayLast): RouterFault => ({
  kind: "epp-crash",
  ...options,
});

/** Endpoint pickers scrape these pods no more: queue, running and KV usage stay as they were last seen. */
export const staleMetrics = (
  options: FaultOptions & Lasting & { readonly on: Selection<"pods"> },
): RouterFault => ({ kind: "stale-metrics", ...options });

/**
 * The gateway answers a share of the requests (all when left out, as while it restarts) with a `status` of
 * its own, 503 when left out. No backend sees them.
 */
export const gatewayErrors = (options: FaultOptions & Lasting & Errors): RouterFault => ({
  kind: "gateway-errors",
  ...options,
});

/** Changes of weights, members and pods reach the gateway `by` later than `cluster.gateway` says. */
export const gatewayLag = (
  options: FaultOptions & Lasting & { readonly by: Duration },
): RouterFault => ({ kind: "gateway-lag", ...options });

/**
 * What is scraped comes to autoscalers `by` later, or no query is answered (`gone`): then an HPA says
 * FailedGetExternalMetric and keeps its replicas, and KEDA falls back where it is told to.
 */
export const hpaMetricLag = (options: FaultOptions & Lasting & LateOrGone): RouterFault => ({
  kind: "hpa-metric-lag",
  ...options,
});

/**
 * Controllers, gateways and endpoint pickers hear `by` later of what became of pods and of what autoscalers
 * want: the dead are replaced late and sent to meanwhile.
 */
export const apiserverLatency = (
  options: FaultOptions & Lasting & { readonly by: Duration },
): RouterFault => ({ kind: "apiserver-latency", ...options });
