// `-o custom-columns=NAME:.metadata.name,…`: columns that the user chose, as kubectl prints them.

import type { Json } from "../kube/object.ts";
import { goText } from "./go_value.ts";
import { JsonPath, relaxedPath } from "./jsonpath.ts";
import { cellText, tabbed, TABLE_TABS } from "./tabwriter.ts";

export interface CustomColumn {
  readonly header: string;
  readonly path: JsonPath;
}

/** A specification that is none; the message is kubectl's. */
export class CustomColumnsError extends Error {
  override readonly name = "CustomColumnsError";
}

/** Throws a {@linkcode CustomColumnsError}, or a `JsonPathError` for what stands behind a colon. */
export function parseCustomColumns(specification: string): CustomColumn[] {
  if (specification === "") {
    throw new CustomColumnsError("custom-columns format specified but no custom columns given");
  }
  return specification.split(",").map((part) => {
    const colon = part.indexOf(":");
    if (colon < 0) {
      throw new CustomColumnsError(
        `unexpected custom-columns spec: ${part}, expected <header>:<json-path-expr>`,
      );
    }
    const path = new JsonPath(relaxedPath(part.slice(colon + 1)));
    return { header: part.slice(0, colon), path };
  });
}

/** The lines of the table; a field that an object does not have is `<none>`. */
export function customColumnsTable(
  columns: readonly CustomColumn[],
  items: readonly Json[],
  headers: boolean,
): string[] {
  const rows = items.map((item) => columns.map(({ path }) => cell(path.find(item).flat())));
  const header = headers ? [columns.map((column) => column.header)] : [];
  return tabbed([...header, ...rows], TABLE_TABS);
}

function cell(found: readonly Json[]): string {
  return found.length === 0 ? "<none>" : found.map((value) => cellText(goText(value))).join(",");
}
