// What KServe's controller finds when it looks at a service's way through the gateways. Knows no pod.
//
// After kserve's `router_validation.go` and `router.go`, in the order of `reconcileRouter`.

import { notReady, type RouterCondition, TRUE, type Verdict } from "../kube/conditions.ts";
import type { KubeObject } from "../kube/object.ts";
import { parentRefs } from "./children/http_route.ts";
import type { Owner } from "./children/metadata.ts";
import { type Ref, type RouterSpec, routerSpec } from "./children/router_spec.ts";
import { isProgrammed, type Network, type NetworkCondition, parentsOf } from "./network.ts";

export interface RouterReport {
  readonly conditions: { readonly [type in RouterCondition]?: Verdict };
  /** Why the reconcile ended here. Conditions that it did not come to stay as they were. */
  readonly error?: string;
  /** It ended before its endpoint picker, pool and route were made. */
  readonly nothingMade?: true;
}

/** What is the service's own here: as far as it was made. */
export interface Routed {
  readonly pool?: KubeObject;
  readonly route?: KubeObject;
}

export function routerReport(owner: Owner, network: Network, own: Routed): RouterReport {
  const spec = routerSpec(owner);
  return invalidRefs(owner, spec, network) ?? evaluated(spec, network, own);
}

/** What it refers to and what is not there. */
function invalidRefs(
  owner: Owner,
  spec: RouterSpec,
  network: Network,
): RouterReport | undefined {
  const refused = (type: RouterCondition, messages: readonly string[], prefix = "") => {
    if (messages.length === 0) return undefined;
    const error = prefix + messages.join("; ");
    const conditions = { [type]: notReady("RefsInvalid", error) };
    return { conditions, error, nothingMade: true } as const;
  };
  const missing = (refs: readonly Ref[], words: (ref: Ref) => string) =>
    refs.filter((ref) => !network.gateway(ref)).map(words);
  const { namespace, name } = { namespace: "default", ...owner.metadata };
  const itself = spec.route && spec.routeRefs.length === 0
    ? parentsOf({
      apiVersion: "",
      kind: "HTTPRoute",
      metadata: { namespace, name },
      spec: { parentRefs: parentRefs(owner) },
    })
    : [];
  return refused(
    "GatewaysReady",
    missing(spec.gatewayRefs, (ref) => `Gateway ${text(ref)} does not exist`),
  ) ?? refused(
    "HTTPRoutesReady",
    spec.routeRefs.filter((ref) => !network.route(ref))
      .map((ref) => `HTTPRoute ${text(ref)} does not exist`),
  ) ?? refused(
    "HTTPRoutesReady",
    missing(itself, (ref) => `Managed HTTPRoute references non-existent Gateway ${text(ref)}`),
  ) ?? refused(
    "HTTPRoutesReady",
    spec.routeRefs.flatMap((ref) => targetProblems(ref, network)),
    "HTTPRoute target validation failed: ",
  );
}

/** Of a route that somebody made by hand. */
function targetProblems(ref: Ref, network: Network): string[] {
  const parents = parentsOf(network.route(ref)!);
  if (parents.length === 0) return [`HTTPRoute ${text(ref)} has no parent gateway references`];
  return parents.filter((parent) => !network.gateway(parent))
    .map((parent) => `HTTPRoute ${text(ref)} references non-existent Gateway ${text(parent)}`);
}

function evaluated(spec: RouterSpec, network: Network, own: Routed): RouterReport {
  const { poolRef } = spec;
  const pool = poolRef ? network.pool(poolRef) : own.pool;
  if (spec.pool && !pool) {
    const message = `Inference Pool ${text(poolRef!)} not found (checked v1 and v1alpha2)`;
    const conditions = { InferencePoolReady: notReady("InferencePoolFetchError", message) };
    return { conditions, error: message };
  }
  const routes = [
    ...spec.routeRefs.map((ref) => network.route(ref)!),
    ...(own.route ? [own.route] : []),
  ];
  return {
    conditions: {
      ...(pool ? { InferencePoolReady: poolVerdict(pool, routes) } : {}),
      ...(spec.gatewayRefs.length > 0
        ? { GatewaysReady: gatewaysVerdict(spec.gatewayRefs, network) }
        : {}),
      ...(spec.route ? { HTTPRoutesReady: routesVerdict(routes) } : {}),
    },
  };
}

function gatewaysVerdict(refs: readonly Ref[], network: Network): Verdict {
  const bad = refs.filter((ref) => !isProgrammed(network.gateway(ref)!));
  if (bad.length === 0) return TRUE;
  const names = bad.map(text).join(" ");
  return notReady("GatewaysNotReady", `The following Gateways are not ready: [${names}]`);
}

function routesVerdict(routes: readonly KubeObject[]): Verdict {
  const bad = routes.flatMap((route) => {
    const parents = statusParents(route);
    const refusal = parents.flatMap(({ conditions }) => conditions).find(isFalse);
    if (refusal) {
      const { status, reason = "", message = "" } = refusal;
      return [`${textOf(route)}: "${status}" (reason "${reason}", message "${message}")`];
    }
    // Go prints the empty status of a route of which no gateway has said anything.
    return parents.length === 0 ? [`${textOf(route)}: ${NO_PARENTS}`] : [];
  });
  if (bad.length === 0) return TRUE;
  const message = `The following HTTPRoutes are not ready: [${bad.join(" ")}]`;
  return notReady("HTTPRoutesNotReady", message);
}

const NO_PARENTS =
  "v1.HTTPRouteStatus{RouteStatus:v1.RouteStatus{Parents:[]v1.RouteParentStatus(nil)}}";

/** A pool is taken by the gateways whose routes lead to it. */
function poolVerdict(pool: KubeObject, routes: readonly KubeObject[]): Verdict {
  const name = textOf(pool);
  const parents = statusParents(pool);
  if (parents.length === 0) {
    const message = `Inference Pool ${name} exists but no Gateway controller has accepted it yet`;
    return notReady("WaitingForGateway", message);
  }
  const refusal = parents.flatMap(({ conditions }) => conditions).find(isFalse);
  if (refusal) {
    const { type, status, reason = "", message = "" } = refusal;
    const text = `${name}: ${type}="${status}" (reason "${reason}", message "${message}")`;
    return notReady("InferencePoolNotReady", text);
  }
  const accepted = new Set(parents.map(({ parentRef }) => text(refOf(parentRef, pool))));
  const waiting = routes.flatMap(parentsOf).find((ref) => !accepted.has(text(ref)));
  if (!waiting) return TRUE;
  const message = `Inference Pool ${name} is not yet accepted by gateway ${text(waiting)}`;
  return notReady("WaitingForGateway", message);
}

interface StatusParent {
  readonly parentRef: { readonly name?: string; readonly namespace?: string };
  readonly conditions: readonly NetworkCondition[];
}

function statusParents({ status }: KubeObject): readonly StatusParent[] {
  const parents = (status?.["parents"] ?? []) as unknown as readonly Partial<StatusParent>[];
  return parents.map(({ parentRef = {}, conditions = [] }) => ({ parentRef, conditions }));
}

function isFalse({ status }: NetworkCondition): boolean {
  return status === "False";
}

function refOf({ name = "", namespace }: StatusParent["parentRef"], of: KubeObject): Ref {
  return { namespace: namespace ?? of.metadata.namespace ?? "default", name };
}

function textOf({ metadata: { namespace = "default", name } }: KubeObject): string {
  return text({ namespace, name });
}

function text({ namespace, name }: Ref): string {
  return `${namespace}/${name}`;
}
