// All sources of settings over each other. Touches nothing itself; with defaults alone it loads no parser.

import { isAbsolute, join } from "node:path";
import { CliError } from "./exit.ts";
import { DEFAULTS, type Settings } from "./settings.ts";
import { readEnvironment } from "./settings_env.ts";
import { assemble, type PartialSettings, SETTING_KEYS, settingOf } from "./settings_keys.ts";
import type { Environment, SettingsLayer } from "./settings_layer.ts";

export interface SettingsSources {
  /** What options set; a setting that is absent is none of them. */
  readonly flags?: PartialSettings;
  /** Of `--config`: the file to read instead of the usual one. */
  readonly config?: string;
  readonly env: Environment;
  /** The text of a file; undefined when there is no such file. Rejects when it cannot be read. */
  readFile(path: string): Promise<string | undefined>;
}

export interface LoadedSettings {
  readonly settings: Settings;
  /** By key: `flag --mode`, `environment MTOP_MODE`, `/home/me/.config/mtop/config.yaml:3`, `default`. */
  readonly origins: ReadonlyMap<string, string>;
  /** Sentences for standard error. */
  readonly warnings: readonly string[];
}

const FLAGS: Readonly<Record<string, string>> = { logLevel: "-v", namespace: "--namespace" };

/**
 * Flag over environment over file over default, key for key. Throws a CliError that tells of all
 * problems, a line each.
 */
export async function loadSettings(sources: SettingsSources): Promise<LoadedSettings> {
  const { flags = {}, env } = sources;
  const given = await Promise.all([readFile(sources), readEnvironment(env)]);
  const layers = [valuesOf(DEFAULTS, () => "default"), ...given, valuesOf(flags, flagOf)];
  const problems = layers.flatMap((layer) => layer.problems);
  if (problems.length > 0) throw new CliError(problems.join("\n"));
  const merged = new Map(layers.flatMap(({ values }) => [...values]));
  const origins = new Map([...merged].map(([key, { origin }]) => [key, origin]));
  const settings = assemble(new Map([...merged].map(([key, { value }]) => [key, value])));
  const placeOf: PlaceOf = (key, part) => {
    const { place, origin = "default" } = merged.get(key) ?? {};
    return place?.(part) ?? origin;
  };
  requireOrder(settings, placeOf);
  await requireColumns(settings, placeOf);
  const warnings = [
    ...layers.flatMap((layer) => layer.warnings),
    ...await unknownGpus(settings, placeOf),
  ];
  return { settings, origins, warnings };
}

/** Where the file is looked for; a file that was named must be there. */
export function settingsPath(
  { config, env }: Pick<SettingsSources, "config" | "env">,
): { path: string; named: boolean } | undefined {
  const named = config ?? (env.MTOP_CONFIG || undefined);
  if (named !== undefined) return { path: named, named: true };
  const { XDG_CONFIG_HOME: xdg, HOME: home } = env;
  // The XDG specification: a relative path is invalid and to be ignored.
  const folder = xdg && isAbsolute(xdg) ? xdg : home ? join(home, ".config") : undefined;
  return folder === undefined
    ? undefined
    : { path: join(folder, "mtop", "config.yaml"), named: false };
}

async function readFile(sources: SettingsSources): Promise<SettingsLayer> {
  const place = settingsPath(sources);
  const text = place && await sources.readFile(place.path);
  if (place === undefined || text === undefined) {
    if (place?.named) throw new CliError(`Cannot read the settings "${place.path}": no such file`);
    return { values: new Map(), problems: [], warnings: [] };
  }
  const { readSettingsText } = await import("./settings_file.ts");
  return readSettingsText(text, place.path, sources.env);
}

function flagOf(key: string): string {
  return `flag ${FLAGS[key] ?? `--${key}`}`;
}

function valuesOf(settings: PartialSettings, origin: (key: string) => string): SettingsLayer {
  const values = SETTING_KEYS.flatMap((key) => {
    const value = settingOf(settings, key);
    return value === undefined ? [] : [[key.key, { value, origin: origin(key.key) }] as const];
  });
  return { values: new Map(values), problems: [], warnings: [] };
}

/** Where a setting, or a part of one, was set: for an error. */
type PlaceOf = (key: string, part?: string | number) => string;

/** Held against each other only here: the two may come from different sources. */
function requireOrder({ thresholds }: Settings, placeOf: PlaceOf): void {
  for (const [name, { warn, critical }] of Object.entries(thresholds)) {
    if (warn <= critical) continue;
    const [from, to] = ["warn", "critical"].map((level) => placeOf(`thresholds.${name}.${level}`));
    throw new CliError(
      `Cannot use thresholds.${name}: warn (${from}) is above critical (${to})`,
    );
  }
}

/** The list of columns is the table's, and is read only when someone chose from it. */
async function requireColumns(
  { columns }: Settings,
  placeOf: PlaceOf,
): Promise<void> {
  if (columns === DEFAULTS.columns) return;
  const [{ COLUMNS, findColumn }, { suggestion }] = await Promise.all([
    import("../view/columns.ts"),
    import("../scenario/problem.ts"),
  ]);
  const index = columns.findIndex((name) => findColumn(name) === undefined);
  const unknown = columns[index];
  if (unknown === undefined) return;
  const hint = suggestion(unknown, COLUMNS.map(({ head }) => head));
  const place = placeOf("columns", index);
  throw new CliError(`Unknown column "${unknown}" in columns (${place}): ${hint}`);
}

/** A price for what no one calls so is never used: said, since live clusters may know more GPUs. */
async function unknownGpus(
  { gpuPrices }: Settings,
  placeOf: PlaceOf,
): Promise<string[]> {
  const names = Object.keys(gpuPrices);
  if (names.length === 0) return [];
  const [{ GPU_NAMES }, { suggestion }] = await Promise.all([
    import("../serving/gpus.ts"),
    import("../scenario/problem.ts"),
  ]);
  return names.filter((name) => !GPU_NAMES.includes(name)).map((name) =>
    `Unknown GPU "${name}" in gpuPrices (${placeOf("gpuPrices", name)}): ${
      suggestion(name, GPU_NAMES)
    }`
  );
}
