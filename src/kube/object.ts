// Kubernetes objects as plain data: their identity, and how a change to one is told.

import { isMap } from "./json_shape.ts";

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
  if (!isMap(patch)) return patch;
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
  if (!isMap(from) || !isMap(to)) {
    return JSON.stringify(from) === JSON.stringify(to) ? undefined : to;
  }
  const patch: [string, Json][] = [];
  for (const key of Object.keys(from)) {
    if (from[key] !== undefined && fieldOf(to, key) === undefined) patch.push([key, null]);
  }
  for (const key of Object.keys(to)) {
    const value = to[key];
    if (value === undefined) continue;
    const change = diffPatch(fieldOf(from, key), value);
    if (change !== undefined) patch.push([key, change]);
  }
  return patch.length === 0 ? undefined : Object.fromEntries(patch);
}

/** Its own: a label or annotation may be named `constructor`, which every object inherits. */
function fieldOf(map: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

/** A map, for the same reason. */
function fieldsOf(value: Json | undefined): Map<string, Json> {
  const fields = new Map<string, Json>();
  if (!isMap(value)) return fields;
  for (const [key, field] of Object.entries(value)) {
    if (field !== undefined) fields.set(key, field);
  }
  return fields;
}
