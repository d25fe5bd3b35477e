// Kubernetes Events: equal ones told as one with a count, and the table of `mtop events`.

import type { KubeEvent } from "../fleet/state.ts";
import { humanDuration } from "./age.ts";
import { cellText, tabbed, TABLE_TABS } from "./tabwriter.ts";

/** One Event object: what happened once or, in the same words, several times. */
export interface EventRow {
  readonly type: string;
  readonly reason: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly message: string;
  readonly source: string;
  readonly count: number;
  /** Virtual µs of the first and of the last time. */
  readonly firstUs: number;
  readonly lastUs: number;
}

const US_PER_MINUTE = 60_000_000;
/** After so long without it, an event that comes again is told anew (client-go, events_cache.go). */
const AGGREGATION_US = 10 * US_PER_MINUTE;
/** The API server forgets an Event so long after its last change (kube-apiserver, --event-ttl). */
const EVENT_TTL_US = 60 * US_PER_MINUTE;

/** The Event objects that a cluster holds at `nowUs`, by the time of their last change. */
export function aggregateEvents(events: readonly KubeEvent[], nowUs: number): EventRow[] {
  const rows: EventRow[] = [];
  const latest = new Map<string, number>();
  for (const event of events) {
    const { type, reason, object, message, source, at } = event;
    const words = [type, reason, object, message, source].join("\0");
    const index = latest.get(words);
    const known = index === undefined ? undefined : rows[index];
    if (known !== undefined && at - known.lastUs <= AGGREGATION_US) {
      rows[index!] = { ...known, count: known.count + 1, lastUs: at };
      continue;
    }
    const [kind = "", namespace = "", name = ""] = object.split("/");
    latest.set(words, rows.length);
    const times = { count: 1, firstUs: at, lastUs: at };
    rows.push({ type, reason, kind, namespace, name, message, source, ...times });
  }
  // Events about nodes have no namespace of their own: the API server keeps them in "default".
  return rows.filter((row) => nowUs - row.lastUs <= EVENT_TTL_US)
    .map((row) => row.namespace === "" ? { ...row, namespace: "default" } : row)
    .sort((a, b) => a.lastUs - b.lastUs);
}

/** `11m`, or `27s (x7 over 6m47s)`. */
export function eventInterval({ count, firstUs, lastUs }: EventRow, nowUs: number): string {
  const first = humanDuration(nowUs - firstUs);
  return count > 1 ? `${humanDuration(nowUs - lastUs)} (x${count} over ${first})` : first;
}

export interface EventTableOptions {
  readonly nowUs: number;
  readonly headers: boolean;
  readonly namespaces: boolean;
}

/** The lines of `kubectl events`. */
export function eventTable(events: readonly EventRow[], options: EventTableOptions): string[] {
  const { nowUs, headers, namespaces } = options;
  const rows = events.map((event) => [
    ...(namespaces ? [event.namespace] : []),
    eventInterval(event, nowUs),
    cellText(event.type),
    cellText(event.reason),
    `${cellText(event.kind)}/${cellText(event.name)}`,
    cellText(event.message.trim()),
  ]);
  const header = [
    ...(namespaces ? ["NAMESPACE"] : []),
    ...["LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"],
  ];
  return tabbed(headers ? [header, ...rows] : rows, TABLE_TABS);
}
