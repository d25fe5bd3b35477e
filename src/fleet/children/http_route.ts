// The HTTPRoute that KServe makes for a service: its rules in order, and the members it shares requests with.
//
// After kserve aaac4e2, `config/llmisvcconfig/config-llm-router-route.yaml`.

import { nameOfChild } from "../../kube/names.ts";
import type { Json, JsonObject, KubeObject } from "../../kube/object.ts";
import { type Owner, routerChild } from "./metadata.ts";
import { backendOf, publishedModel, routerSpec, serviceBackend } from "./router_spec.ts";

/** KServe's own gateway, which takes the routes of services that name no other. */
export const DEFAULT_GATEWAY = { namespace: "kserve", name: "kserve-ingress-gateway" } as const;

/** By which clients of several models say which one they mean. */
const MODEL_HEADER = "X-Gateway-Model-Name";
const GATEWAY = { group: "gateway.networking.k8s.io", kind: "Gateway" } as const;

/** A member of its route group that takes requests, with its share of them. */
export interface WeightedMember {
  readonly owner: Owner;
  readonly weight: number;
}

interface Rule {
  readonly name?: string;
  readonly matches?: readonly {
    readonly path?: { readonly value?: string };
    readonly headers?: readonly JsonObject[];
  }[];
  readonly backendRefs?: readonly JsonObject[];
}

/**
 * The route of a service, whatever its own spec says of rules and parents going before KServe's. With
 * `members` what is asked of the model goes to all of them by weight; what is asked of the service by its
 * name still goes to it alone.
 */
export function routeObject(owner: Owner, members: readonly WeightedMember[] = []): KubeObject {
  const { routeSpec } = routerSpec(owner);
  const rules = (routeSpec?.["rules"] ?? routeRules(owner)) as readonly Rule[];
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: {
      ...routerChild(owner, nameOfChild(owner.metadata.name, "route")),
      // The gateways here know the InferencePool's v1 alone.
      annotations: { "serving.kserve.io/inference-pool-migrated": "v1" },
    },
    spec: {
      ...routeSpec,
      parentRefs: parentRefs(owner),
      rules:
        (members.length === 0
          ? rules
          : rules.map((rule) => isShared(rule) ? shared(rule, owner, members) : rule)) as Json,
    },
  };
}

/** The gateways that it asks to take its route. */
export function parentRefs(owner: Owner): JsonObject[] {
  const { gatewayRefs, routeSpec } = routerSpec(owner);
  if (gatewayRefs.length > 0) return gatewayRefs.map((ref) => ({ ...GATEWAY, ...ref }));
  const own = routeSpec?.["parentRefs"] as JsonObject[] | undefined;
  return own ?? [{ ...GATEWAY, ...DEFAULT_GATEWAY }];
}

/** What clients ask of a model's server; each has a path below the service's name. */
const ENDPOINTS = ["completions", "chat/completions", "responses", "messages"];

/** KServe's rules, in its order: Gateway API takes the first of those that match equally well. */
function routeRules(owner: Owner): JsonObject[] {
  const { name, namespace = "default" } = owner.metadata;
  const own = `/${namespace}/${name}`;
  const published = `/${publishedModel(owner)}`;
  const backend = backendOf(owner);
  const direct = serviceBackend(owner);
  const headers = [{ type: "Exact", name: MODEL_HEADER, value: publishedModel(owner) }];
  const named = (endpoint: string) => endpoint.replace("/", "-");
  return [
    ...ENDPOINTS.map((endpoint) =>
      rewritten(`v1-${named(endpoint)}-path`, `${own}/v1/${endpoint}`, `/v1/${endpoint}`, backend)
    ),
    ruleOf(
      "v1-model-routing",
      ENDPOINTS.flatMap((endpoint) => [`/v1/${endpoint}`, `/v1/${endpoint}/`])
        .map((value) => ({ path: { type: "Exact", value }, headers })),
      backend,
    ),
    ...ENDPOINTS.map((endpoint) =>
      rewritten(
        `v1-${named(endpoint)}-publisher-path`,
        `${published}/v1/${endpoint}`,
        `/v1/${endpoint}`,
        backend,
      )
    ),
    rewritten("v1-publisher-path-catch-all", published, "/", direct),
    rewritten("v1-catch-all-path", own, "/", direct),
    ruleOf("v1-catch-all-model-routing", [{ headers }], direct),
  ];
}

function rewritten(
  name: string,
  from: string,
  to: string,
  backend: JsonObject,
): JsonObject {
  const path = { type: "ReplacePrefixMatch", replacePrefixMatch: to };
  return {
    ...ruleOf(name, [{ path: { type: "PathPrefix", value: from } }], backend),
    filters: [{ type: "URLRewrite", urlRewrite: { path } }],
  };
}

/** No request is too long: a gateway that gave up would waste what was computed. */
function ruleOf(name: string, matches: readonly JsonObject[], backend: JsonObject): JsonObject {
  return {
    name,
    matches,
    backendRefs: [{ ...backend, weight: 1 }],
    timeouts: { backendRequest: "0s", request: "0s" },
  };
}

/** It is asked for a model, not for one service by its name. */
function isShared({ matches = [] }: Rule): boolean {
  return matches.some(({ path, headers = [] }) =>
    path?.value?.startsWith("/publishers/") || headers.some(({ name }) => name === MODEL_HEADER)
  );
}

/** The members' backends in place of its own: pools where it has a pool, Services where a Service. */
function shared(rule: Rule, owner: Owner, members: readonly WeightedMember[]): Rule {
  const direct = serviceBackend(owner);
  const isDirect =
    rule.backendRefs?.every(({ kind, name }) =>
      (kind ?? "Service") === direct["kind"] && name === direct["name"]
    ) ?? false;
  const viaService = isDirect && routerSpec(owner).pool;
  return {
    ...rule,
    backendRefs: members.map((member) => ({
      ...(viaService ? serviceBackend(member.owner) : backendOf(member.owner)),
      weight: member.weight,
    })),
  };
}
