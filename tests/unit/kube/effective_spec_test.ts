// Tests of the effective spec: which configs a service is made with, and what KServe adds behind the merge.
import assert from "node:assert/strict";
import {
  configsOfService,
  effectiveSpec,
  OWN_SPEC,
  withoutPresets,
} from "../../../src/kube/effective_spec.ts";
import { listIn, mapIn } from "../../../src/kube/json_shape.ts";
import type { Json, JsonObject, KubeObject } from "../../../src/kube/object.ts";
import { presetNamed } from "../../../src/kube/presets/presets.ts";

const API = "serving.kserve.io/v1alpha2";
const TEMPLATE = "kserve-config-llm-template";
const model = { uri: "hf://a/b" };

function config(name: string, spec: JsonObject, namespace = "kserve"): KubeObject {
  const metadata = { name, namespace };
  return { apiVersion: API, kind: "LLMInferenceServiceConfig", metadata, spec };
}

function service(spec: JsonObject, namespace = "search"): KubeObject {
  const metadata = { name: "chat", namespace };
  return { apiVersion: API, kind: "LLMInferenceService", metadata, spec };
}

function lookupIn(...configs: readonly KubeObject[]) {
  return (namespace: string, name: string) =>
    configs.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
}

function effective(spec: JsonObject, ...configs: readonly KubeObject[]) {
  const merged = effectiveSpec(service(spec), lookupIn(...configs));
  assert.ok(merged.problem === undefined, merged.problem?.message);
  return merged;
}

function at(spec: Json | undefined, path: string): Json | undefined {
  return path.split("/").slice(1).reduce<Json | undefined>(
    (value, key) => (value as { [key: string]: Json } | undefined)?.[key],
    spec,
  );
}

Deno.test("effectiveSpec() merges presets, then configs in their order, then the own spec", () => {
  const image = (value: string) => ({ template: { containers: [{ name: "main", image: value }] } });
  const configs = [
    config("first", { replicas: 2, labels: { a: "first", b: "first" }, ...image("first") }),
    config("second", { labels: { b: "second" }, ...image("second") }),
  ];
  const baseRefs = [{ name: "first" }, { name: "second" }];
  const { spec, origins, applied } = effective({ model, baseRefs, ...image("own") }, ...configs);
  assert.equal(at(spec, "/template/containers/0/image"), "own");
  assert.equal(at(spec, "/template/containers/0/readinessProbe/periodSeconds"), 1);
  assert.deepEqual(spec["labels"], { a: "first", b: "second" });
  assert.equal(origins.get("/template/containers/0/image"), OWN_SPEC);
  assert.equal(origins.get("/labels/b"), "second");
  assert.equal(origins.get("/template/containers/0/readinessProbe/periodSeconds"), TEMPLATE);
  assert.deepEqual(applied, [
    { name: TEMPLATE, namespace: "kserve", source: "Preset" },
    { name: "first", namespace: "kserve", source: "UserRef" },
    { name: "second", namespace: "kserve", source: "UserRef" },
  ]);
});

Deno.test("effectiveSpec() looks in the service's namespace before kserve", () => {
  const lookup = lookupIn(
    config("prod", { replicas: 1 }),
    config("prod", { replicas: 2 }, "search"),
  );
  const asked = { model, baseRefs: [{ name: "prod" }] };
  const near = effectiveSpec(service(asked), lookup);
  const far = effectiveSpec(service(asked, "support"), lookup);
  assert.ok(near.problem === undefined && far.problem === undefined);
  assert.deepEqual([near.spec["replicas"], far.spec["replicas"]], [2, 1]);
  assert.deepEqual(near.applied.at(-1), { name: "prod", namespace: "search", source: "UserRef" });
});

for (const namespace of ["search", "kserve"]) {
  Deno.test(`effectiveSpec() takes a config in ${namespace} that has a preset's name`, () => {
    const { spec, applied } = effective({ model }, config(TEMPLATE, { replicas: 7 }, namespace));
    assert.equal(spec["replicas"], 7);
    assert.equal(spec["template"], undefined);
    assert.deepEqual(applied, [{ name: TEMPLATE, namespace, source: "Preset" }]);
  });
}

Deno.test("effectiveSpec() says which config is missing, in KServe's words", () => {
  const { problem } = effectiveSpec(service({ baseRefs: [{ name: "gone" }] }), () => undefined);
  assert.deepEqual(problem, {
    reason: "ConfigNotFound",
    message: 'LLMInferenceServiceConfig "gone" not found in namespaces [search kserve]',
  });
});

Deno.test("effectiveSpec() misses the preset of a pipeline until an administrator makes it", () => {
  const spec = { model, worker: {}, parallelism: { pipeline: 2 } };
  const name = "kserve-config-llm-worker-pipeline-parallel";
  const { problem } = effectiveSpec(service(spec), () => undefined);
  assert.deepEqual(problem, {
    reason: "ConfigNotFound",
    message: `LLMInferenceServiceConfig "${name}" not found in namespaces [search kserve]`,
  });
  const { applied } = effective(spec, config(name, { worker: { containers: [] } }));
  assert.deepEqual(applied, [{ name, namespace: "kserve", source: "Preset" }]);
});

Deno.test("effectiveSpec() refuses configs that refer to others", () => {
  const nested = config("a", { baseRefs: [{ name: "b" }] });
  const { problem } = effectiveSpec(service({ baseRefs: [{ name: "a" }] }), lookupIn(nested));
  assert.equal(problem?.reason, "CombineBaseError");
});

Deno.test("effectiveSpec() says what is wrong with a template, wherever it stands", () => {
  const broken = config("broken", { labels: { a: "{{ lower .Spec.Model.Name }}" } });
  const { problem } = effectiveSpec(
    service({ model, baseRefs: [{ name: "broken" }] }),
    lookupIn(broken),
  );
  assert.deepEqual(problem, {
    reason: "CombineBaseError",
    message: 'failed to parse template config: template: config:1: function "lower" not defined',
  });
});

Deno.test("effectiveSpec() finds the shape in configs, and renders with the own spec alone", () => {
  const disaggregated = config("pd", { prefill: { replicas: 2, parallelism: { tensor: 4 } } });
  const { spec, applied } = effective({ model, baseRefs: [{ name: "pd" }] }, disaggregated);
  assert.deepEqual(applied.map(({ name }) => name), [
    "kserve-config-llm-prefill-template",
    "kserve-config-llm-decode-template",
    "pd",
  ]);
  // The service has no `prefill` of its own, so that the preset finds no parallelism in it.
  assert.doesNotMatch(
    String(at(spec, "/prefill/template/containers/0/command/2")),
    /tensor-parallel-size/,
  );
});

Deno.test("effectiveSpec() ends at a pointer that is nil, as a config's parallelism is", () => {
  const parallel = config("dp", { worker: {}, parallelism: { data: 2, dataLocal: 1 } });
  const { problem } = effectiveSpec(
    service({ model, baseRefs: [{ name: "dp" }] }),
    lookupIn(parallel),
  );
  assert.equal(problem?.reason, "CombineBaseError");
  assert.match(problem.message, /nil pointer evaluating \*v1alpha2\.ParallelismSpec\.Expert$/);
});

Deno.test("effectiveSpec() names the model after the service, unless it or a config does", () => {
  const named = config("named", { model: { uri: "hf://x/y", name: "theirs" } });
  const served = (spec: JsonObject) => {
    const { spec: merged, origins } = effective(spec, named);
    const script = String(at(merged, "/template/containers/0/command/2"));
    const [, name] = /--served-model-name "([^"]*)"/.exec(script) ?? [];
    return [mapIn(merged, "model")?.["name"], name, origins.get("/model/name")];
  };
  const baseRefs = [{ name: "named" }];
  assert.deepEqual(served({ model }), ["chat", "chat", "default"]);
  assert.deepEqual(served({ model: { ...model, name: "own" } }), ["own", "own", OWN_SPEC]);
  assert.deepEqual(served({ model, baseRefs }), ["theirs", "theirs", "named"]);
  const both = { model: { ...model, name: "own" }, baseRefs };
  assert.deepEqual(served(both), ["theirs", "theirs", "named"]);
});

Deno.test("effectiveSpec() leads the route to the workload's Service without a picker", () => {
  const backends = (router: JsonObject) => {
    const { spec, origins } = effective({ model, router });
    const rules = listIn(at(spec, "/router/route/http/spec"), "rules");
    const names = rules.flatMap((rule) => listIn(rule, "backendRefs"))
      .map((backend) => {
        const { kind, name } = backend as { kind: string; name: string };
        return `${kind}/${name}`;
      });
    const origin = origins.get("/router/route/http/spec/rules/0/backendRefs/0/name");
    return { first: names[0], kinds: new Set(names), origin };
  };
  assert.deepEqual(backends({ route: {} }), {
    first: "Service/chat-kserve-workload-svc",
    kinds: new Set(["Service/chat-kserve-workload-svc"]),
    origin: "controller",
  });
  assert.deepEqual(backends({ route: {}, scheduler: {} }), {
    first: "InferencePool/chat-inference-pool",
    kinds: new Set(["InferencePool/chat-inference-pool", "Service/chat-kserve-workload-svc"]),
    origin: "kserve-config-llm-router-route",
  });
  const own = { route: {}, scheduler: { pool: { ref: { name: "mine" } } } };
  assert.equal(backends(own).first, "InferencePool/mine");
});

Deno.test("effectiveSpec() attaches the route to the service's own gateways", () => {
  const refs = [{ name: "gate", namespace: "edge" }, { name: "other", sectionName: "https" }];
  const { spec, origins } = effective({ model, router: { route: {}, gateway: { refs } } });
  const parent = { group: "gateway.networking.k8s.io", kind: "Gateway" };
  assert.deepEqual(at(spec, "/router/route/http/spec/parentRefs"), [
    { ...parent, name: "gate", namespace: "edge" },
    { ...parent, name: "other", sectionName: "https" },
  ]);
  assert.equal(origins.get("/router/route/http/spec/parentRefs/1/name"), OWN_SPEC);
});

Deno.test("effectiveSpec() gives the picker its account and the pool its port", () => {
  const pool = { spec: { endpointPickerRef: { name: "x", port: null } } };
  const { spec, origins } = effective(
    { model, router: { scheduler: {} } },
    config("kserve-config-llm-scheduler", {
      router: { scheduler: { pool, template: { containers: [{ name: "main" }] } } },
    }),
  );
  assert.equal(at(spec, "/router/scheduler/template/serviceAccountName"), "chat-epp-sa");
  assert.equal(at(spec, "/router/scheduler/pool/spec/endpointPickerRef/port/number"), 9002);
  assert.equal(origins.get("/router/scheduler/template/serviceAccountName"), "controller");
});

Deno.test("effectiveSpec() knows an origin of each leaf and of nothing else", () => {
  const router = { route: {}, scheduler: {}, gateway: { refs: [{ name: "gate" }] } };
  for (const more of [{}, { scheduler: null }, { scheduler: { pool: { ref: { name: "x" } } } }]) {
    const { spec, origins } = effective({ model, tracing: {}, router: { ...router, ...more } });
    assert.deepEqual([...origins.keys()].sort(), [...leaves(spec, "")].sort());
  }
});

function* leaves(value: Json | undefined, path: string): Generator<string> {
  const members = typeof value === "object" && value !== null ? Object.entries(value) : [];
  if (members.length === 0 && path !== "") yield path;
  for (const [key, member] of members) {
    yield* leaves(member, `${path}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`);
  }
}

Deno.test("effectiveSpec() pins all presets, and takes those that are pinned", () => {
  const key = "serving.kserve.io/config-llm-template";
  const { annotations } = effective({ model });
  assert.equal(Object.keys(annotations).length, 11);
  assert.equal(annotations[key], TEMPLATE);
  const pinned = { ...service({ model }), status: { annotations: { [key]: "v0-19" } } };
  const { problem } = effectiveSpec(pinned, () => undefined);
  assert.match(problem?.message ?? "", /"v0-19" not found/);
});

Deno.test("withoutPresets() merges configs and the own spec, and leaves the refs out", () => {
  const found = withoutPresets(
    service({ model, baseRefs: [{ name: "prod" }] }),
    lookupIn(config("prod", { replicas: 3, labels: { a: "{{ .Spec.Model.Name }}" } })),
  );
  assert.deepEqual(found, {
    spec: { replicas: 3, labels: { a: "{{ .Spec.Model.Name }}" }, model },
  });
});

Deno.test("configsOfService() has each config once, and leaves out what is missing", () => {
  const prod = config("prod", { router: { route: {} } });
  const refs = [{ name: "prod" }, { name: "gone" }, { name: "prod" }];
  const found = configsOfService(service({ model, baseRefs: refs }), lookupIn(prod));
  assert.deepEqual([...found], [
    presetNamed("kserve-config-llm-router-route"),
    presetNamed(TEMPLATE),
    prod,
  ]);
});
