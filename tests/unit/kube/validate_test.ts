// Tests of what may be created, and of the words for what may not.
import assert from "node:assert/strict";
import type { KubeObject } from "../../../src/kube/object.ts";
import { validateDocument, type ValidationOptions } from "../../../src/kube/validate.ts";
import { fieldPath } from "../../../src/kube/validate_schema.ts";

const API = "serving.kserve.io/v1alpha2";

function service(spec: unknown, kind = "LLMInferenceService") {
  return { apiVersion: API, kind, metadata: { name: "chat", namespace: "default" }, spec };
}

/** What is said of a document, or the object that it became. */
function outcome(document: unknown, options?: ValidationOptions) {
  const validated = validateDocument(document, "f.yaml", options);
  if (!("refusals" in validated)) return validated.object;
  return validated.refusals.map(({ text }) => text).join("\n");
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
      "what is nested too deep",
      { apiVersion: API, spec: Array(200).fill(0).reduce((inner) => [inner], []) },
      'unable to decode "f.yaml": it is nested more than 100 levels deep',
    ],
    [
      "a label that is none",
      { ...service({ model }), metadata: { name: "chat", labels: { app: "a b" } } },
      `${prefix}metadata.labels: Invalid value: "a b": a valid label must be an empty string or ` +
      "consist of alphanumeric characters, '-', '_' or '.', and must start and end with an " +
      "alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for " +
      "validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
    ],
    [
      "a field that metadata has none of",
      { ...service({ model }), metadata: { name: "chat", label: {}, finalizers: "x" } },
      'LLMInferenceService in version "v1alpha2" cannot be handled as a LLMInferenceService: strict ' +
      `decoding error: unknown field "metadata.label"\n${prefix}metadata.finalizers: Invalid value: ` +
      '"string": metadata.finalizers in body must be of type array: "string"',
    ],
    [
      "a criticality that is none",
      {
        ...service({ model: { ...model, criticality: "High" } }),
        apiVersion: "serving.kserve.io/v1alpha1",
      },
      `${prefix}spec.model.criticality: Unsupported value: "High": supported values: "Critical", ` +
      '"Standard", "Sheddable"',
    ],
    [
      "a number that no int32 holds",
      service({ replicas: 3e9 }),
      `${prefix}spec.replicas: Invalid value: 3000000000: Checked value must be of type integer ` +
      "with format int32 in spec.replicas",
    ],
    [
      "two containers of one name",
      service({ template: { containers: [{ name: "main" }, { name: "main" }] } }),
      `${prefix}spec.template.containers[1]: Duplicate value: {"name":"main"}`,
    ],
    [
      "a name of 64 letters as group",
      service({ router: { route: { group: "a".repeat(64), weight: 1 } } }),
      `${prefix}spec.router.route.group: Too long: may not be more than 63 bytes`,
    ],
    [
      "more hostnames than a route has",
      service({ router: { route: { http: { spec: { hostnames: Array(17).fill("a") } } } } }),
      `${prefix}spec.router.route.http.spec.hostnames: Too many: 17: must have at most 16 items`,
    ],
    [
      "a route's rule of the Gateway API",
      service({
        router: { route: { http: { spec: { rules: [{ backendRefs: [{ name: "a" }] }] } } } },
      }),
      `${prefix}spec.router.route.http.spec.rules[0].backendRefs[0]: Invalid value: "object": Must ` +
      "have port for Service reference",
    ],
    [
      "fields that no schema has",
      service({ model, template: { spec: {} }, "a.b": 1 }),
      'LLMInferenceService in version "v1alpha2" cannot be handled as a LLMInferenceService: strict ' +
      'decoding error: unknown field "spec.template.spec", unknown field "spec.a.b"',
    ],
    [
      "what v1alpha1 has no field for",
      {
        ...service({ kvCacheOffloading: { cpu: "1Gi" } }),
        apiVersion: "serving.kserve.io/v1alpha1",
      },
      'LLMInferenceService in version "v1alpha1" cannot be handled as a LLMInferenceService: strict ' +
      'decoding error: unknown field "spec.kvCacheOffloading"',
    ],
    [
      "an unknown field and a wrong one, both",
      service({ worker: {}, workers: {} }),
      'LLMInferenceService in version "v1alpha2" cannot be handled as a LLMInferenceService: strict ' +
      `decoding error: unknown field "spec.workers"\n${prefix}spec.worker: Invalid value: {}: when ` +
      "worker is specified, parallelism must be configured for either data parallelism or pipeline " +
      "parallelism",
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
      "scaling for autoscaled deployments or replicas for static deployments\n" +
      '* spec.scaling: Invalid value: {"maxReplicas":2,"wva":{"hpa":{}}}: scaling and replicas are ' +
      "mutually exclusive; use scaling for autoscaled deployments or replicas for static deployments",
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
const triggers = [{ type: "cron", metadata: {} }];
const scaling = (value: object) => ({ model, scaling: { maxReplicas: 2, ...value } });
const offloading = (fileSystem: unknown) => ({
  model,
  kvCacheOffloading: { cpu: "1Gi", secondary: [{ fileSystem }] },
});

/** What the webhook alone says, or the schema alone: one cause each. */
for (
  const [said, spec] of [
    [/worker: .*parallelism must be configured/, { model, worker: {} }],
    [/prefill\.worker: .*parallelism must be/, { model, prefill: { worker: {} } }],
    [/parallelism: .*cannot set both pipeline/, {
      model,
      parallelism: { pipeline: 2, data: 2, dataLocal: 1 },
    }],
    [/parallelism\.dataLocal: Invalid value: null: dataLocal must be set when data is set/, {
      model,
      parallelism: { data: 2 },
    }],
    [/parallelism\.data: Invalid value: null: data must be set when dataLocal is set/, {
      model,
      parallelism: { dataLocal: 2 },
    }],
    [/maxReplicas: Required value$/, { model, scaling: { wva: { hpa: {} } } }],
    [/minReplicas in body should be greater/, scaling({ wva: { hpa: {} }, minReplicas: 0 })],
    [/decode uses direct keda but prefill uses wva/, {
      ...scaling({ keda: { triggers } }),
      prefill: { scaling: { maxReplicas: 2, wva: { hpa: {} } } },
    }],
    [/prefill\.scaling\.wva: .*decode uses keda but prefill uses hpa — mixing/, {
      ...scaling({ wva: { keda: {} } }),
      prefill: { scaling: { maxReplicas: 2, wva: { hpa: {} } } },
    }],
    [/cannot both be zero/, { model, rolloutStrategy: { maxSurge: 0, maxUnavailable: "0%" } }],
    [/cannot both be zero/, { model, rolloutStrategy: { maxSurge: 0, maxUnavailable: "99%" } }],
    [/maxSurge: Required value: maxSurge is required for multi-node/, {
      model,
      worker: {},
      parallelism: { pipeline: 2 },
      rolloutStrategy: { maxUnavailable: 0 },
    }],
    [/maxSurge: Invalid value: -1: must be greater than or equal to 0/, {
      model,
      rolloutStrategy: { maxSurge: -1 },
    }],
    [/maxSurge: Invalid value: "x": a valid percent string/, {
      model,
      rolloutStrategy: { maxSurge: "x" },
    }],
    [/maxUnavailable: Invalid value: "101%": must not be greater than 100%/, {
      model,
      rolloutStrategy: { maxUnavailable: "101%" },
    }],
    [/kvCacheOffloading\.cpu: Required value/, { model, kvCacheOffloading: { secondary: [] } }],
    [/cpu: Required value: cpu must be set when secondary tiers/, {
      model,
      kvCacheOffloading: {
        cpu: "0Gi",
        secondary: [{ fileSystem: { emptyDir: { size: "1Gi" } } }],
      },
    }],
    [/secondary\[0\]\.fileSystem: Required value: only fileSystem tiers/, offloading(undefined)],
    [/fileSystem: Required value: exactly one of emptyDir or pvc must be set$/, offloading({})],
    [
      /fileSystem: Invalid value: .*exactly one of emptyDir or pvc must be set; multiple are set/,
      offloading({ emptyDir: { size: 1 }, pvc: { ref: { name: "a" } } }),
    ],
    [/pvc: Required value: exactly one of spec or ref must be set$/, offloading({ pvc: {} })],
    [
      /pvc: Invalid value: .*exactly one of spec or ref must be set; multiple are set/,
      offloading({ pvc: { spec: {}, ref: { name: "a" } } }),
    ],
    [
      /pvc\.ref\.name: Required value: name is required/,
      offloading({ pvc: { ref: { name: "" } } }),
    ],
    [/adapters\[0\]\.name: Required value: adapter name/, adapters("")],
    [/path traversal risk/, adapters("../x")],
    [/adapters\[1\]\.name: .*duplicate name \(same as adapters\[0\]\)/, adapters("x", "x")],
    [/must differ from base model name "b"/, adapters("b")],
    [/must differ from base model name "chat"/, {
      model: { uri: "hf://a/b", lora: { adapters: [{ name: "chat" }] } },
    }],
    [/resourceId: Invalid value: "x": must be in the format kbs:/, {
      model: { ...model, confidential: { enabled: true, resourceId: "x" } },
    }],
    [
      /http: .*cannot use both custom HTTPRoute refs/,
      router({ route: { http: { ...refs.http, spec: {} } } }),
    ],
    [/http\.refs: .*cannot be used with a managed gateway/, router({ gateway: {}, route: refs })],
    [
      /http\.spec: .*parentRefs that conflict with custom gateway refs/,
      router({
        gateway: { refs: [{ name: "a" }] },
        route: { http: { spec: { parentRefs: [{ name: "b" }] } } },
      }),
    ],
    [/HTTPRoutes, not Ingress/, router({ ingress: {}, route: { group: "a", weight: 1 } })],
    [
      /cannot be used with custom HTTPRoute refs/,
      router({ route: { ...refs, group: "a", weight: 1 } }),
    ],
    [/route\.weight: Required value: group requires weight/, router({ route: { group: "a" } })],
    [/scheduler replicas must be greater than zero/, router({ scheduler: { replicas: 0 } })],
    [/either inline or ref is required/, router({ scheduler: { config: {} } })],
    [
      /both inline and ref are set/,
      router({ scheduler: { config: { inline: { a: 1 }, ref: { name: "a", key: "b" } } } }),
    ],
    [/inline configuration is invalid/, router({ scheduler: { config: { inline: {} } } })],
    [
      /config\.ref\.name: Invalid value: {"key":"b"}: name is empty/,
      router({ scheduler: { config: { ref: { key: "b" } } } }),
    ],
    [
      /inline in body must be of type object: "string"/,
      router({ scheduler: { config: { inline: "kind: X" } } }),
    ],
  ] as const
) {
  Deno.test(`validateDocument() says one thing: ${said.source}`, () => {
    const text = String(outcome(service(spec)));
    assert.match(text, said);
    assert.ok(text.startsWith(prefix) && !text.includes("\n"), text);
  });
}

/** What the schema says by a CEL rule or a limit, and the webhook says again. */
for (
  const [schemas, webhooks, spec] of [
    [
      /spec\.prefill: Invalid value: "object": replicas and scaling are/,
      /scaling and replicas are/,
      {
        model,
        prefill: { replicas: 1, scaling: { maxReplicas: 1, wva: { hpa: {} } } },
      },
    ],
    [
      /"object": minReplicas cannot exceed maxReplicas/,
      /minReplicas: Invalid value: 3: minReplicas \(3\) cannot exceed maxReplicas \(2\)/,
      scaling({ wva: { hpa: {} }, minReplicas: 3 }),
    ],
    [/"object": either wva or keda/, /scaling: Required value: either wva or keda/, scaling({})],
    [
      /"object": wva and keda are mutually exclusive$/m,
      /exclusive; choose one scaling mechanism/,
      scaling({ keda: { triggers }, wva: { hpa: {} } }),
    ],
    [
      /wva: Invalid value: "object": hpa and keda are/,
      /wva: Invalid value: \{.*: hpa and keda are mutually exclusive/,
      scaling({ wva: { hpa: {}, keda: {} } }),
    ],
    [
      /wva: Invalid value: "object": either hpa or keda/,
      /wva: Required value: either hpa or keda must be/,
      scaling({ wva: {} }),
    ],
    [
      /variantCost in body should match/,
      /variantCost must be a non-negative/,
      scaling({ wva: { hpa: {}, variantCost: "-1" } }),
    ],
    [
      /scaling: Invalid value: "object": idleReplicaCount must be less than minReplicas;/,
      /keda\.idleReplicaCount: Invalid value: 1: idleReplicaCount \(1\) must be less than/,
      scaling({ keda: { triggers, idleReplicaCount: 1 } }),
    ],
    [
      /wva: Invalid value: "object": scalingModifiers must not be set;/,
      /advanced\.scalingModifiers: Forbidden: scalingModifiers must not be set;/,
      scaling({ wva: { keda: { advanced: { scalingModifiers: { formula: "a" } } } } }),
    ],
    [
      /keda: Invalid value: "object": horizontalPodAutoscalerConfig\.name must not/,
      /horizontalPodAutoscalerConfig\.name: Forbidden: horizontalPodAutoscalerConfig\.name must/,
      scaling({
        keda: { triggers, advanced: { horizontalPodAutoscalerConfig: { name: "a" } } },
      }),
    ],
    [
      /keda\.triggers: Invalid value: 0: .*should have at least 1 items/,
      /triggers: Required value: at least one trigger is required/,
      scaling({ keda: { triggers: [] } }),
    ],
    [
      /pipeline in body should be greater than or equal to 1/,
      /pipeline: Invalid value: 0: pipeline parallelism must be greater than 0/,
      { model, parallelism: { pipeline: 0 } },
    ],
    [
      /maxRank in body should be greater/,
      /maxRank: Invalid value: 0: maxRank must be at least 1/,
      { model: { ...model, lora: { maxRank: 0 } } },
    ],
  ] as const
) {
  Deno.test(`validateDocument() says both: ${webhooks.source}`, () => {
    const text = String(outcome(service(spec)));
    assert.match(text, schemas);
    assert.match(text, webhooks);
  });
}

Deno.test("validateDocument() wants one of gateway refs and a route's spec in v1alpha1", () => {
  const refs = [{ name: "a", namespace: "b" }];
  const spec = router({
    gateway: { refs },
    route: { http: { spec: { parentRefs: refs } } },
  });
  const document = service(spec);
  assert.deepEqual(outcome(document), document);
  const old = { ...document, apiVersion: "serving.kserve.io/v1alpha1" };
  assert.match(String(outcome(old)), /cannot be used with custom gateway refs/);
});

Deno.test("validateDocument() holds annotations for devices to what the webhook wants", () => {
  const said = (annotations: Record<string, string>) => {
    const metadata = {
      name: "chat",
      annotations: Object.fromEntries(
        Object.entries(annotations).map(([name, value]) => [
          `serving.kserve.io/exp-dra-${name}`,
          value,
        ]),
      ),
    };
    return String(outcome({ ...service({ model }), metadata }));
  };
  assert.equal(said({ "device-class": "gpu.nvidia.com", "device-count": "2" }), "[object Object]");
  assert.match(said({ "device-count": "2" }), /device-class\]: Required value: .* is required to/);
  assert.match(said({ "device-class": "A" }), /"A": device class must be a DNS subdomain: a lower/);
  assert.match(
    said({ "device-class": "a", "device-count": "0" }),
    /device-count\]: Invalid value: "0": invalid .* value "0": must be >= 1/,
  );
  assert.match(said({ "device-class": "a", "cel-selector": " " }), /at least one non-empty CEL/);
  assert.match(said({ "device-class": "a", "container-name": "a.b" }), /must be a DNS label: /);
});

Deno.test("validateDocument() lets a config be part of a service", () => {
  const config = (spec: unknown) => outcome(service(spec, "LLMInferenceServiceConfig"));
  const part = { worker: {}, router: { route: { weight: 1 }, scheduler: { config: {} } } };
  assert.deepEqual(config(part), service(part, "LLMInferenceServiceConfig"));
  assert.match(String(config({ router: { scheduler: { replicas: 0 } } })), /scheduler replicas/);
});

Deno.test("validateDocument() keeps the size of a group as it is", () => {
  const stored = (parallelism: unknown) => () => service({ parallelism }) as KubeObject;
  const said = (before: unknown, after: unknown) =>
    outcome(service({ parallelism: after }), { stored: stored(before) });
  assert.equal(
    said({ pipeline: 2 }, { pipeline: 4, tensor: 8 }),
    `${prefix}spec.parallelism: Unsupported value: 4: total parallelism size is immutable, ` +
      "previous size 2, curr size 4",
  );
  assert.match(String(said({ data: 8, dataLocal: 2 }, undefined)), /previous size 4, curr size 1/);
  assert.notEqual(typeof said({ data: 8, dataLocal: 2 }, { pipeline: 4 }), "string");
  assert.notEqual(typeof said({ tensor: 2 }, { tensor: 4 }), "string");
});

Deno.test("validateDocument() drops unknown fields and says so, as it is told", () => {
  const document = service({ model, workers: {}, template: { containers: [{ name: "m", x: 1 }] } });
  const kept = service({ model, template: { containers: [{ name: "m" }] } });
  const warnings = [
    'unknown field "spec.template.containers[0].x"',
    'unknown field "spec.workers"',
  ];
  assert.deepEqual(validateDocument(document, "f", { fields: "ignore" }), {
    object: kept,
    warnings: [],
  });
  assert.deepEqual(validateDocument(document, "f", { fields: "warn" }), { object: kept, warnings });
});

Deno.test("validateDocument() warns of what is let in", () => {
  const warningsOf = (document: unknown, options?: ValidationOptions) => {
    const validated = validateDocument(document, "f", options);
    return "warnings" in validated ? validated.warnings : validated.refusals;
  };
  const parents = [{ name: "a" }];
  const doubled = router({
    gateway: { refs: parents },
    route: { http: { spec: { parentRefs: parents } } },
  });
  assert.match(String(warningsOf(service(doubled))), /^spec\..*parentRefs can be omitted when/);
  const oci = { model: { uri: "oci://a", confidential: { enabled: true } } };
  assert.match(String(warningsOf(service(oci))), /^confidential has no effect with OCI URIs/);
  const preset = (replicas: number) => ({
    ...service({ replicas }, "LLMInferenceServiceConfig"),
    metadata: { name: "kserve-config-llm-template", namespace: "kserve" },
  });
  const stored = () => preset(1) as KubeObject;
  assert.deepEqual(warningsOf(preset(1), { stored }), []);
  assert.match(
    String(warningsOf(preset(2), { stored })),
    /^modifying well-known config kserve\/kserve-config-llm-template is not recommended\. Consider/,
  );
});

Deno.test("validateDocument() tells kubectl's words from the server's", () => {
  const by = (document: unknown) => {
    const validated = validateDocument(document, "f.yaml");
    return "refusals" in validated ? validated.refusals.map(({ by }) => by) : [];
  };
  assert.deepEqual(by({}), ["kubectl"]);
  assert.deepEqual(by(service({ model, replicas: -1 })), ["admission"]);
  assert.deepEqual(by({ ...service({ model }), metadata: { name: "../../x" } }), ["admission"]);
  assert.deepEqual(by(service({ worker: {}, workers: {} })), ["decoder", "admission"]);
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
    const refusal = outcome(document);
    assert.ok(typeof refusal === "string");
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(refusal, /[\0-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
  }
  const refusal = String(outcome(documents[0]));
  assert.ok(refusal.startsWith(String.raw`The LLMInferenceService "\x1b[2J\u009b\u202e\n" is`));
});
