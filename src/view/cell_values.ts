// What a cell of `get` shows of a value: as the API server prints it. Knows no kind.

import { isList, isMap } from "../kube/json_shape.ts";
import type { Json, KubeObject } from "../kube/object.ts";
import { ageOf } from "./age.ts";
import { goText } from "./go_value.ts";

export const NONE = "<none>";

export function age(object: KubeObject, nowUs: number): string {
  return ageOf(object.metadata.creationTimestamp, nowUs);
}

export function at(value: Json | undefined, field: string): Json | undefined {
  return isMap(value) ? value[field] : undefined;
}

export function items(value: Json | undefined): readonly Json[] {
  return isList(value) ? value : [];
}

export function number(value: Json | undefined): number {
  return typeof value === "number" ? value : 0;
}

/** Blank where there is no value. */
export function text(value: Json | undefined): string {
  return value === undefined || value === null ? "" : goText(value);
}

export function orNone(value: Json | undefined): string {
  return text(value) || NONE;
}
