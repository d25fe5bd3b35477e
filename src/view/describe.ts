// An object in full for people, as kubectl describes a custom resource. Knows no kind.
//
// After kubectl's pkg/describe/describe.go, the generic describer.

import { isList, isMap } from "../kube/json_shape.ts";
import type { Json, JsonObject, KubeObject } from "../kube/object.ts";
import type { EventRow } from "./event_table.ts";
import { eventInterval } from "./event_table.ts";
import { goText, sortedEntries } from "./go_value.ts";
import { DESCRIBE_TABS, tabbed } from "./tabwriter.ts";

const NOWHERE_ELSE = ["name", "namespace", "labels", "annotations", "managedFields"];

/** The lines; `events` are those about the object, oldest first, `sections` come before them. */
export function describe(
  object: KubeObject,
  events: readonly EventRow[],
  nowUs: number,
  sections: readonly string[] = [],
): string[] {
  const { name, namespace = "", labels, annotations, ...metadata } = object.metadata;
  const rest = { ...metadata } as Record<string, Json>;
  for (const field of NOWHERE_ELSE) delete rest[field];
  const rows = [
    ["Name:", name],
    ["Namespace:", namespace],
    ...pairs("Labels:", labels, "="),
    ...pairs("Annotations:", annotations, ": "),
    ...content({ ...object, metadata: rest } as unknown as JsonObject, 0),
  ];
  const none = ["Events:", "<none>"];
  if (events.length === 0 && sections.length === 0) return tabbed([...rows, none], DESCRIBE_TABS);
  // What is above is aligned for itself.
  return [
    ...tabbed(rows, DESCRIBE_TABS),
    ...sections,
    ...(events.length === 0
      ? tabbed([none], DESCRIBE_TABS)
      : ["Events:", ...eventLines(events, nowUs)]),
  ];
}

/** Beyond this an annotation stands on lines of its own, each cut to two less. */
const MAX_ANNOTATION = 140;
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

function pairs(
  title: string,
  map: Readonly<Record<string, string>> | undefined,
  separator: string,
): string[][] {
  const entries = sortedEntries(map ?? {}).filter(([key]) => key !== LAST_APPLIED);
  if (entries.length === 0) return [[title, "<none>"]];
  return entries.flatMap(([key, value], index) => {
    const first = index === 0 ? title : "";
    const text = goText(value).replace(/\n$/, "");
    const long = separator !== "=" && key.length + text.length + 2 > MAX_ANNOTATION;
    if (separator !== "=" && (long || text.includes("\n"))) {
      return [[first, `${key}:`], ...text.split("\n").map((line) => ["", `  ${shortened(line)}`])];
    }
    return [[first, `${key}${separator}${text}`]];
  });
}

function shortened(line: string): string {
  const most = MAX_ANNOTATION - 2;
  return line.length > most ? `${line.slice(0, most)}...` : line;
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

function eventLines(events: readonly EventRow[], nowUs: number): string[] {
  const rows = events.map((event) => [
    `  ${event.type}`,
    event.reason,
    eventInterval(event, nowUs),
    event.source,
    event.message.trim(),
  ]);
  const header = ["  Type", "Reason", "Age", "From", "Message"];
  return tabbed([header, ["  ----", "------", "----", "----", "-------"], ...rows], DESCRIBE_TABS);
}
