// What each key of the settings may be, and the sentence when it is not. Knows no file and no variable.

import { z } from "zod";
import { pathText, suggestion } from "../scenario/problem.ts";
import { formatDuration, parseDuration } from "../sim/duration.ts";
import { type Kind, SETTING_KEYS, type SettingKey } from "./settings_keys.ts";

/** A part of the data that cannot be used. */
export interface SettingProblem {
  readonly path: readonly PropertyKey[];
  /** One sentence, which names the key as `name` of `readSettings` or by its path. */
  readonly message: string;
}

export interface SettingsReading {
  /** By key, in base units. */
  readonly values: ReadonlyMap<string, unknown>;
  readonly problems: readonly SettingProblem[];
}

/** `65%` and `0.65`; a number alone is a fraction, so that 65 is refused and not guessed at. */
const PERCENTAGE = /^(\d+(?:\.\d+)?)%$/;
const FRACTION = /^\d+(?:\.\d+)?$/;
/** RFC 1123's label, as namespaces are named. */
const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

const KINDS: { readonly [K in Kind]: (key: SettingKey, error: string) => z.ZodType } = {
  choice: ({ choices = [] }, error) => z.enum(choices, { error }),
  folder: (_, error) => z.string({ error }).min(1, { error }),
  name: (_, error) => z.string({ error }).regex(LABEL, { error }),
  columns: (_, error) =>
    z.array(z.string({ error }).min(1, { error }), { error }).min(1, { error }),
  duration: ({ least = 0 }, error) => converted(durationUs, { least }, error),
  fraction: ({ least, most }, error) => converted(fraction, { least, most }, error),
  prices: (_, error) => z.record(z.string(), z.number({ error }).nonnegative({ error }), { error }),
};

/** A scalar that `read` turns into a number, held against its limits. */
function converted(
  read: (value: unknown) => number | undefined,
  { least = 0, most = Infinity }: { least?: number | undefined; most?: number | undefined },
  error: string,
): z.ZodType {
  return z.unknown().transform((value, context) => {
    const number = read(value);
    if (number !== undefined && number >= least && number <= most) return number;
    context.addIssue({ code: "custom", message: error });
    return z.NEVER;
  });
}

function durationUs(value: unknown): number | undefined {
  return typeof value === "string" ? parseDuration(value) : undefined;
}

/** By decimal digits: 0.1 / 100 is not the number that is written 0.001. */
function fraction(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value !== "string") return undefined;
  const percent = PERCENTAGE.exec(value)?.[1];
  if (percent !== undefined) return Number(`${percent}e-2`);
  return FRACTION.test(value) ? Number(value) : undefined;
}

/** What to write for a key, after "write". */
function expected({ kind, choices = [], least = 0, most }: SettingKey): string {
  switch (kind) {
    case "choice":
      return `one of ${choices.join(", ")}`;
    case "folder":
      return "the path of a folder";
    case "name":
      return "small letters, digits and -, at most 63";
    case "columns":
      return "a list of columns, such as NAME, STATE, RPS";
    case "duration":
      return `a duration such as 1s or 500ms, at least ${formatDuration(least)}`;
    case "fraction":
      return `a percentage such as 70%, or 0.7, at most ${most! * 100}%`;
    case "prices":
      return "USD by GPU, such as H100-SXM: 2.5";
  }
}

interface Branch {
  [field: string]: Branch | SettingKey;
}

/** The keys as the tree that the file is. */
const TREE: Branch = {};
for (const key of SETTING_KEYS) {
  const path = key.key.split(".");
  const field = path.pop()!;
  let branch = TREE;
  for (const step of path) branch = (branch[step] ??= {}) as Branch;
  branch[field] = key;
}

function isKey(node: Branch | SettingKey): node is SettingKey {
  return typeof node.kind === "string";
}

/** A key without a value is one that is not set, as where all below it is commented out. */
function schemaOf(node: Branch | SettingKey): z.ZodType {
  if (isKey(node)) return KINDS[node.kind](node, `write ${expected(node)}`).nullish();
  const shape = Object.fromEntries(
    Object.entries(node).map(([field, child]) => [field, schemaOf(child)]),
  );
  return z.strictObject(shape, {
    error: ({ code }) =>
      code === "invalid_type" ? `write the keys ${Object.keys(node).join(", ")}` : undefined,
  }).nullish();
}

let schema: z.ZodType | undefined;

/**
 * Reads settings as a tree of data. `name` is what problems call the key at a path; without it its
 * path.
 */
export function readSettings(
  data: unknown,
  name: (path: readonly PropertyKey[]) => string = pathText,
): SettingsReading {
  const parsed = (schema ??= schemaOf(TREE)).safeParse(data);
  if (!parsed.success) {
    const problems = parsed.error.issues.flatMap((issue) => problemsOf(issue, data, name));
    return { values: new Map(), problems };
  }
  const values = new Map<string, unknown>();
  for (const { key } of SETTING_KEYS) {
    const value = at(parsed.data, key.split("."));
    if (value !== undefined && value !== null) values.set(key, value);
  }
  return { values, problems: [] };
}

function problemsOf(
  issue: z.core.$ZodIssue,
  data: unknown,
  name: (path: readonly PropertyKey[]) => string,
): SettingProblem[] {
  const { path } = issue;
  if (issue.code === "unrecognized_keys") {
    const known = Object.keys(at(TREE, path) as Branch);
    return issue.keys.map((key) => ({
      path: [...path, key],
      message: `Unknown setting "${pathText([...path, key])}": ${suggestion(key, known)}`,
    }));
  }
  const value = JSON.stringify(at(data, path));
  const what = path.length === 0 ? "settings" : name(path);
  return [{ path, message: `Cannot use ${value} as ${what}: ${issue.message}` }];
}

function at(tree: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (node, field) => (node as Record<PropertyKey, unknown> | null | undefined)?.[field],
    tree,
  );
}
