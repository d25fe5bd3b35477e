// KServe's preset of the HTTPRoute: a service's own path, its publisher's path, and the header that names the model.

import type { JsonObject } from "../object.ts";

/** What the endpoint picker understands; all else goes to the servers by the workload's Service. */
const ENDPOINTS = ["completions", "chat/completions", "responses", "messages"] as const;

const SERVICE_PATH = "/{{ .ObjectMeta.Namespace }}/{{ .ObjectMeta.Name }}";
const MODEL = "publishers/{{ .ObjectMeta.Namespace }}/models/{{ .Spec.Model.Name }}";

const POOL = {
  group: "inference.networking.k8s.io",
  kind: "InferencePool",
  name: "{{ ChildName .ObjectMeta.Name `-inference-pool` }}",
  port: 8000,
  weight: 1,
};
const WORKLOAD = {
  kind: "Service",
  name: "{{ ChildName .ObjectMeta.Name `-kserve-workload-svc` }}",
  port: 8000,
  weight: 1,
};

/** A filter that rewrites a prefix allows one match a rule (Gateway API): hence a rule an endpoint. */
export function route(): JsonObject {
  const parent = {
    group: "gateway.networking.k8s.io",
    kind: "Gateway",
    name: "{{ .GlobalConfig.IngressGatewayName }}",
    namespace: "{{ .GlobalConfig.IngressGatewayNamespace }}",
  };
  const rules = [
    ...ENDPOINTS.map((endpoint) => endpointRule(endpoint, "path", SERVICE_PATH)),
    rule("v1-model-routing", POOL, ENDPOINTS.flatMap(exactMatches)),
    ...ENDPOINTS.map((endpoint) => endpointRule(endpoint, "publisher-path", `/${MODEL}`)),
    prefixRule("v1-publisher-path-catch-all", WORKLOAD, `/${MODEL}`, "/"),
    prefixRule("v1-catch-all-path", WORKLOAD, SERVICE_PATH, "/"),
    rule("v1-catch-all-model-routing", WORKLOAD, [{ headers: [MODEL_HEADER] }]),
  ];
  return { router: { route: { http: { spec: { parentRefs: [parent], rules } } } } };
}

const MODEL_HEADER = {
  type: "Exact",
  name: "{{ .GlobalConfig.ModelBasedRoutingHeaderName }}",
  value: MODEL,
};

function endpointRule(endpoint: string, kind: string, base: string): JsonObject {
  const name = `v1-${endpoint.replace("/", "-")}-${kind}`;
  return prefixRule(name, POOL, `${base}/v1/${endpoint}`, `/v1/${endpoint}`);
}

function prefixRule(name: string, backend: JsonObject, prefix: string, to: string): JsonObject {
  const path = { type: "ReplacePrefixMatch", replacePrefixMatch: to };
  return {
    ...rule(name, backend, [{ path: { type: "PathPrefix", value: prefix } }]),
    filters: [{ type: "URLRewrite", urlRewrite: { path } }],
  };
}

/** An engine may answer for as long as it wants to: 0s is no limit. */
function rule(name: string, backend: JsonObject, matches: readonly JsonObject[]): JsonObject {
  const timeouts = { backendRequest: "0s", request: "0s" };
  return { name, backendRefs: [backend], matches, timeouts };
}

function exactMatches(endpoint: string): JsonObject[] {
  return ["", "/"].map((end) => ({
    path: { type: "Exact", value: `/v1/${endpoint}${end}` },
    headers: [MODEL_HEADER],
  }));
}
