// Tests of the merge: what overrides what, and who said what in the end.
import assert from "node:assert/strict";
import { effectiveSpec, OWN_SPEC } from "../../../src/kube/merge.ts";
import type { Json, JsonObject, KubeObject } from "../../../src/kube/object.ts";
import fc from "../../fast_check.ts";

const API = "serving.kserve.io/v1alpha2";

function config(name: string, spec: JsonObject, namespace = "kserve"): KubeObject {
  return {
    apiVersion: API,
    kind: "LLMInferenceServiceConfig",
    metadata: { name, namespace },
    spec,
  };
}

function service(spec: JsonObject, namespace = "search"): KubeObject {
  return {
    apiVersion: API,
    kind: "LLMInferenceService",
    metadata: { name: "chat", namespace },
    spec,
  };
}

/** The merge of configs named by their position, and the service's own spec. */
function merge(own: JsonObject, ...specs: readonly JsonObject[]) {
  const configs = specs.map((spec, index) => config(`base-${index}`, spec));
  const refs = configs.map(({ metadata }) => ({ name: metadata.name }));
  const merged = effectiveSpec(
    service(refs.length === 0 ? own : { ...own, baseRefs: refs }),
    (namespace, name) =>
      configs.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name),
  );
  assert.equal(merged.problem, undefined);
  const { baseRefs: _, ...spec } = merged.spec as { [key: string]: Json };
  return { ...merged, spec };
}

Deno.test("effectiveSpec() lets later configs win, and the own spec over all", () => {
  const { spec, applied } = merge(
    { model: { uri: "hf://a/b" }, replicas: 3 },
    { replicas: 1, labels: { tier: "dev", team: "x" } },
    { replicas: 2, labels: { tier: "prod" } },
  );
  assert.deepEqual(spec, {
    replicas: 3,
    labels: { tier: "prod", team: "x" },
    model: { uri: "hf://a/b" },
  });
  assert.deepEqual(applied, [{ name: "base-0", namespace: "kserve" }, {
    name: "base-1",
    namespace: "kserve",
  }]);
});

Deno.test("effectiveSpec() merges containers, env, ports and mounts by their keys", () => {
  const base = {
    template: {
      containers: [{
        name: "main",
        image: "vllm:v1",
        env: [{ name: "A", value: "1" }, { name: "B", value: "1" }],
        ports: [{ containerPort: 8000, name: "http" }],
        volumeMounts: [{ mountPath: "/dev/shm", name: "dshm" }],
      }],
    },
  };
  const own = {
    template: {
      containers: [
        {
          name: "main",
          env: [{ name: "B", value: "2" }, { name: "C", value: "3" }],
          ports: [{ containerPort: 8000, protocol: "TCP" }],
          volumeMounts: [{ mountPath: "/data", name: "data" }],
        },
        { name: "sidecar", image: "proxy" },
      ],
    },
  };
  const { spec, origins } = merge(own, base);
  assert.deepEqual(spec, {
    template: {
      containers: [
        {
          name: "main",
          image: "vllm:v1",
          env: [{ name: "A", value: "1" }, { name: "B", value: "2" }, { name: "C", value: "3" }],
          ports: [{ containerPort: 8000, name: "http", protocol: "TCP" }],
          volumeMounts: [
            { mountPath: "/dev/shm", name: "dshm" },
            { mountPath: "/data", name: "data" },
          ],
        },
        { name: "sidecar", image: "proxy" },
      ],
    },
  });
  assert.equal(origins.get("/template/containers/0/image"), "base-0");
  assert.equal(origins.get("/template/containers/0/env/0/value"), "base-0");
  assert.equal(origins.get("/template/containers/0/env/1/value"), OWN_SPEC);
  assert.equal(origins.get("/template/containers/1/image"), OWN_SPEC);
});

Deno.test("effectiveSpec() replaces lists that have no merge key", () => {
  const pod = (args: string[], key: string) => ({
    template: { containers: [{ name: "main", args }], tolerations: [{ key, operator: "Exists" }] },
  });
  const { spec } = merge(pod(["--c"], "spot"), pod(["--a", "--b"], "gpu"));
  assert.deepEqual(spec, pod(["--c"], "spot"));
});

Deno.test("effectiveSpec() replaces a list whose items lack the merge key", () => {
  const { spec } = merge(
    { template: { volumes: [{ emptyDir: {} }] } },
    { template: { volumes: [{ name: "a", emptyDir: {} }] } },
  );
  assert.deepEqual(spec, { template: { volumes: [{ emptyDir: {} }] } });
});

Deno.test("effectiveSpec() gives a volume one source", () => {
  const { spec } = merge(
    { template: { volumes: [{ name: "cache", hostPath: { path: "/c" } }] } },
    { template: { volumes: [{ name: "cache", emptyDir: {} }, { name: "other", emptyDir: {} }] } },
  );
  assert.deepEqual(spec, {
    template: {
      volumes: [{ name: "cache", hostPath: { path: "/c" } }, { name: "other", emptyDir: {} }],
    },
  });
});

Deno.test("effectiveSpec() takes a scheduler's configuration as a whole", () => {
  const scheduler = (inline: JsonObject) => ({ router: { scheduler: { config: { inline } } } });
  const own = scheduler({ kind: "B", plugins: [{ type: "", parameters: { readOnly: false } }] });
  const { spec } = merge(own, scheduler({ kind: "A", featureGates: ["x"] }));
  assert.deepEqual(spec, own);
});

Deno.test("effectiveSpec() lets nothing absent or zero override", () => {
  const base = {
    model: { uri: "hf://a/b", name: "b" },
    parallelism: { tensor: 2, expert: true },
    template: { containers: [{ name: "main", args: ["--x"], image: "vllm" }], hostNetwork: true },
  };
  const { spec } = merge({
    model: { uri: "", name: null },
    parallelism: { expert: false },
    template: { containers: [{ name: "main", args: [], image: "" }], hostNetwork: false },
  }, base);
  assert.deepEqual(spec, base);
});

Deno.test("effectiveSpec() lets zeros override that Kubernetes holds by pointer", () => {
  const { spec } = merge(
    {
      replicas: 0,
      storageInitializer: { enabled: false },
      template: {
        containers: [{ name: "main", resources: { limits: { "nvidia.com/gpu": 0 } } }],
        terminationGracePeriodSeconds: 0,
      },
      labels: { empty: "" },
    },
    {
      replicas: 2,
      storageInitializer: { enabled: true },
      template: {
        containers: [{ name: "main", resources: { limits: { "nvidia.com/gpu": "1" } } }],
        terminationGracePeriodSeconds: 30,
      },
    },
  );
  assert.deepEqual(spec, {
    replicas: 0,
    storageInitializer: { enabled: false },
    template: {
      containers: [{ name: "main", resources: { limits: { "nvidia.com/gpu": 0 } } }],
      terminationGracePeriodSeconds: 0,
    },
    labels: { empty: "" },
  });
});

Deno.test("effectiveSpec() keeps an empty map that switches something on", () => {
  const { spec, origins } = merge(
    { router: { scheduler: {} } },
    { router: { route: {}, scheduler: { replicas: 2 } } },
  );
  assert.deepEqual(spec, { router: { route: {}, scheduler: { replicas: 2 } } });
  assert.equal(origins.get("/router/route"), "base-0");
  assert.equal(origins.get("/router/scheduler/replicas"), "base-0");
});

Deno.test("effectiveSpec() looks in the service's namespace before kserve", () => {
  const configs = [config("prod", { replicas: 1 }), config("prod", { replicas: 2 }, "search")];
  const lookup = (namespace: string, name: string) =>
    configs.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
  const asked = { baseRefs: [{ name: "prod" }] };
  const near = effectiveSpec(service(asked), lookup);
  const far = effectiveSpec(service(asked, "support"), lookup);
  assert.ok(near.problem === undefined && far.problem === undefined);
  assert.deepEqual([near.spec["replicas"], far.spec["replicas"]], [2, 1]);
  assert.deepEqual(near.applied, [{ name: "prod", namespace: "search" }]);
});

Deno.test("effectiveSpec() says which config is missing, in KServe's words", () => {
  const { problem } = effectiveSpec(service({ baseRefs: [{ name: "gone" }] }), () => undefined);
  assert.deepEqual(problem, {
    reason: "ConfigNotFound",
    message: 'LLMInferenceServiceConfig "gone" not found in namespaces [search kserve]',
  });
});

Deno.test("effectiveSpec() refuses configs that refer to others", () => {
  const nested = config("a", { baseRefs: [{ name: "b" }] });
  const { problem } = effectiveSpec(service({ baseRefs: [{ name: "a" }] }), () => nested);
  assert.equal(problem?.reason, "CombineBaseError");
});

/** Maps, lists, leaves and keyed lists, with keys that need escaping. */
const anySpec = fc.letrec((tie) => ({
  json: fc.oneof(
    { maxDepth: 4 },
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.array(tie("json"), { maxLength: 3 }),
    tie("map"),
  ),
  map: fc.dictionary(
    fc.constantFrom("a", "b/c", "d~1", "env", "expert", "labels", "ports", "inline", "volumes"),
    tie("json"),
    { maxKeys: 4 },
  ),
})).map as fc.Arbitrary<JsonObject>;

Deno.test("effectiveSpec() of a spec over itself is that spec over nothing", () => {
  fc.assert(fc.property(anySpec, (spec) => {
    assert.deepEqual(merge(spec, spec).spec, merge(spec).spec);
  }));
});

Deno.test("effectiveSpec() knows an origin of each leaf and of nothing else", () => {
  fc.assert(fc.property(anySpec, anySpec, (own, base) => {
    const { spec, origins } = merge(own, base);
    const found = [...origins].filter(([path]) => !path.startsWith("/baseRefs"));
    assert.deepEqual(found.map(([path]) => path), [...leaves(spec, "")]);
    assert.ok(found.every(([, origin]) => origin === OWN_SPEC || origin === "base-0"));
  }));
});

function* leaves(value: Json | undefined, path: string): Generator<string> {
  const members = typeof value === "object" && value !== null ? Object.entries(value) : [];
  if (members.length === 0 && path !== "") yield path;
  for (const [key, member] of members) {
    yield* leaves(member, `${path}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`);
  }
}
