// The effective spec of a service: its configs and its own spec merged, and where each field came from.

import { ATOMIC, FREE_MAPS, HELD_BY_VALUE, MERGE_KEYS, RETAIN_KEYS } from "./merge_rules.ts";
import type { Json, JsonObject, KubeObject } from "./object.ts";

/** Where KServe looks for configs that are not in the service's own namespace. */
export const SYSTEM_NAMESPACE = "kserve";

/** The origin of fields that the service itself sets. */
export const OWN_SPEC = "own spec";

/** Finds an LLMInferenceServiceConfig. */
export type ConfigLookup = (namespace: string, name: string) => KubeObject | undefined;

export interface AppliedConfig {
  readonly name: string;
  readonly namespace: string;
}

/** The reason and message that PresetsCombined gets. */
export interface MergeProblem {
  readonly reason: "ConfigNotFound" | "CombineBaseError";
  readonly message: string;
}

export interface MergedSpec {
  readonly spec: JsonObject;
  /**
   * By JSON pointer, the config's name or {@linkcode OWN_SPEC}; for every leaf of `spec`, an empty
   * map or list being one.
   */
  readonly origins: ReadonlyMap<string, string>;
  /** In the order in which they were merged. */
  readonly applied: readonly AppliedConfig[];
  readonly problem?: undefined;
}

export type EffectiveSpec = MergedSpec | { readonly problem: MergeProblem };

/**
 * Merges `baseRefs` in their order and then the service's own spec, later ones winning, as KServe's
 * controller does: a strategic merge patch in which nothing absent or zero overrides.
 */
export function effectiveSpec(service: KubeObject, lookup: ConfigLookup): EffectiveSpec {
  const namespace = service.metadata.namespace ?? "default";
  const applied: AppliedConfig[] = [];
  let merged: MapNode = { kind: "map", fields: new Map(), origin: OWN_SPEC };
  for (const name of baseRefsOf(service)) {
    const config = lookup(namespace, name) ?? lookup(SYSTEM_NAMESPACE, name);
    if (config === undefined) return { problem: configNotFound(name, namespace) };
    const { baseRefs, ...spec } = config.spec ?? {};
    if (present(baseRefs, "baseRefs")) return { problem: NESTED_REFS };
    merged = mergeMaps(merged, mapNode(spec, name), false);
    applied.push({ name, namespace: config.metadata.namespace ?? "default" });
  }
  merged = mergeMaps(merged, mapNode(service.spec ?? {}, OWN_SPEC), false);
  const origins = new Map<string, string>();
  const spec = Object.fromEntries(
    [...merged.fields].map(([key, node]) => [key, toJson(node, `/${escaped(key)}`, origins)]),
  );
  return { spec, origins, applied };
}

/** The names in `spec.baseRefs`, in their order. */
export function baseRefsOf({ spec }: KubeObject): string[] {
  const refs = spec?.["baseRefs"];
  if (!isList(refs)) return [];
  return refs.map((ref) => isMap(ref) ? ref["name"] : undefined)
    .filter((name) => typeof name === "string");
}

function configNotFound(name: string, namespace: string): MergeProblem {
  const places = `[${namespace} ${SYSTEM_NAMESPACE}]`;
  return {
    reason: "ConfigNotFound",
    message: `LLMInferenceServiceConfig "${name}" not found in namespaces ${places}`,
  };
}

/** KServe's webhook says it of a config; one that is in a folder of files was never asked. */
const NESTED_REFS: MergeProblem = {
  reason: "CombineBaseError",
  message: "baseRefs is not a permitted field in LLMInferenceServiceConfig, " +
    "support for recursive refs has been disabled",
};

/** A value that remembers who said it. */
type Node = LeafNode | MapNode | ListNode;
interface LeafNode {
  readonly kind: "leaf";
  readonly value: Json;
  readonly origin: string;
}
interface MapNode {
  readonly kind: "map";
  readonly fields: ReadonlyMap<string, Node>;
  readonly origin: string;
}
interface ListNode {
  readonly kind: "list";
  readonly items: readonly Node[];
  readonly origin: string;
}

/** `verbatim` inside of another API's document, of whose fields nothing is known. */
function nodeOf(value: Json, field: string, origin: string, verbatim: boolean): Node {
  if (isList(value)) {
    const items = value.map((item) => nodeOf(item, "", origin, verbatim));
    return { kind: "list", items, origin };
  }
  if (!isMap(value)) return { kind: "leaf", value, origin };
  return mapNode(value, origin, field, verbatim || ATOMIC.has(field));
}

/** Fields that Go would not write into the patch are left out. */
function mapNode(value: JsonObject, origin: string, field = "", verbatim = false): MapNode {
  const asWritten = verbatim || FREE_MAPS.has(field);
  const fields = new Map<string, Node>();
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined || member === null) continue;
    if (asWritten || present(member, key)) fields.set(key, nodeOf(member, key, origin, verbatim));
  }
  return { kind: "map", fields, origin };
}

function present(value: Json | undefined, field: string): value is Json {
  if (value === undefined || value === null || value === "") return false;
  if (isList(value)) return value.length > 0;
  return !((value === false || value === 0) && HELD_BY_VALUE.has(field));
}

function merge(base: Node, override: Node, field: string): Node {
  if (ATOMIC.has(field)) return override;
  if (base.kind === "map" && override.kind === "map") return mergeMaps(base, override, false);
  if (base.kind === "list" && override.kind === "list") return mergeLists(base, override, field);
  return override;
}

function mergeMaps(base: MapNode, override: MapNode, retainKeys: boolean): MapNode {
  const fields = new Map(
    retainKeys ? [...base.fields].filter(([key]) => override.fields.has(key)) : base.fields,
  );
  for (const [key, node] of override.fields) {
    const before = fields.get(key);
    fields.set(key, before === undefined ? node : merge(before, node, key));
  }
  // An empty map that overrides an empty map changes nothing, so it stays the first one's.
  return { kind: "map", fields, origin: base.origin };
}

/** Items of one key are merged where they stand, new ones follow. */
function mergeLists(base: ListNode, override: ListNode, field: string): ListNode {
  const mergeKey = MERGE_KEYS[field];
  if (mergeKey === undefined || !allKeyed(base, mergeKey) || !allKeyed(override, mergeKey)) {
    return override;
  }
  const items = new Map(base.items.map((item) => [keyOfItem(item, mergeKey), item as MapNode]));
  for (const item of override.items as readonly MapNode[]) {
    const key = keyOfItem(item, mergeKey);
    const before = items.get(key);
    items.set(key, before === undefined ? item : mergeMaps(before, item, RETAIN_KEYS.has(field)));
  }
  return { kind: "list", items: [...items.values()], origin: base.origin };
}

function allKeyed(list: ListNode, mergeKey: string): boolean {
  return list.items.every((item) => keyOfItem(item, mergeKey) !== undefined);
}

function keyOfItem(item: Node, mergeKey: string): Json | undefined {
  const key = item.kind === "map" ? item.fields.get(mergeKey) : undefined;
  return key?.kind === "leaf" ? key.value : undefined;
}

function toJson(node: Node, path: string, origins: Map<string, string>): Json {
  if (node.kind === "map" && node.fields.size > 0) {
    return Object.fromEntries(
      [...node.fields].map(([key, field]) => [
        key,
        toJson(field, `${path}/${escaped(key)}`, origins),
      ]),
    );
  }
  if (node.kind === "list" && node.items.length > 0) {
    return node.items.map((item, index) => toJson(item, `${path}/${index}`, origins));
  }
  origins.set(path, node.origin);
  return node.kind === "leaf" ? node.value : node.kind === "map" ? {} : [];
}

/** RFC 6901: a key may hold a slash, as `nvidia.com/gpu` does. */
function escaped(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

function isMap(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !isList(value);
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
