// Tests of the conversion between v1alpha1 and v1alpha2, one rule at a time and there and back.
import assert from "node:assert/strict";
import { fromStorage, toStorage } from "../../../src/kube/conversion.ts";
import { plan } from "../../../src/scenario/plan.ts";
import fc from "../../fast_check.ts";

const OLD = "serving.kserve.io/v1alpha1";
const NEW = "serving.kserve.io/v1alpha2";
const MODEL = "internal.serving.kserve.io/model-criticality";
const LORA = "internal.serving.kserve.io/lora-criticalities";

function service(apiVersion: string, spec: unknown, annotations?: Record<string, string>) {
  const metadata = { name: "chat", ...(annotations && { annotations }) };
  return { apiVersion, kind: "LLMInferenceService", metadata, spec };
}

const pool = (spec: unknown) => ({ router: { scheduler: { pool: { spec } } } });

for (
  const [what, old, stored] of [
    [
      "criticality of the model in an annotation",
      service(OLD, { model: { uri: "hf://a/b", criticality: "Critical" } }),
      service(NEW, { model: { uri: "hf://a/b" } }, { [MODEL]: "Critical" }),
    ],
    [
      "criticality of adapters by their index",
      service(OLD, {
        model: {
          uri: "hf://a/b",
          lora: {
            adapters: [{ name: "x" }, { name: "y", criticality: "Sheddable" }],
            maxRank: 8,
          },
        },
      }, { own: "kept" }),
      service(NEW, {
        model: {
          uri: "hf://a/b",
          lora: { adapters: [{ name: "x" }, { name: "y" }], maxRank: 8 },
        },
      }, { own: "kept", [LORA]: '{"1":"Sheddable"}' }),
    ],
    [
      "a pool of the inference extension's v1alpha2 as v1",
      service(
        OLD,
        pool({
          selector: { app: "x" },
          targetPortNumber: 8000,
          extensionRef: { name: "epp", kind: "Service", failureMode: "FailOpen", portNumber: 9003 },
        }),
      ),
      service(
        NEW,
        pool({
          selector: { matchLabels: { app: "x" } },
          targetPorts: [{ number: 8000 }],
          endpointPickerRef: {
            name: "epp",
            kind: "Service",
            failureMode: "FailOpen",
            port: { number: 9003 },
          },
        }),
      ),
    ],
    ["what both have as it is", service(OLD, { replicas: 2 }), service(NEW, { replicas: 2 })],
  ] as const
) {
  Deno.test(`toStorage() keeps ${what}, and fromStorage() gives it back`, () => {
    assert.deepEqual(toStorage(old), stored);
    assert.deepEqual(fromStorage(stored), old);
  });
}

Deno.test("toStorage() gives a picker the kind, mode and port that v1 has to have", () => {
  const extensionRef = { name: "epp" };
  const { spec } = toStorage(service(OLD, pool({ extensionRef })));
  assert.deepEqual(
    spec,
    pool({
      endpointPickerRef: {
        name: "epp",
        kind: "Service",
        failureMode: "FailClose",
        port: { number: 9002 },
      },
    }),
  );
});

Deno.test("toStorage() leaves other kinds and versions as they are", () => {
  for (const object of [{ apiVersion: "v1", kind: "Node" }, service(NEW, { model: {} }), {}]) {
    assert.equal(toStorage(object), object);
  }
});

Deno.test("fromStorage() leaves out what v1alpha1 has no field for", () => {
  const kvCacheOffloading = { cpu: "1Gi" };
  const stored = {
    ...service(NEW, {
      kvCacheOffloading,
      model: { uri: "hf://a/b", confidential: { enabled: true } },
      prefill: { replicas: 1, kvCacheOffloading },
    }),
    status: {
      url: "http://x",
      workloads: {},
      appliedConfigs: [],
      addresses: [{ url: "http://x", origin: {}, models: [] }],
      router: { group: {}, gateways: [] },
    },
  };
  assert.deepEqual(fromStorage(stored), {
    ...service(OLD, { model: { uri: "hf://a/b" }, prefill: { replicas: 1 } }),
    status: { url: "http://x", addresses: [{ url: "http://x" }], router: { gateways: [] } },
  });
});

Deno.test("fromStorage() does without criticalities that are no JSON", () => {
  const stored = service(NEW, { model: { lora: { adapters: [{ name: "x" }] } } }, { [LORA]: "{" });
  assert.deepEqual(
    fromStorage(stored),
    service(OLD, { model: { lora: { adapters: [{ name: "x" }] } } }),
  );
});

const criticality = fc.option(fc.constantFrom("Critical", "Standard", "Sheddable"), {
  nil: undefined,
});
const port = fc.integer({ min: 1, max: 65535 });
const map = fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.string(), {
  maxKeys: 3,
  noNullPrototype: true,
});
/** A v1alpha1 service with all that conversion touches, and some that it does not. */
const oldService = fc.record({
  criticality,
  adapters: fc.array(criticality, { maxLength: 4 }),
  annotations: fc.option(
    fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.string(), {
      minKeys: 1,
      maxKeys: 3,
      noNullPrototype: true,
    }),
    { nil: undefined },
  ),
  replicas: fc.nat(9),
  pool: fc.option(fc.record({ selector: map, targetPortNumber: port, portNumber: port }), {
    nil: undefined,
  }),
}).map(({ criticality, adapters, annotations, replicas, pool }) =>
  service(OLD, {
    replicas,
    model: {
      uri: "hf://a/b",
      ...(criticality && { criticality }),
      ...(adapters.length > 0 && {
        lora: {
          adapters: adapters.map((own, index) => ({
            name: `a${index}`,
            ...(own && { criticality: own }),
          })),
        },
      }),
    },
    ...(pool && {
      router: {
        scheduler: {
          pool: {
            spec: {
              selector: pool.selector,
              targetPortNumber: pool.targetPortNumber,
              extensionRef: {
                name: "epp",
                kind: "Service",
                failureMode: "FailOpen",
                portNumber: pool.portNumber,
              },
            },
          },
        },
      },
    }),
  }, annotations)
);

Deno.test("fromStorage(toStorage()) is what it was, and so is the stored one there and back", () => {
  fc.assert(fc.property(oldService, (old) => {
    const stored = toStorage(old);
    assert.equal(stored.apiVersion, NEW);
    assert.doesNotMatch(JSON.stringify(stored.spec), /criticality|targetPortNumber|extensionRef/);
    assert.deepEqual(fromStorage(stored), old);
    assert.deepEqual(toStorage(fromStorage(stored)), stored);
  }));
});

Deno.test("toStorage() and fromStorage() pass any data without a fault", () => {
  fc.assert(fc.property(fc.object({ maxDepth: 4 }), fc.jsonValue(), (spec, metadata) => {
    const model = { criticality: spec, lora: { adapters: [spec, metadata] } };
    for (const apiVersion of [OLD, NEW]) {
      const object = { ...service(apiVersion, { ...spec, model, ...pool(metadata) }), metadata };
      assert.doesNotThrow(() => fromStorage(toStorage(object)));
    }
  }));
});

Deno.test("plan() takes services of v1alpha1", () => {
  const of = (apiVersion: string) => {
    const spec = { model: { uri: "hf://meta-llama/Llama-3.1-8B-Instruct" }, replicas: -1 };
    const services = [service(apiVersion, spec)];
    return plan({ kind: "scenario", name: "x", seed: 1, duration: "1m", services });
  };
  assert.deepEqual(of(OLD), of(NEW));
  assert.match(JSON.stringify(of(OLD)), /services\[0\]\.spec\.replicas/);
});
