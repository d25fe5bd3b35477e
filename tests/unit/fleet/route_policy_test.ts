// What is read out of an HTTPRoute's rules, and what of them is refused.
import assert from "node:assert/strict";
import { httpRouteSchema, policiesOf } from "../../../src/fleet/route_policy.ts";
import type { KubeObject } from "../../../src/kube/object.ts";

function service(rules: readonly unknown[] | undefined): KubeObject {
  const http = rules ? { spec: { rules } } : {};
  return {
    apiVersion: "serving.kserve.io/v1alpha2",
    kind: "LLMInferenceService",
    metadata: { name: "chat", namespace: "ns" },
    spec: { router: { route: { http } } },
  } as unknown as KubeObject;
}

const path = (value: string) => ({ matches: [{ path: { type: "PathPrefix", value } }] });
const timeout = (request: string) => ({ timeouts: { request } });

Deno.test("policiesOf() has no timeout and no retry where the service has no rules of its own", () => {
  assert.deepEqual(policiesOf(service(undefined)), { model: {}, path: {} });
  assert.deepEqual(policiesOf(service([{ timeouts: { request: "0s", backendRequest: "0s" } }])), {
    model: {},
    path: {},
  });
});

Deno.test("policiesOf() reads timeouts and retries, Envoy's where the rule leaves them out", () => {
  const timeouts = { request: "1m30s", backendRequest: "20s500ms" };
  const retry = { codes: [503], attempts: 3, backoff: "100ms" };
  const { model } = policiesOf(service([{ timeouts, retry }]));
  assert.deepEqual(model, {
    requestUs: 90_000_000,
    backendRequestUs: 20_500_000,
    retry: { attempts: 3, backoffUs: 100_000 },
  });
  assert.deepEqual(policiesOf(service([{ retry: {} }])).model, {
    retry: { attempts: 1, backoffUs: 25_000 },
  });
  assert.deepEqual(policiesOf(service([{ retry: { attempts: 0 } }])).model, {});
});

Deno.test("policiesOf() takes the rule of the way: the member's path, the header, the publisher's path", () => {
  const header = { matches: [{ headers: [{ name: "X-Gateway-Model-Name", value: "m" }] }] };
  const rules = [
    { ...path("/ns/chat/v1/completions"), ...timeout("1s") },
    { ...path("/ns/chat/v1/chat/completions"), ...timeout("2s") },
    { ...header, ...timeout("3s") },
  ];
  const { model, path: own } = policiesOf(service(rules));
  assert.deepEqual([model.requestUs, own.requestUs], [3_000_000, 2_000_000]);
  const publisher = { ...path("/publishers/ns/models/m/v1/chat/completions"), ...timeout("4s") };
  assert.equal(policiesOf(service([path("/"), publisher])).model.requestUs, 4_000_000);
});

Deno.test("policiesOf() takes a rule for everything where none is for the way", () => {
  const rules = [{ ...path("/other/x"), ...timeout("1s") }, { ...path("/"), ...timeout("2s") }];
  const { model, path: own } = policiesOf(service(rules));
  assert.deepEqual([model.requestUs, own.requestUs], [2_000_000, 2_000_000]);
});

Deno.test("policiesOf() reads mirrors: all requests, a percentage, a fraction", () => {
  const mirror = (share: object) => ({
    type: "RequestMirror",
    requestMirror: { backendRef: { name: "shadow-inference-pool" }, ...share },
  });
  const filters = [
    { type: "URLRewrite" },
    mirror({}),
    mirror({ percent: 25 }),
    mirror({ fraction: { numerator: 1, denominator: 1000 } }),
    mirror({ fraction: { numerator: 3 } }),
  ];
  const { mirrors = [] } = policiesOf(service([{ filters }])).model;
  assert.deepEqual(mirrors.map(({ ppm }) => ppm), [1_000_000, 250_000, 1000, 30_000]);
  assert.equal(mirrors[0]!.backend, "shadow-inference-pool");
});

const REFUSED: readonly [string, object, string][] = [
  ["a duration of another form", { timeouts: { request: "1.5s" } }, "write a duration"],
  [
    "a try that is longer than the whole",
    { timeouts: { request: "1s", backendRequest: "2s" } },
    "backendRequest timeout cannot be longer than request timeout",
  ],
  ["a status that is no error", { retry: { codes: [200] } }, "400"],
  [
    "percent and fraction at once",
    {
      filters: [{
        type: "RequestMirror",
        requestMirror: { backendRef: { name: "x" }, percent: 1, fraction: { numerator: 1 } },
      }],
    },
    "Only one of percent or fraction may be specified in HTTPRequestMirrorFilter",
  ],
];

for (const [what, rule, message] of REFUSED) {
  Deno.test(`httpRouteSchema refuses ${what}`, () => {
    const { error } = httpRouteSchema.safeParse({ rules: [rule] });
    assert.ok(error?.issues.some((issue) => issue.message.includes(message)), String(error));
  });
}
