// Kubernetes Events: equal ones told as one with a count, and the table of `mtop events`.

import type { KubeEvent } from "../fleet/state.ts";
import { humanDuration } from "./age.ts";
import { columnsThatFit, cutToWidth, displayWidth } from "./table.ts";
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
  /** How many were told before it that began at the same time and are about that name, too. */
  readonly twins: number;
}

const US_PER_MINUTE = 60_000_000;
/** After so long without it, an event that comes again is told anew (client-go, events_cache.go). */
const AGGREGATION_US = 10 * US_PER_MINUTE;
/** The API server forgets an Event so long after its last change (kube-apiserver, --event-ttl). */
const EVENT_TTL_US = 60 * US_PER_MINUTE;

/** The Event objects that a cluster holds at `nowUs`, in the order in which they were last told. */
export function aggregateEvents(events: readonly KubeEvent[], nowUs: number): EventRow[] {
  const rows: EventRow[] = [];
  /** Which event was the last of each row. */
  const told: number[] = [];
  const latest = new Map<string, number>();
  const twins = new Map<string, number>();
  for (const [order, event] of events.entries()) {
    const { type, reason, object, message, source, at } = event;
    const words = [type, reason, object, message, source].join("\0");
    const index = latest.get(words);
    const known = index === undefined ? undefined : rows[index];
    if (known !== undefined && at - known.lastUs <= AGGREGATION_US) {
      rows[index!] = { ...known, count: known.count + 1, lastUs: at };
      told[index!] = order;
      continue;
    }
    // Events about nodes have no namespace of their own: the API server keeps them in "default".
    const [kind = "", namespace = "", name = ""] = object.split("/");
    const place = namespace || "default";
    const birth = `${place}/${name}@${at}`;
    const before = twins.get(birth) ?? 0;
    twins.set(birth, before + 1);
    latest.set(words, rows.length);
    told.push(order);
    const times = { count: 1, firstUs: at, lastUs: at, twins: before };
    rows.push({ type, reason, kind, namespace: place, name, message, source, ...times });
  }
  return rows.map((row, index) => ({ row, order: told[index]! }))
    .filter(({ row }) => nowUs - row.lastUs <= EVENT_TTL_US)
    .sort((a, b) => a.row.lastUs - b.row.lastUs || a.order - b.order)
    .map(({ row }) => row);
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
  /** Columns of the terminal; undefined leaves everything as wide as it is. */
  readonly width?: number | undefined;
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
  const shown = fittedEvents(header, rows, options.width);
  return tabbed(headers ? shown : shown.slice(1), TABLE_TABS);
}

/** Below these they would not tell anything any more. */
const LEAST = { MESSAGE: 30, OBJECT: 12, REASON: 18 };
/** What a narrow terminal does without, first to go first: when, why and what about stay. */
const DROPPED = ["LABELS", "SUBOBJECT", "SOURCE", "COUNT", "NAME", "TYPE", "NAMESPACE"];

/**
 * The header and the rows of a table with OBJECT and MESSAGE, so that each takes one line. Where the
 * message would be cut to nothing all is left as it is, and the terminal wraps it as it does kubectl's.
 */
export function fittedEvents(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  width: number | undefined,
): string[][] {
  const all = [header, ...rows].map((row) => [...row]);
  if (width === undefined) return all;
  const widths = header.map((_, column) => widest(all, column));
  const message = header.indexOf("MESSAGE");
  const least = (head: keyof typeof LEAST) => Math.min(widths[header.indexOf(head)]!, LEAST[head]);
  const drop = DROPPED.map((head) => header.indexOf(head)).filter((column) => column >= 0);
  const shown = columnsThatFit(widths.with(message, least("MESSAGE")), width, drop);
  let over = shown.reduce((sum, column) => sum + widths[column]! + TABLE_TABS.padding, 0) -
    TABLE_TABS.padding - width;
  const cells = [...widths];
  for (const head of ["MESSAGE", "OBJECT", "REASON"] as const) {
    const cut = Math.max(0, Math.min(over, widths[header.indexOf(head)]! - least(head)));
    cells[header.indexOf(head)]! -= cut;
    over -= cut;
  }
  if (over > 0) return all;
  return all.map((row) => shown.map((column) => cutToWidth(row[column]!, cells[column]!)));
}

function widest(rows: readonly (readonly string[])[], column: number): number {
  return rows.reduce((most, row) => Math.max(most, displayWidth(row[column] ?? "")), 0);
}
