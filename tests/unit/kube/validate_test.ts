// Tests of what may be created, and of the words for what may not.
import assert from "node:assert/strict";
import { validateDocument } from "../../../src/kube/validate.ts";
import { fieldPath } from "../../../src/kube/validate_schema.ts";

const API = "serving.kserve.io/v1alpha2";

function service(spec: unknown, kind = "LLMInferenceService") {
  return { apiVersion: API, kind, metadata: { name: "chat", namespace: "default" }, spec };
}

/** What is said of a document, or the object that it became. */
function outcome(document: unknown) {
  const validated = validateDocument(document, "f.yaml");
  return validated.refusal ?? validated.object;
}

const model = { uri: "hf://a/b", name: "b" };
const prefix = 'The LLMInferenceService "chat" is invalid: ';

Deno.test("validateDocument() takes a service, a config and a node", () => {
  const config = service({ replicas: 2 }, "LLMInferenceServiceConfig");
  const node = { apiVersion: "v1", kind: "Node", metadata: { name: "n" } };
  for (const object of [service({ model }), config, node]) {
    assert.deepEqual(outcome(object), object);
  }
});

Deno.test("validateDocument() lets the model come from a config", () => {
  const based = service({ baseRefs: [{ name: "x" }] });
  assert.deepEqual(outcome(based), based);
});

Deno.test("validateDocument() treats null as absent, as the API server does", () => {
  assert.deepEqual(outcome(service({ model, replicas: null })), service({ model }));
});

for (
  const [what, document, said] of [
    ["no object", 7, `unable to decode "f.yaml": it holds no object in '7'`],
    [
      "no kind",
      { apiVersion: API, metadata: { name: "a" } },
      `unable to decode "f.yaml": Object 'Kind' is missing in ` +
      `'{"apiVersion":"${API}","metadata":{"name":"a"}}'`,
    ],
    [
      "an unknown kind",
      service({}, "LLMInferenceSvc"),
      'resource mapping not found for name: "chat" namespace: "default" from "f.yaml": no matches ' +
      `for kind "LLMInferenceSvc" in version "${API}"\nensure CRDs are installed first`,
    ],
    [
      "a kind of another version",
      { ...service({}), apiVersion: "serving.kserve.io/v1" },
      'resource mapping not found for name: "chat" namespace: "default" from "f.yaml": no matches ' +
      'for kind "LLMInferenceService" in version "serving.kserve.io/v1"\n' +
      "ensure CRDs are installed first",
    ],
    [
      "a creation that was yesterday",
      {
        ...service({ model }),
        metadata: { name: "chat", creationTimestamp: "yesterday" },
      },
      `${prefix}metadata.creationTimestamp: Invalid value: "yesterday": must be a time such as ` +
      "2026-01-01T00:00:00Z",
    ],
    [
      "a kind that the cluster makes itself",
      { apiVersion: "v1", kind: "Pod", metadata: { name: "p" } },
      'Cannot write the Pod in "f.yaml": the mock cluster makes its own from LLMInferenceService, ' +
      "LLMInferenceServiceConfig and Node objects, so write one of those",
    ],
    [
      "negative replicas",
      service({ model, replicas: -1 }),
      `${prefix}spec.replicas: Invalid value: -1: spec.replicas in body should be greater than or ` +
      "equal to 0",
    ],
    [
      "replicas as text",
      service({ model, replicas: "2" }),
      `${prefix}spec.replicas: Invalid value: "string": spec.replicas in body must be of type ` +
      'integer: "string"',
    ],
    [
      "half a replica",
      service({ model, replicas: 1.5 }),
      `${prefix}spec.replicas: Invalid value: "number": spec.replicas in body must be of type ` +
      'integer: "number"',
    ],
    ["a model without uri", service({ model: {} }), `${prefix}spec.model.uri: Required value`],
    [
      "an empty uri",
      service({ model: { uri: "" } }),
      `${prefix}spec.model.uri: Invalid value: "": spec.model.uri in body should be at least 1 ` +
      "chars long",
    ],
    [
      "a group that is no name",
      service({ model, router: { route: { group: "A", weight: 1 } } }),
      `${prefix}spec.router.route.group: Invalid value: "A": spec.router.route.group in body ` +
      "should match '^[a-z0-9]([a-z0-9-]*[a-z0-9])?$'",
    ],
    [
      "a weight without group",
      service({ model, router: { route: { weight: 1 } } }),
      `${prefix}spec.router.route.group: Required value: weight requires group`,
    ],
    [
      "a container without name",
      service({ model, template: { containers: [{ image: "x" }] } }),
      `${prefix}spec.template.containers[0].name: Required value`,
    ],
    [
      "a limit that is no quantity",
      service({
        model,
        template: {
          containers: [{ name: "main", resources: { limits: { "nvidia.com/gpu": [] } } }],
        },
      }),
      `${prefix}spec.template.containers[0].resources.limits[nvidia.com/gpu]: Invalid value: ` +
      '"array": spec.template.containers[0].resources.limits[nvidia.com/gpu] in body must be of ' +
      'type integer or string: "array"',
    ],
    [
      "several things",
      service({ model, replicas: -1, scaling: { maxReplicas: 2, wva: { hpa: {} } } }),
      'The LLMInferenceService "chat" is invalid: \n' +
      "* spec.replicas: Invalid value: -1: spec.replicas in body should be greater than or equal " +
      'to 0\n* spec: Invalid value: "object": replicas and scaling are mutually exclusive; use ' +
      "scaling for autoscaled deployments or replicas for static deployments",
    ],
    [
      "a config that refers to others",
      service({ baseRefs: [{ name: "x" }] }, "LLMInferenceServiceConfig"),
      'The LLMInferenceServiceConfig "chat" is invalid: spec.baseRefs: Forbidden: baseRefs is not ' +
      "a permitted field in LLMInferenceServiceConfig, support for recursive refs has been disabled",
    ],
  ] as const
) {
  Deno.test(`validateDocument() refuses ${what}`, () => assert.equal(outcome(document), said));
}

const adapters = (...names: readonly string[]) => ({
  model: { ...model, lora: { adapters: names.map((name) => ({ name })) } },
});
const router = (value: unknown) => ({ model, router: value });
const refs = { http: { refs: [{ name: "r" }] } };

for (
  const [said, spec] of [
    [/parallelism must be configured/, { model, worker: {} }],
    [/cannot set both pipeline/, { model, parallelism: { pipeline: 2, data: 2, dataLocal: 1 } }],
    [/dataLocal must be set when data is set/, { model, parallelism: { data: 2 } }],
    [/data must be set when dataLocal is set/, { model, parallelism: { dataLocal: 2 } }],
    [/^.*spec\.prefill: .*mutually exclusive; use/, {
      model,
      prefill: { replicas: 1, scaling: { maxReplicas: 1, keda: {} } },
    }],
    [/maxReplicas: Required value$/, { model, scaling: { keda: {} } }],
    [/maxReplicas in body should be greater/, { model, scaling: { keda: {}, maxReplicas: 0 } }],
    [/minReplicas cannot exceed maxReplicas/, {
      model,
      scaling: { keda: {}, minReplicas: 3, maxReplicas: 2 },
    }],
    [/either wva or keda must be/, { model, scaling: { maxReplicas: 2 } }],
    [/wva and keda are mutually exclusive$/, {
      model,
      scaling: { maxReplicas: 2, keda: {}, wva: { hpa: {} } },
    }],
    [/hpa and keda are mutually exclusive/, {
      model,
      scaling: { maxReplicas: 2, wva: { hpa: {}, keda: {} } },
    }],
    [/either hpa or keda must be/, { model, scaling: { maxReplicas: 2, wva: {} } }],
    [/variantCost must be a non-negative/, {
      model,
      scaling: { maxReplicas: 2, wva: { hpa: {}, variantCost: "-1" } },
    }],
    [/decode uses keda but prefill uses wva/, {
      model,
      scaling: { maxReplicas: 2, keda: {} },
      prefill: { scaling: { maxReplicas: 2, wva: { hpa: {} } } },
    }],
    [/cannot both be zero/, { model, rolloutStrategy: { maxSurge: 0, maxUnavailable: "0%" } }],
    [/kvCacheOffloading\.cpu: Required value/, { model, kvCacheOffloading: { secondary: [] } }],
    [/adapters\[0\]\.name: Required value: adapter name/, adapters("")],
    [/path traversal risk/, adapters("../x")],
    [/adapters\[1\]\.name: .*duplicate name \(same as adapters\[0\]\)/, adapters("x", "x")],
    [/must differ from base model name "b"/, adapters("b")],
    [
      /cannot use both custom HTTPRoute refs/,
      router({
        route: { http: { ...refs.http, spec: {} } },
      }),
    ],
    [/cannot be used with a managed gateway/, router({ gateway: {}, route: refs })],
    [/HTTPRoutes, not Ingress/, router({ ingress: {}, route: { group: "a", weight: 1 } })],
    [
      /cannot be used with custom HTTPRoute refs/,
      router({
        route: { ...refs, group: "a", weight: 1 },
      }),
    ],
    [/scheduler replicas must be greater than zero/, router({ scheduler: { replicas: 0 } })],
    [/either inline or ref is required/, router({ scheduler: { config: {} } })],
    [
      /both inline and ref are set/,
      router({
        scheduler: { config: { inline: {}, ref: { name: "a" } } },
      }),
    ],
    [
      /inline in body must be of type object: "string"/,
      router({
        scheduler: { config: { inline: "kind: X" } },
      }),
    ],
  ] as const
) {
  Deno.test(`validateDocument() says one thing: ${said.source}`, () => {
    const text = String(outcome(service(spec)));
    assert.match(text, said);
    assert.ok(text.startsWith(prefix) && !text.includes("\n"), text);
  });
}

Deno.test("validateDocument() tells kubectl's words from the server's", () => {
  const said = (document: unknown) => {
    const validated = validateDocument(document, "f.yaml");
    return validated.refusal === undefined ? undefined : validated.isServers;
  };
  assert.equal(said({}), false);
  assert.equal(said(service({ model, replicas: -1 })), true);
  assert.equal(said({ ...service({ model }), metadata: { name: "../../x" } }), true);
});

Deno.test("fieldPath() writes indices and keys with dots in brackets", () => {
  assert.equal(fieldPath(["spec", "a", 0, "b", "c.d/e"]), "spec.a[0].b[c.d/e]");
});

Deno.test("validateDocument() writes out what a terminal would obey, wherever it stands", () => {
  const bad = "\x1b[2J\x9b\u202e\n";
  const documents = [
    { ...service({ model }), metadata: { name: bad } },
    { ...service({ model }), kind: bad },
    { ...service({ model }), metadata: { name: "chat", labels: { [bad]: 7 } } },
    service({ model: { name: bad, uri: "hf://a/b", lora: { adapters: [{ name: bad }] } } }),
    service({
      model,
      template: { containers: [{ name: "m", resources: { limits: { [bad]: [] } } }] },
    }),
  ];
  for (const document of documents) {
    const { refusal = "" } = validateDocument(document, "f.yaml");
    assert.notEqual(refusal, "");
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(refusal, /[\0-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
  }
  const { refusal = "" } = validateDocument(documents[0], "f.yaml");
  assert.ok(refusal.startsWith(String.raw`The LLMInferenceService "\x1b[2J\u009b\u202e\n" is`));
});
