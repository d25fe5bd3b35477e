// Every key of the settings as data: its kind, what it is for, and where it is set. Parses nothing.

import { COLORS, LOG_FORMATS, LOG_LEVELS, MODES, type Settings } from "./settings.ts";

/** How a key's value is written; `settings_schema.ts` reads each. */
export type Kind =
  | "choice"
  | "folder"
  | "name"
  | "columns"
  | "duration"
  | "fraction"
  | "prices";

export interface SettingKey {
  /** Its path in the file, as `thresholds.kvCacheUsage.warn`. */
  readonly key: string;
  readonly kind: Kind;
  readonly about: string;
  /** Of a choice. */
  readonly choices?: readonly string[];
  /** Of a number, in its base unit: µs, or 1 for 100 %. */
  readonly least?: number;
  readonly most?: number;
}

const LEVELS = ["warn", "critical"] as const;

export const SETTING_KEYS: readonly SettingKey[] = [
  {
    key: "mode",
    kind: "choice",
    choices: MODES,
    about: "the cluster that commands look at",
  },
  { key: "mocks", kind: "folder", about: "folder of manifests instead of those that mtop brings" },
  { key: "namespace", kind: "name", about: "namespace that commands look at" },
  {
    key: "color",
    kind: "choice",
    choices: COLORS,
    about: "whether to colour; auto is on a terminal",
  },
  { key: "columns", kind: "columns", about: "columns of top, from the left" },
  {
    key: "refresh",
    kind: "duration",
    least: 100_000,
    about: "time from one frame of top to the next",
  },
  ...thresholds("kvCacheUsage", 1, "from this KV-cache usage on"),
  ...thresholds("errorRate", 1, "from this share of errors on, of the requests that ended"),
  ...thresholds("slo", 10, "from this share of a latency's objective on"),
  ...thresholds("waiting", 1000, "above this share of waiting to running requests", ", for 30s"),
  ...objective("ttftP95", "time to first token"),
  ...objective("itlP95", "gap between two tokens"),
  ...objective("e2eP95", "time from arrival to last token"),
  {
    key: "gpuPrices",
    kind: "prices",
    about: "USD a GPU and hour, by the GPU's name; in the variable H100-SXM=2.5,L4=0.7",
  },
  {
    key: "log",
    kind: "choice",
    choices: LOG_FORMATS,
    about: "form of the diagnostic lines (what is done, how long it takes); errors stay plain text",
  },
  {
    key: "logLevel",
    kind: "choice",
    choices: LOG_LEVELS,
    about: "least level of the diagnostic lines, -v is debug; warnings and errors always print",
  },
];

function thresholds(name: string, most: number, from: string, lasting = ""): SettingKey[] {
  return LEVELS.map((level) => ({
    key: `thresholds.${name}.${level}`,
    kind: "fraction",
    least: 0,
    most,
    about: level === "warn" ? `a warning ${from}${lasting}` : `critical ${from}`,
  }));
}

function objective(name: string, what: string): SettingKey[] {
  const about = `highest 95th percentile of the ${what}, for services without an SLO`;
  return [{ key: `slo.${name}`, kind: "duration", least: 1, about }];
}

/** The one rule: `MTOP_` and the key's path in upper snake case. */
export function variableOf(key: string): string {
  const snake = key.replace(/([a-z0-9])([A-Z])/g, "$1_$2").replaceAll(".", "_");
  return `MTOP_${snake.toUpperCase()}`;
}

/** Where the value stands in `Settings`, whose durations have their unit in their name. */
function fieldPath({ key, kind }: SettingKey): string[] {
  return (kind === "duration" ? `${key}Us` : key).split(".");
}

type Tree = { [field: string]: unknown };

/** A key's value in settings, or in some of them; undefined when it is not set. */
export function settingOf(settings: PartialSettings, key: SettingKey): unknown {
  return fieldPath(key).reduce<unknown>(
    (tree, field) => (tree as Tree | undefined)?.[field],
    settings,
  );
}

/** Settings of which any may be missing, at any depth. */
export type PartialSettings = { readonly [K in keyof Settings]?: Parts<Settings[K]> };
type Parts<T> = T extends readonly unknown[] | string | number ? T
  : { readonly [K in keyof T]?: Parts<T[K]> };

/** Settings of values by key; a key without one is left out. */
export function assemble(values: ReadonlyMap<string, unknown>): Settings {
  const settings: Tree = { slo: {} };
  for (const key of SETTING_KEYS) {
    const value = values.get(key.key);
    if (value === undefined) continue;
    const path = fieldPath(key);
    const field = path.pop()!;
    let tree = settings;
    for (const step of path) tree = (tree[step] ??= {}) as Tree;
    tree[field] = value;
  }
  return settings as unknown as Settings;
}
