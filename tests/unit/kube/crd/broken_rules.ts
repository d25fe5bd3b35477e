// Parts of a spec that break a rule of several fields: every one that can be broken, at least once.

type Broken = readonly [path: string, value: unknown];

const scaling = (value: object) => ["spec.scaling", { maxReplicas: 2, ...value }] as const;
const rule = (value: object) => ["spec.router.route.http.spec", { rules: [{ ...value }] }] as const;
const filters = (...list: readonly object[]) => rule({ filters: list });
const filter = (type: string, value: object = {}) => filters({ type, ...value });
const path = (value: string) => rule({ matches: [{ path: { value } }] });

const header = { name: "a", value: "b" };
const set = { set: [header] };
const prefix = { path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/" } };
const exact = [{ path: { type: "Exact", value: "/" } }];
const mirror = { name: "a", port: 80 };
const auth = (value: object) =>
  filter("ExtensionRef", { externalAuth: { backendRef: mirror, ...value } });

export const BROKEN: readonly Broken[] = [
  ["spec", { replicas: 1, scaling: { maxReplicas: 2, wva: { hpa: {} } } }],
  ["spec.prefill", { replicas: 1, scaling: { maxReplicas: 2, wva: { hpa: {} } } }],
  scaling({}),
  scaling({ wva: { hpa: {} }, keda: { triggers: [{ type: "cron", metadata: {} }] } }),
  scaling({ wva: { hpa: {} }, minReplicas: 3 }),
  scaling({ wva: { keda: { idleReplicaCount: 1 } } }),
  scaling({ keda: { triggers: [{ type: "cron", metadata: {} }], idleReplicaCount: 1 } }),
  scaling({ wva: {} }),
  scaling({ wva: { hpa: {}, keda: {} } }),
  ...["formula", "target", "activationTarget"].map((name) =>
    scaling({ wva: { keda: { advanced: { scalingModifiers: { [name]: "1" } } } } })
  ),
  scaling({ wva: { keda: { advanced: { scalingModifiers: { metricType: "Value" } } } } }),
  scaling({ wva: { keda: { advanced: { horizontalPodAutoscalerConfig: { name: "a" } } } } }),
  ["spec.router.route.http.spec", { rules: Array(3).fill({ matches: Array(64).fill({}) }) }],
  rule({ backendRefs: [mirror], filters: [{ type: "RequestRedirect", requestRedirect: {} }] }),
  rule({ matches: exact, filters: [{ type: "RequestRedirect", requestRedirect: prefix }] }),
  rule({ matches: exact, filters: [{ type: "URLRewrite", urlRewrite: prefix }] }),
  ...["requestRedirect", "urlRewrite"].map((name) =>
    rule({
      matches: [],
      backendRefs: [{
        ...mirror,
        filters: [{
          type: name === "urlRewrite" ? "URLRewrite" : "RequestRedirect",
          [name]: prefix,
        }],
      }],
    })
  ),
  rule({ backendRefs: [{ name: "a" }] }),
  filters(
    { type: "RequestRedirect", requestRedirect: {} },
    { type: "URLRewrite", urlRewrite: {} },
  ),
  ...Object.entries({
    CORS: { cors: {} },
    RequestHeaderModifier: { requestHeaderModifier: set },
    ResponseHeaderModifier: { responseHeaderModifier: set },
    RequestRedirect: { requestRedirect: {} },
    URLRewrite: { urlRewrite: {} },
    RequestMirror: { requestMirror: { backendRef: mirror } },
    ExtensionRef: { extensionRef: { group: "", kind: "A", name: "a" } },
  }).flatMap(([type, own]) => [
    filters({ type, ...own }, { type, ...own }),
    filter(type),
    filter(type === "CORS" ? "URLRewrite" : "CORS", own),
  ]),
  filter("CORS", { cors: { allowHeaders: ["*", "a"] } }),
  filter("CORS", { cors: { allowMethods: ["*", "GET"] } }),
  filter("CORS", { cors: { allowOrigins: ["*", "http://a"] } }),
  auth({ protocol: "GRPC" }),
  auth({ protocol: "HTTP" }),
  auth({ protocol: "GRPC", http: {} }),
  auth({ protocol: "HTTP", grpc: {} }),
  filter("RequestMirror", {
    requestMirror: { backendRef: mirror, percent: 1, fraction: { numerator: 200 } },
  }),
  filter("URLRewrite", {
    urlRewrite: { path: { type: "ReplaceFullPath", replacePrefixMatch: "/" } },
  }),
  filter("URLRewrite", {
    urlRewrite: { path: { type: "ReplacePrefixMatch", replaceFullPath: "/" } },
  }),
  ...["a", "//", "/./a", "/../a", "/%2f", "/%2F", "/#", "/..", "/.", "/{"].map(path),
  rule({ sessionPersistence: { cookieConfig: { lifetimeType: "Permanent" } } }),
  rule({ sessionPersistence: { type: "Header", cookieConfig: {} } }),
  rule({ timeouts: { request: "1m", backendRequest: "1h1s" } }),
  ["spec.router.scheduler.pool.spec", {
    selector: { matchLabels: { a: "b" } },
    targetPorts: [{ number: 1 }, { number: 1 }],
    endpointPickerRef: { name: "a" },
  }],
  ["status.router.group", {
    name: "a",
    members: [{ name: "a", weight: 1, backendRef: { name: "b" } }],
  }],
];

/** Rules that a limit or a default of the schema leaves nothing for. */
export const UNBREAKABLE = [
  "at least one trigger is required when using direct KEDA scaling",
  "minReplicas is required when idleReplicaCount is set",
  "type must be one of ['Exact', 'PathPrefix', 'RegularExpression']",
];
