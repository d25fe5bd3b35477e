// Which shape a JSON value has.

import type { Json, JsonObject } from "./object.ts";

export function isMap(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !isList(value);
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** The map in a field of a map. */
export function mapIn(parent: Json | undefined, field: string): JsonObject | undefined {
  const value = isMap(parent) ? parent[field] : undefined;
  return isMap(value) ? value : undefined;
}

/** The list in a field of a map; empty where there is none. */
export function listIn(parent: Json | undefined, field: string): readonly Json[] {
  const value = isMap(parent) ? parent[field] : undefined;
  return isList(value) ? value : [];
}
