// Kubernetes objects as plain data: their identity, and how a change to one is told.

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly uid?: string;
  /** Counts the versions of the spec, from 1. */
  readonly generation?: number;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly finalizers?: readonly string[];
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly resourceVersion?: string;
}

/** Any object of any kind; the floors that own a kind know more of its shape. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec?: JsonObject;
  readonly status?: JsonObject;
}

/** The object's key in state: `group/Kind/namespace/name`, the group empty for core objects. */
export function objectKey(
  object: { apiVersion: string; kind: string; metadata: { name: string; namespace?: string } },
): string {
  const slash = object.apiVersion.indexOf("/");
  const group = slash < 0 ? "" : object.apiVersion.slice(0, slash);
  return [group, object.kind, object.metadata.namespace ?? "", object.metadata.name].join("/");
}

/** Applies a JSON merge patch (RFC 7386): null removes a field, a list replaces a list. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const fields = fieldsOf(target);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || value === undefined) fields.delete(key);
    else fields.set(key, mergePatch(fields.get(key), value));
  }
  return Object.fromEntries(fields);
}

/** The merge patch that turns `from` into `to`, or undefined when they are equal. */
export function diffPatch(from: Json | undefined, to: Json): Json | undefined {
  // What was not touched is the same object still: nothing in it has to be looked at.
  if (from === to) return undefined;
  if (!isObject(from) || !isObject(to)) {
    return JSON.stringify(from) === JSON.stringify(to) ? undefined : to;
  }
  const [before, after] = [fieldsOf(from), fieldsOf(to)];
  const patch = new Map<string, Json>();
  for (const key of before.keys()) if (!after.has(key)) patch.set(key, null);
  for (const [key, value] of after) {
    const change = diffPatch(before.get(key), value);
    if (change !== undefined) patch.set(key, change);
  }
  return patch.size === 0 ? undefined : Object.fromEntries(patch);
}

/** A map, since a label or annotation may be named `constructor`, which every object inherits. */
function fieldsOf(value: Json | undefined): Map<string, Json> {
  const fields = new Map<string, Json>();
  if (!isObject(value)) return fields;
  for (const [key, field] of Object.entries(value)) {
    if (field !== undefined) fields.set(key, field);
  }
  return fields;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
