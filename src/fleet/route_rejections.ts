// What a client is told when the gateway itself has nowhere to send its request.

/** Reasons of ours, after Envoy's response flags: a gateway sends none in a header. */
export const GATEWAY_REASONS = [
  "no-route",
  "no-weight",
  "no-cluster",
  "no-healthy-upstream",
  "gateway-error",
] as const;

export type GatewayReason = (typeof GATEWAY_REASONS)[number];

export interface GatewayRejection {
  readonly status: 404 | 500 | 502 | 503 | 504;
  readonly reason: GatewayReason;
}

/**
 * Gateway API (kubernetes-sigs/gateway-api 0377516, `httproute_types.go`): 404 where no rule matches; 503
 * where a backend has no ready endpoint. Where all weights are 0 it says that nobody gets anything and
 * not with which status: 503, as its proposed conformance test has it (gateway-api#4769), Istio
 * (istio#31745) and Kuma (kuma#18266); others answer 500.
 */
export const GATEWAY_REJECTIONS = {
  /** Every member was stopped or deleted. */
  noRoute: { status: 404, reason: "no-route" },
  noWeight: { status: 503, reason: "no-weight" },
  /** A gateway has the route and not yet its backend, see `GatewayPlan.coldUs`. */
  noCluster: { status: 503, reason: "no-cluster" },
  noHealthyUpstream: { status: 503, reason: "no-healthy-upstream" },
} as const satisfies Record<string, GatewayRejection>;
