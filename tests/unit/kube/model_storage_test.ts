// Tests of a model's storage: each scheme has its volume, and a pod that needs none stays as it is.
import assert from "node:assert/strict";
import { STORAGE_INITIALIZER, storageProblem, withModel } from "../../../src/kube/model_storage.ts";
import type { JsonObject } from "../../../src/kube/object.ts";

const POD: JsonObject = {
  initContainers: [{ name: "llm-d-routing-sidecar" }],
  containers: [
    { name: "main", volumeMounts: [{ name: "home", mountPath: "/home" }] },
    { name: "other" },
  ],
  volumes: [{ name: "home", emptyDir: {} }],
};

interface Pod {
  readonly initContainers: readonly { readonly name: string; readonly args?: readonly string[] }[];
  readonly containers: readonly { readonly volumeMounts?: readonly JsonObject[] }[];
  readonly volumes: readonly JsonObject[];
}

function pod(uri: string, more: JsonObject = {}): Pod {
  return withModel(POD, { model: { uri }, ...more }) as unknown as Pod;
}

for (const uri of ["hf://org/model", "s3://bucket/model"]) {
  Deno.test(`withModel() downloads ${uri} behind the sidecar`, () => {
    const { initContainers, containers, volumes } = pod(uri);
    assert.deepEqual(initContainers.map(({ name }) => name), [
      "llm-d-routing-sidecar",
      STORAGE_INITIALIZER,
    ]);
    assert.deepEqual(initContainers[1]?.args, [uri, "/mnt/models"]);
    const name = "kserve-provision-location";
    assert.deepEqual(volumes.at(-1), { name, emptyDir: {} });
    assert.deepEqual(containers[0]?.volumeMounts?.at(-1), {
      name,
      mountPath: "/mnt/models",
      readOnly: true,
    });
    assert.equal(containers[1]?.volumeMounts, undefined);
  });
}

Deno.test("withModel() mounts a claim, and of it the path that the URI names", () => {
  const { initContainers, containers, volumes } = pod("pvc://claim/models/a");
  assert.equal(initContainers.length, 1);
  assert.deepEqual(volumes.at(-1), {
    name: "kserve-pvc-source",
    persistentVolumeClaim: { claimName: "claim", readOnly: true },
  });
  assert.equal(containers[0]?.volumeMounts?.at(-1)?.["subPath"], "models/a");
  assert.ok(!("subPath" in pod("pvc://claim").containers[0]!.volumeMounts!.at(-1)!));
});

Deno.test("withModel() mounts the image that holds a model", () => {
  assert.deepEqual(pod("oci+native://registry/model:1").volumes.at(-1), {
    name: "oci-model",
    image: { reference: "registry/model:1", pullPolicy: "IfNotPresent" },
  });
});

Deno.test("withModel() adds nothing where it is forbidden, or no model can be had", () => {
  const storageInitializer = { enabled: false };
  assert.equal(pod("hf://a/b", { storageInitializer }), POD);
  assert.equal(pod("ftp://a/b"), POD);
  assert.equal(withModel(POD, {}), POD);
});

Deno.test("storageProblem() says what KServe says of a model, and of adapters", () => {
  const of = (uri: string, adapter?: string, more: JsonObject = {}) => {
    const lora = adapter === undefined ? {} : { lora: { adapters: [{ name: "a", uri: adapter }] } };
    return storageProblem({ model: { uri, ...lora }, ...more });
  };
  const field = "model.uri";
  assert.deepEqual(of("gpt2"), { field, message: "invalid model URI: gpt2" });
  const message = "unsupported schema in model URI: gs://a/b";
  assert.deepEqual(of("gs://a/b"), { field, message });
  for (const uri of ["hf://a/b", "s3://a", "pvc://a", "oci://a", "oci+native://a"]) {
    assert.equal(of(uri), undefined);
  }
  assert.equal(of("hf://a/b", "pvc://a/b"), undefined);
  assert.deepEqual(of("hf://a/b", "oci://a/b"), {
    field: "model.lora.adapters",
    message: "oci:// is not supported for LoRA adapters; use hf://, s3://, or pvc:// instead",
  });
  assert.equal(of("gs://a/b", undefined, { storageInitializer: { enabled: false } }), undefined);
});
