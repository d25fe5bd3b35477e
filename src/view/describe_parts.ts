// What kubectl's descriptions of all kinds have: labels, annotations, times, events. Rows of tabbed cells.
//
// After kubectl's pkg/describe/describe.go: printLabelsMultiline, printAnnotationsMultiline, DescribeEvents.

import { isList, isMap } from "../kube/json_shape.ts";
import type { Json, JsonObject } from "../kube/object.ts";
import { timestampUs } from "./age.ts";
import { eventInterval, type EventRow } from "./event_table.ts";
import { goText, sortedEntries } from "./go_value.ts";

type Rows = string[][];

/** A label a line, the title before the first; also selectors of nodes. */
export function labelRows(title: string, labels: unknown): Rows {
  const entries = sortedEntries(mapOf(labels));
  if (entries.length === 0) return [[title, "<none>"]];
  return entries.map(([key, value], index) => [
    index === 0 ? title : "",
    `${key}=${goText(value).replace(/\n$/, "")}`,
  ]);
}

/** Beyond this an annotation stands on lines of its own, each cut to two less. */
const MAX_ANNOTATION = 140;
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

export function annotationRows(title: string, annotations: unknown): Rows {
  const entries = sortedEntries(mapOf(annotations)).filter(([key]) => key !== LAST_APPLIED);
  if (entries.length === 0) return [[title, "<none>"]];
  return entries.flatMap(([key, value], index) => {
    const first = index === 0 ? title : "";
    const text = goText(value).replace(/\n$/, "");
    if (key.length + text.length + 2 <= MAX_ANNOTATION && !text.includes("\n")) {
      return [[first, `${key}: ${text}`]];
    }
    return [[first, `${key}:`], ...text.split("\n").map((line) => ["", `  ${shortened(line)}`])];
  });
}

function shortened(line: string): string {
  const most = MAX_ANNOTATION - 2;
  return line.length > most ? `${line.slice(0, most)}...` : line;
}

export function eventRows(events: readonly EventRow[], nowUs: number): Rows {
  if (events.length === 0) return [["Events:", "<none>"]];
  return [
    ["Events:"],
    ["  Type", "Reason", "Age", "From", "Message"],
    ["  ----", "------", "----", "----", "-------"],
    ...events.map((event) => [
      `  ${event.type}`,
      event.reason,
      eventInterval(event, nowUs),
      event.source,
      event.message.trim(),
    ]),
  ];
}

const DAYS = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const US_PER_DAY = 86_400_000_000;

/** RFC 1123 with a numeric zone, `Thu, 01 Jan 2026 00:12:30 +0000`; what is no timestamp stays as it is. */
export function timeText(value: Json | undefined): string {
  const text = value === undefined ? "" : goText(value);
  const us = timestampUs(text);
  if (us === undefined) return text;
  // Virtual 0 was a Thursday.
  const day = DAYS[((Math.floor(us / US_PER_DAY) % 7) + 7) % 7];
  const [year, month, date] = text.slice(0, 10).split("-");
  return `${day}, ${date} ${MONTHS[Number(month) - 1]} ${year} ${text.slice(11, 19)} +0000`;
}

/** `Key/x` of the owner that controls an object; empty where none does. */
export function controllerOf(owners: unknown): string {
  const controller = listOf(owners).map(mapOf).find(({ controller }) => controller === true);
  return controller ? `${textOf(controller["kind"])}/${textOf(controller["name"])}` : "";
}

/** A field that is no map is as good as none: objects from files may hold anything. */
export function mapOf(value: unknown): JsonObject {
  return isMap(value as Json) ? value as JsonObject : {};
}

export function listOf(value: unknown): readonly Json[] {
  return isList(value as Json) ? value as readonly Json[] : [];
}

/** Empty where it is not there, as Go prints the zero value of a string. */
export function textOf(value: Json | undefined): string {
  return value === undefined || value === null ? "" : goText(value);
}

/** A row only where the value is there. */
export function optionalRow(title: string, value: Json | undefined): Rows {
  const text = textOf(value);
  return text === "" ? [] : [[title, text]];
}
