// Values as Go prints and marshals them, which is how kubectl shows what it has no format for.

import { isList, isMap } from "../kube/json_shape.ts";
import type { Json, JsonObject } from "../kube/object.ts";

/** Like Go's `%v`: `map[a:1 b:2]`, `[a b]`, `<nil>`. */
export function goText(value: Json | undefined): string {
  if (value === null || value === undefined) return "<nil>";
  if (isList(value)) return `[${value.map(goText).join(" ")}]`;
  if (!isMap(value)) return String(value);
  return `map[${sortedEntries(value).map(([key, item]) => `${key}:${goText(item)}`).join(" ")}]`;
}

/** What Go calls the type of a value that came from JSON. */
export function goType(value: Json): string {
  if (typeof value === "number") return Number.isInteger(value) ? "int64" : "float64";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "string") return "string";
  return isList(value) ? "[]interface {}" : "map[string]interface {}";
}

/** JSON as Go writes it: keys sorted, `<`, `>` and `&` escaped; on one line without an indent. */
export function goJson(value: Json, indent = ""): string {
  return jsonText(value, indent, indent === "" ? "" : "\n");
}

/** Not `JSON.stringify`, since every JavaScript object has the key `2` before the key `10`. */
function jsonText(value: Json, indent: string, line: string): string {
  const inner = line === "" ? "" : line + indent;
  const colon = line === "" ? ":" : ": ";
  if (isList(value)) {
    return enclosed("[", value.map((item) => jsonText(item, indent, inner)), "]", line, inner);
  }
  if (!isMap(value)) return jsonScalar(value);
  const fields = sortedEntries(value).map(([key, item]) => {
    return jsonScalar(key) + colon + jsonText(item, indent, inner);
  });
  return enclosed("{", fields, "}", line, inner);
}

function enclosed(
  open: string,
  items: readonly string[],
  close: string,
  line: string,
  inner: string,
): string {
  return items.length === 0
    ? open + close
    : `${open}${inner}${items.join(`,${inner}`)}${line}${close}`;
}

function jsonScalar(value: string | number | boolean | null): string {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** In the order of the keys' bytes; what is undefined is not there. */
export function sortedEntries(map: JsonObject): [string, Json][] {
  const entries = Object.entries(map)
    .filter((entry): entry is [string, Json] => entry[1] !== undefined);
  return entries.sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0);
}
