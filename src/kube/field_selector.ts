// Field selectors: which objects `--field-selector` means, by the few fields that can be selected by.

import type { Json, KubeObject } from "./object.ts";

export type FieldSelector =
  | { readonly matches: (object: KubeObject) => boolean }
  | { readonly problem: string };

/** The fields that the API server selects by, besides a name and a namespace. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  Pod: ["spec.nodeName", "status.phase", "status.podIP", "spec.restartPolicy"],
  Node: ["spec.unschedulable"],
  Event: [
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "reason",
    "source",
    "type",
  ],
};

/** `metadata.name=x,status.phase!=Running` for objects of a kind; all of it must hold. */
export function parseFieldSelector(text: string, kind: string): FieldSelector {
  const known = ["metadata.name", "metadata.namespace", ...(FIELDS[kind] ?? [])];
  const rules: ((object: KubeObject) => boolean)[] = [];
  for (const term of text.split(",")) {
    const [, field, sign, value] = /^([^=!]+)(==?|!=)(.*)$/.exec(term) ?? [];
    if (field === undefined) {
      return { problem: `invalid selector: '${text}'; can't understand '${term}'` };
    }
    if (!known.includes(field)) return { problem: `field label not supported: ${field}` };
    rules.push((object) => (fieldText(object, field) === value) === (sign !== "!="));
  }
  return { matches: (object) => rules.every((rule) => rule(object)) };
}

function fieldText(object: KubeObject, field: string): string {
  const path = field === "source" ? ["source", "component"] : field.split(".");
  let value: Json | undefined = object as unknown as Json;
  for (const name of path) {
    const map: unknown = value;
    const isMap = typeof map === "object" && map !== null && Object.hasOwn(map, name);
    value = isMap ? (map as Record<string, Json>)[name] : undefined;
  }
  // A field that is not set has its zero value, which for a flag is false.
  if (value === undefined) return field === "spec.unschedulable" ? "false" : "";
  return String(value);
}
