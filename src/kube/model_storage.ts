// How KServe brings a model into a pod: what it adds to the rendered PodSpec for the scheme of the model's URI.

import { isMap, listIn, mapIn } from "./json_shape.ts";
import { isMain } from "./main_container.ts";
import type { Json, JsonObject } from "./object.ts";

/** Where servers of KServe find their model. */
const MODEL_PATH = "/mnt/models";

/** KServe's init container, which downloads (kserve aaac4e2). */
export const STORAGE_INITIALIZER = "storage-initializer";
export const STORAGE_INITIALIZER_IMAGE = "kserve/storage-initializer:latest";

/** What kserve's inferenceservice-config says of it. */
const INITIALIZER = {
  image: STORAGE_INITIALIZER_IMAGE,
  resources: {
    requests: { cpu: "100m", memory: "100Mi" },
    limits: { cpu: "1", memory: "1Gi" },
  },
};

/** Names of the volumes that hold the model. */
const DOWNLOADED = "kserve-provision-location";
export const CLAIM_VOLUME = "kserve-pvc-source";
const IMAGE = "oci-model";

/** Why the controller can make no pod for a service, and the field of its spec that is to blame. */
export interface StorageProblem {
  readonly field: "model.uri" | "model.lora.adapters";
  /** In the controller's words. */
  readonly message: string;
}

/** Of an effective spec; undefined where its model and adapters can be brought into a pod. */
export function storageProblem(spec: JsonObject): StorageProblem | undefined {
  const model = mapIn(spec, "model") ?? {};
  const { uri } = model;
  if (mapIn(spec, "storageInitializer")?.["enabled"] === false || typeof uri !== "string") {
    return undefined;
  }
  const wrong = uriProblem(uri);
  if (wrong !== undefined) return { field: "model.uri", message: wrong };
  const adapters = listIn(mapIn(model, "lora") ?? {}, "adapters");
  const inImage = adapters.some((adapter) =>
    isMap(adapter) && typeof adapter["uri"] === "string" && adapter["uri"].startsWith("oci://")
  );
  return inImage ? { field: "model.lora.adapters", message: IMAGE_ADAPTER } : undefined;
}

function uriProblem(uri: string): string | undefined {
  const [, scheme] = /^(.*?):\/\//s.exec(uri) ?? [];
  if (scheme === undefined) return `invalid model URI: ${uri}`;
  return ["hf", "s3", "pvc", "oci", "oci+native"].includes(scheme)
    ? undefined
    : `unsupported schema in model URI: ${uri}`;
}

const IMAGE_ADAPTER =
  "oci:// is not supported for LoRA adapters; use hf://, s3://, or pvc:// instead";

/**
 * The PodSpec with the model of an effective spec: downloaded by an init container, on a claim that is
 * mounted, or in an image. Nothing where the service forbids it (`storageInitializer.enabled: false`).
 * LoRA adapters and the sidecar that reads models out of images on old clusters are not added.
 */
export function withModel(pod: JsonObject, spec: JsonObject): JsonObject {
  const uri = mapIn(spec, "model")?.["uri"];
  if (mapIn(spec, "storageInitializer")?.["enabled"] === false || typeof uri !== "string") {
    return pod;
  }
  const [, scheme, rest = ""] = /^([a-z0-9+]+):\/\/(.*)$/s.exec(uri) ?? [];
  if (scheme === "hf" || scheme === "s3") return downloaded(pod, uri);
  if (scheme === "pvc") {
    const [claimName = "", ...path] = rest.split("/");
    const volume = { name: CLAIM_VOLUME, persistentVolumeClaim: { claimName, readOnly: true } };
    return mounted(pod, volume, path.length > 0 ? { subPath: path.join("/") } : {});
  }
  if (scheme === "oci" || scheme === "oci+native") {
    return mounted(pod, { name: IMAGE, image: { reference: rest, pullPolicy: "IfNotPresent" } });
  }
  return pod;
}

function downloaded(pod: JsonObject, uri: string): JsonObject {
  const initializer = {
    name: STORAGE_INITIALIZER,
    ...INITIALIZER,
    args: [uri, MODEL_PATH],
    terminationMessagePolicy: "FallbackToLogsOnError",
    volumeMounts: [{ name: DOWNLOADED, mountPath: MODEL_PATH }],
  };
  return {
    ...mounted(pod, { name: DOWNLOADED, emptyDir: {} }),
    initContainers: [...listIn(pod, "initContainers"), initializer],
  };
}

/** Read-only in the server's container. */
function mounted(pod: JsonObject, volume: JsonObject, more: JsonObject = {}): JsonObject {
  const mount = { name: volume["name"] ?? "", mountPath: MODEL_PATH, ...more, readOnly: true };
  return {
    ...pod,
    containers: listIn(pod, "containers").map((container): Json =>
      isMain(container)
        ? { ...container, volumeMounts: [...listIn(container, "volumeMounts"), mount] }
        : container
    ),
    volumes: [...listIn(pod, "volumes"), volume],
  };
}
