// Tests of the merge: what overrides what, and who said what in the end.
import assert from "node:assert/strict";
import { mergeLayers } from "../../../src/kube/merge.ts";
import type { Json, JsonObject } from "../../../src/kube/object.ts";
import fc from "../../fast_check.ts";

const OWN_SPEC = "own spec";

/** The merge of configs named by their position, and the service's own spec. */
function merge(own: JsonObject, ...specs: readonly JsonObject[]) {
  const configs = specs.map((spec, index) => ({ spec, origin: `base-${index}` }));
  return mergeLayers([...configs, { spec: own, origin: OWN_SPEC }]);
}

Deno.test("mergeLayers() lets later configs win, and the own spec over all", () => {
  const { spec } = merge(
    { model: { uri: "hf://a/b" }, replicas: 3 },
    { replicas: 1, labels: { tier: "dev", team: "x" } },
    { replicas: 2, labels: { tier: "prod" } },
  );
  assert.deepEqual(spec, {
    replicas: 3,
    labels: { tier: "prod", team: "x" },
    model: { uri: "hf://a/b" },
  });
});

Deno.test("mergeLayers() merges containers, env, ports and mounts by their keys", () => {
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

Deno.test("mergeLayers() replaces lists that have no merge key", () => {
  const pod = (args: string[], key: string) => ({
    template: { containers: [{ name: "main", args }], tolerations: [{ key, operator: "Exists" }] },
  });
  const { spec } = merge(pod(["--c"], "spot"), pod(["--a", "--b"], "gpu"));
  assert.deepEqual(spec, pod(["--c"], "spot"));
});

Deno.test("mergeLayers() replaces a list whose items lack the merge key", () => {
  const { spec } = merge(
    { template: { volumes: [{ emptyDir: {} }] } },
    { template: { volumes: [{ name: "a", emptyDir: {} }] } },
  );
  assert.deepEqual(spec, { template: { volumes: [{ emptyDir: {} }] } });
});

Deno.test("mergeLayers() gives a volume one source", () => {
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

Deno.test("mergeLayers() takes a scheduler's configuration as a whole", () => {
  const scheduler = (inline: JsonObject) => ({ router: { scheduler: { config: { inline } } } });
  const own = scheduler({ kind: "B", plugins: [{ type: "", parameters: { readOnly: false } }] });
  const { spec } = merge(own, scheduler({ kind: "A", featureGates: ["x"] }));
  assert.deepEqual(spec, own);
});

Deno.test("mergeLayers() lets nothing absent or zero override", () => {
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

Deno.test("mergeLayers() lets zeros override that Kubernetes holds by pointer", () => {
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

Deno.test("mergeLayers() keeps an empty map that switches something on", () => {
  const { spec, origins } = merge(
    { router: { scheduler: {} } },
    { router: { route: {}, scheduler: { replicas: 2 } } },
  );
  assert.deepEqual(spec, { router: { route: {}, scheduler: { replicas: 2 } } });
  assert.equal(origins.get("/router/route"), "base-0");
  assert.equal(origins.get("/router/scheduler/replicas"), "base-0");
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

Deno.test("mergeLayers() of a spec over itself is that spec over nothing", () => {
  fc.assert(fc.property(anySpec, (spec) => {
    assert.deepEqual(merge(spec, spec).spec, merge(spec).spec);
  }));
});

Deno.test("mergeLayers() knows an origin of each leaf and of nothing else", () => {
  fc.assert(fc.property(anySpec, anySpec, (own, base) => {
    const { spec, origins } = merge(own, base);
    const found = [...origins];
    assert.deepEqual(found.map(([path]) => path), [...leaves(spec, "")]);
    assert.ok(found.every(([, origin]) => origin === OWN_SPEC || origin === "base-0"));
  }));
});

/** Specs whose lists all have their keys, without what `retainKeys` does to volumes. */
const keyedSpec = fc.letrec((tie) => ({
  item: fc.record({ name: fc.constantFrom("a", "b", "c"), value: tie("map") }),
  list: fc.uniqueArray(tie("item"), {
    selector: (item) => (item as { name: string }).name,
    minLength: 1,
    maxLength: 3,
  }),
  map: fc.record({
    env: tie("list"),
    args: fc.array(fc.string(), { minLength: 1, maxLength: 2 }),
    replicas: fc.nat(3),
    image: fc.string(),
    expert: fc.boolean(),
    nested: tie("map"),
  }, { requiredKeys: [] }),
})).map as fc.Arbitrary<JsonObject>;

Deno.test("mergeLayers() comes to the same whichever neighbours are merged first", () => {
  fc.assert(fc.property(keyedSpec, keyedSpec, keyedSpec, (first, second, third) => {
    const over = (base: JsonObject, override: JsonObject) => merge(override, base).spec;
    assert.deepEqual(over(over(first, second), third), over(first, over(second, third)));
    assert.deepEqual(merge(third, first, second).spec, over(over(first, second), third));
  }));
});

Deno.test("mergeLayers() leaves each field that the own spec sets as it sets it", () => {
  fc.assert(fc.property(keyedSpec, keyedSpec, (own, base) => {
    const { spec, origins } = merge(own, base);
    for (const [path, origin] of origins) {
      if (origin !== OWN_SPEC) continue;
      const keys = path.slice(1).split("/");
      // Items of a list may stand elsewhere in the merge; fields of maps stand where they stood.
      if (keys.some((key) => /^\d+$/.test(key))) continue;
      const at = (root: Json) =>
        keys.reduce<Json | undefined>((value, key) => (value as JsonObject)[key], root);
      assert.deepEqual(at(spec), at(own));
    }
    // And what only the base sets is the base's.
    for (const [key, value] of Object.entries(merge(base).spec)) {
      if (!(key in merge(own).spec)) assert.deepEqual(spec[key], value);
    }
  }));
});

Deno.test("mergeLayers() of nothing absent or zero changes nothing", () => {
  const zero = { expert: false, image: "", args: [], env: [], model: { name: "" } };
  fc.assert(fc.property(keyedSpec, (base) => {
    const { model: _, ...spec } = merge(zero, base).spec;
    assert.deepEqual(spec, merge(base).spec);
  }));
});

function* leaves(value: Json | undefined, path: string): Generator<string> {
  const members = typeof value === "object" && value !== null ? Object.entries(value) : [];
  if (members.length === 0 && path !== "") yield path;
  for (const [key, member] of members) {
    yield* leaves(member, `${path}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`);
  }
}
