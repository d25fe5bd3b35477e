// Merges specs of services and configs, and remembers where each field came from. Knows no preset.

import { isList, isMap } from "./json_shape.ts";
import { ATOMIC, FREE_MAPS, HELD_BY_VALUE, MERGE_KEYS, RETAIN_KEYS } from "./merge_rules.ts";
import type { Json, JsonObject } from "./object.ts";

/** A spec that is merged over those before it, and what its fields are said to come from. */
export interface Layer {
  readonly spec: JsonObject;
  readonly origin: string;
}

export interface Merged {
  readonly spec: JsonObject;
  /** Who said every leaf of `spec`, by JSON pointer; an empty map or list is one. Found when asked for. */
  readonly origins: ReadonlyMap<string, string>;
}

/**
 * Merges specs in their order, later ones winning, as KServe's controller does: a strategic merge patch
 * in which nothing absent or zero overrides. What one layer alone says stays the same value each time.
 */
export function mergeLayers(layers: readonly Layer[]): Merged {
  const merged = layers.map(nodeOfLayer)
    .reduce((base, override) => mergeMaps(base, override, false), EMPTY);
  return {
    spec: jsonOf(merged) as JsonObject,
    get origins() {
      return new Map(
        [...merged.fields].flatMap(([key, node]) => leavesOf(node, `/${escaped(key)}`)),
      );
    },
  };
}

/** Presets are merged into service after service: each is taken apart once. */
const taken = new WeakMap<JsonObject, MapNode>();

function nodeOfLayer({ spec, origin }: Layer): MapNode {
  const known = taken.get(spec);
  if (known?.origin === origin) return known;
  const node = mapNode(spec, origin);
  taken.set(spec, node);
  return node;
}

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

const EMPTY: MapNode = { kind: "map", fields: new Map(), origin: "" };

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

/** The values of nodes, which never change. */
const values = new WeakMap<Node, Json>();

function jsonOf(node: Node): Json {
  if (node.kind === "leaf") return node.value;
  const known = values.get(node);
  if (known !== undefined) return known;
  const value = node.kind === "list"
    ? node.items.map(jsonOf)
    : Object.fromEntries([...node.fields].map(([key, field]) => [key, jsonOf(field)]));
  values.set(node, value);
  return value;
}

function leavesOf(node: Node, path: string): [string, string][] {
  if (node.kind === "map" && node.fields.size > 0) {
    return [...node.fields].flatMap(([key, field]) => leavesOf(field, `${path}/${escaped(key)}`));
  }
  return node.kind === "list" && node.items.length > 0
    ? node.items.flatMap((item, index) => leavesOf(item, `${path}/${index}`))
    : [[path, node.origin]];
}

/** RFC 6901: a key may hold a slash, as `nvidia.com/gpu` does. */
function escaped(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
