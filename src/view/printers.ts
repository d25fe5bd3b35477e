// The tables of `get`: columns by kind, and what its options add to them.

import type { KubeObject } from "../kube/object.ts";
import { qualifiedSingular, type Resource } from "../kube/resources.ts";
import { fittedEvents } from "./event_table.ts";
import { columnsOf, labelsText } from "./resource_columns.ts";
import { columnsThatFit, cutToWidth, displayWidth } from "./table.ts";
import { cellText, tabbed, TABLE_TABS } from "./tabwriter.ts";

export interface PrintOptions {
  /** The instant that ages are counted to, virtual µs. */
  readonly nowUs: number;
  readonly wide?: boolean;
  readonly headers?: boolean;
  /** A first column NAMESPACE. */
  readonly namespaces?: boolean;
  /** A last column LABELS. */
  readonly labels?: boolean;
  /** Labels that get a column each. */
  readonly labelColumns?: readonly string[];
  /** Names as `pod/NAME`. */
  readonly kinds?: boolean;
  /** Columns of the terminal; undefined leaves everything as wide as it is. */
  readonly width?: number | undefined;
}

/** The lines for objects of one resource, in their order. */
export function resourceTable(
  resource: Resource,
  objects: readonly KubeObject[],
  options: PrintOptions,
): string[] {
  const headers = headersOf(resource, options);
  const rows = objects.map((object) => cellsOf(resource, object, options).map(cellText));
  const all = options.headers === false ? rows : [headers, ...rows];
  const { width } = options;
  if (width === undefined) return tabbed(all, TABLE_TABS);
  if (resource.kind === "Event") {
    const fitted = fittedEvents(headers, rows, width);
    return tabbed(options.headers === false ? fitted.slice(1) : fitted, TABLE_TABS)
      .map((line) => line.trimEnd());
  }
  // Without headers a column has the width that it would have with them: what is dropped stays put.
  const shown = fittingColumns(headers, rows, width);
  return tabbed(all.map((row) => shown.map((column) => row[column]!)), TABLE_TABS)
    .map((line) => cutToWidth(line.trimEnd(), width));
}

function headersOf(resource: Resource, options: PrintOptions): string[] {
  const { headers, wide } = columnsOf(resource.kind);
  return [
    ...(options.namespaces ? ["NAMESPACE"] : []),
    ...headers,
    ...(options.wide ? wide : []),
    ...(options.labelColumns ?? []).map((label) => label.slice(label.lastIndexOf("/") + 1))
      .map((label) => label.toUpperCase()),
    ...(options.labels ? ["LABELS"] : []),
  ];
}

function cellsOf(resource: Resource, object: KubeObject, options: PrintOptions): string[] {
  const { headers, cells } = columnsOf(resource.kind);
  const { metadata } = object;
  const shown = [...cells(object, options.nowUs)].slice(
    0,
    options.wide ? undefined : headers.length,
  );
  if (options.kinds && headers[0] === "NAME") {
    shown[0] = `${qualifiedSingular(resource)}/${shown[0]}`;
  }
  return [
    ...(options.namespaces ? [metadata.namespace ?? ""] : []),
    ...shown,
    ...(options.labelColumns ?? []).map((label) => metadata.labels?.[label] ?? ""),
    ...(options.labels ? [labelsText(metadata.labels) || "<none>"] : []),
  ];
}

/** What a narrow terminal does without, first to go first; names and states stay. */
const DROPPED = [
  "URLS",
  "URL",
  "LABELS",
  "SELECTOR",
  "IMAGES",
  "CONTAINERS",
  "READINESS GATES",
  "NOMINATED NODE",
  "CONTAINER-RUNTIME",
  "KERNEL-VERSION",
  "OS-IMAGE",
  "EXTERNAL-IP",
  "INTERNAL-IP",
  "HOSTNAMES",
  "REASON",
  "PORT(S)",
  "VERSION",
  "ROLES",
  "IP",
  "NODE",
  "AVAILABLE",
  "UP-TO-DATE",
  "RESTARTS",
  "AGE",
  "NAMESPACE",
];

function fittingColumns(
  headers: readonly string[],
  rows: readonly (readonly string[])[],
  width: number,
): number[] {
  const widths = headers.map((header, column) =>
    rows.reduce(
      (widest, row) => Math.max(widest, displayWidth(row[column]!)),
      displayWidth(header),
    )
  );
  const drop = DROPPED.map((header) => headers.indexOf(header)).filter((column) => column >= 0);
  return columnsThatFit(widths, width, drop);
}
