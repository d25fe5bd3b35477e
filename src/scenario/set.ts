// A scenario's data with fields changed, before it is planned and hashed.

import { isRecord } from "../kube/fields.ts";
import { suggestion } from "./problem.ts";
import { scenarioSchema } from "./schema.ts";
import { formatPath, type PathPart } from "./set_path.ts";
import type { Setting } from "./setting.ts";

/** The fields of a scenario that are lists: their entries have names, also where there are none yet. */
const LISTS: ReadonlySet<PathPart> = new Set([
  ...["services", "configs", "calibrations", "load", "rollouts", "changes", "faults", "expect"],
]);

type Result<T> = T | { readonly problem: string };

/**
 * The data with all settings made, one after the other; what no setting touches is the same object. The
 * problem is one sentence: a path that leads nowhere, and what was meant perhaps.
 */
export function applySettings(
  data: unknown,
  settings: readonly Setting[],
): Result<{ readonly data: unknown }> {
  let changed = data;
  for (const setting of settings) {
    const [field] = setting.path;
    const fields = Object.keys(scenarioSchema.shape);
    if (!fields.includes(String(field))) {
      return refused(setting, `a scenario has no "${field}", ${suggestion(String(field), fields)}`);
    }
    const result = change(changed, setting, 0);
    if ("problem" in result) return result;
    changed = result.data;
  }
  return { data: changed };
}

function refused({ path }: Setting, reason: string): { readonly problem: string } {
  return { problem: `Cannot set "${formatPath(path)}": ${reason}` };
}

/** `owner` with the rest of the path, from `depth` on, changed in a copy of it. */
function change(owner: unknown, setting: Setting, depth: number): Result<{ data: unknown }> {
  const { path, value } = setting;
  const part = path[depth];
  if (part === undefined) return { data: value };
  if (Array.isArray(owner)) return changeEntry(owner, part, setting, depth);
  // What is not there yet: a list where it must be one or its first entry is set, else an object.
  const isList = typeof part === "number" || (depth === 1 && LISTS.has(path[0]!));
  if (owner === undefined && isList) return changeEntry([], part, setting, depth);
  const where = formatPath(path.slice(0, depth));
  if (owner !== undefined && !isRecord(owner)) {
    return refused(setting, `${where} is ${JSON.stringify(owner)}, which has no fields`);
  }
  const fields = owner ?? {};
  if (typeof part === "string") return changeField(fields, part, setting, depth);
  const known = Object.keys(fields).join(", ");
  return refused(setting, `${where} is no list, its fields are ${known}`);
}

function changeField(
  fields: Readonly<Record<string, unknown>>,
  key: string,
  setting: Setting,
  depth: number,
): Result<{ data: unknown }> {
  const old = Object.hasOwn(fields, key) ? fields[key] : undefined;
  const result = change(old, setting, depth + 1);
  if ("problem" in result) return result;
  if (result.data !== null) return { data: { ...fields, [key]: result.data } };
  // Copied whole: a scenario's own code is under a symbol.
  const rest: Record<string, unknown> = { ...fields };
  delete rest[key];
  return { data: rest };
}

function changeEntry(
  list: readonly unknown[],
  part: PathPart,
  setting: Setting,
  depth: number,
): Result<{ data: unknown }> {
  const place = placeOf(list, part);
  const isLast = depth === setting.path.length - 1;
  const isNew = place === list.length && isLast && setting.value !== null;
  if (place === undefined || (place >= list.length && !isNew)) {
    const name = formatPath(setting.path.slice(0, depth));
    return refused(setting, missing(name, list, part));
  }
  const result = change(list[place], setting, depth + 1);
  if ("problem" in result) return result;
  if (result.data === null) return { data: list.toSpliced(place, 1) };
  return { data: list.toSpliced(place, 1, result.data) };
}

function placeOf(list: readonly unknown[], part: PathPart): number | undefined {
  if (typeof part === "number") return part;
  const place = list.findIndex((entry) => namesOf(entry).includes(part));
  return place < 0 ? undefined : place;
}

/** What an entry is called: its name, that of the object it is, or the service it is about. */
function namesOf(entry: unknown): string[] {
  if (typeof entry !== "object" || entry === null) return [];
  const { name, service, metadata } = entry as Record<string, unknown>;
  const { name: objectName } = (metadata ?? {}) as { name?: unknown };
  return [name, objectName, service].filter((word) => typeof word === "string");
}

function missing(list: string, entries: readonly unknown[], part: PathPart): string {
  if (entries.length === 0) return `${list} is empty`;
  const places = entries.length === 1 ? `only ${list}[0]` : `${list}[0] to [${entries.length - 1}]`;
  if (typeof part === "number") return `there is ${places}`;
  const names = entries.flatMap(namesOf);
  return names.length === 0
    ? `the entries of ${list} have no names, there is ${places}`
    : `there is no "${part}" in ${list}, ${suggestion(part, names)}`;
}
