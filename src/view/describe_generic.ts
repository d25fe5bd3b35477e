// An object of any kind in full, as kubectl describes a custom resource. Knows no kind.
//
// After kubectl's pkg/describe/describe.go, the generic describer.

import { isList, isMap } from "../kube/json_shape.ts";
import type { Json, JsonObject, KubeObject } from "../kube/object.ts";
import { annotationRows, labelRows } from "./describe_parts.ts";
import { goText, sortedEntries } from "./go_value.ts";

const NOWHERE_ELSE = ["name", "namespace", "labels", "annotations", "managedFields"];

/** Its rows, tab-separated as kubectl's; events are told elsewhere. */
export function genericRows(object: KubeObject): string[][] {
  const { name, namespace = "", labels, annotations, ...metadata } = object.metadata;
  const rest = { ...metadata } as Record<string, Json>;
  for (const field of NOWHERE_ELSE) delete rest[field];
  return [
    ["Name:", name],
    ["Namespace:", namespace],
    ...labelRows("Labels:", labels),
    ...annotationRows("Annotations:", annotations),
    ...content({ ...object, metadata: rest } as unknown as JsonObject, 0),
  ];
}

/** Fields in the order of their names, what they hold indented below. */
function content(map: JsonObject, level: number): string[][] {
  const blanks = "  ".repeat(level);
  return sortedEntries(map).flatMap(([field, value]) => {
    const label = `${blanks}${fieldLabel(field)}:`;
    if (isMap(value)) return [[label], ...content(value, level + 1)];
    if (!isList(value)) return [[label, goText(value)]];
    const items = value.flatMap((item) =>
      isMap(item) ? content(item, level + 1) : [[`${blanks}  ${goText(item)}`]]
    );
    return [[label], ...items];
  });
}

const ACRONYMS = ["API", "URL", "UID", "OSB", "GUID"];

/** `observedGeneration` as `Observed Generation`; names that are no words stay as they are. */
export function fieldLabel(field: string): string {
  if (/[^\p{L}-]/u.test(field)) return field;
  return camelCaseParts(field).map((part) => {
    const upper = part.toUpperCase();
    return ACRONYMS.includes(upper) ? upper : part.slice(0, 1).toUpperCase() + part.slice(1);
  }).join(" ");
}

/** Runs of lower case, of upper case and of the rest; of `PDFLoader` the L goes with what follows. */
function camelCaseParts(text: string): string[] {
  return text.match(/\p{Lu}+(?!\p{Ll})|\p{Lu}\p{Ll}*|\p{Ll}+|[^\p{Lu}\p{Ll}]+/gu) ?? [];
}
