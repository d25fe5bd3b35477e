// Objects as golden files hold them: whole, but for pods and PodSpecs, which have tests of their own.
import type { Json, JsonObject, KubeObject } from "../../../src/kube/object.ts";

export function shown(object: KubeObject): Json {
  if (object.kind === "Pod") return shownPod(object);
  const { metadata: { resourceVersion: _, ...metadata }, spec, ...rest } = object;
  return {
    ...rest,
    metadata,
    ...(spec === undefined ? {} : { spec: specOf(object.kind, spec) }),
  } as unknown as Json;
}

function specOf(kind: string, spec: JsonObject): Json {
  if (kind === "LLMInferenceService" || kind === "Node") return "as in the manifest";
  return withoutPodSpecs(spec);
}

/** What of a pod follows from its workload; its own life has tests of its own. */
function shownPod({ metadata, spec = {}, status }: KubeObject): Json {
  const { name, namespace, labels, ownerReferences, deletionTimestamp } = metadata;
  const conditions = (status?.["conditions"] ?? []) as readonly { type: string; status: string }[];
  return {
    kind: "Pod",
    metadata: {
      name,
      namespace,
      labels,
      ownerReferences,
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    },
    ...podSpec(spec),
    ready: conditions.find(({ type }) => type === "Ready")?.status ?? "Unknown",
  } as unknown as Json;
}

function podSpec(spec: JsonObject): JsonObject {
  const names = (field: string) =>
    ((spec[field] ?? []) as readonly { name: string }[]).map(({ name }) => name);
  return {
    ...(spec["nodeName"] === undefined ? {} : { nodeName: spec["nodeName"] }),
    initContainers: names("initContainers"),
    containers: names("containers"),
  };
}

function withoutPodSpecs(value: Json | undefined): Json {
  if (Array.isArray(value)) return value.map(withoutPodSpecs);
  if (typeof value !== "object" || value === null) return value ?? null;
  return Object.fromEntries(
    Object.entries(value as JsonObject).map(([key, field]) => [
      key,
      (key === "template" || key.endsWith("Template")) && isTemplate(field)
        ? {
          ...field,
          spec: podSpec(field["spec"] as JsonObject),
        }
        : withoutPodSpecs(field),
    ]),
  );
}

function isTemplate(value: Json | undefined): value is JsonObject {
  const spec = (value as JsonObject | undefined)?.["spec"] as JsonObject | undefined;
  return spec?.["containers"] !== undefined;
}

/**
 * Names for what is drawn or hashed, so that a golden file is the same whatever stands in a PodSpec: pods
 * are counted, hashes are called so, uids are those of what they belong to.
 */
export class PlainNames {
  readonly #names = new Map<string, string>();
  readonly #pods = new Map<string, number>();

  learn({ kind, metadata: { name, uid, labels = {} } }: KubeObject): void {
    const hash = labels["pod-template-hash"];
    if (kind === "ReplicaSet" && hash !== undefined) this.#names.set(hash, "hash");
    if (kind === "Pod" && hash !== undefined && !this.#names.has(name)) {
      const set = name.slice(0, name.lastIndexOf("-"));
      const count = (this.#pods.get(set) ?? 0) + 1;
      this.#pods.set(set, count);
      this.#names.set(name, `${set.slice(0, set.lastIndexOf("-"))}-hash-pod${count}`);
    }
    if (uid !== undefined) this.#names.set(uid, `uid of ${kind} ${this.plain(name)}`);
  }

  plain(text: string): string {
    const longestFirst = [...this.#names].sort(([a], [b]) => b.length - a.length);
    return longestFirst.reduce((plain, [drawn, name]) => plain.replaceAll(drawn, name), text);
  }
}
