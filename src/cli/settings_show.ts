// Settings as text: the YAML that would set them, JSON of the same shape, and the README's table.

import { dump } from "js-yaml";
import { formatDuration } from "../sim/duration.ts";
import { DEFAULTS } from "./settings.ts";
import { SETTING_KEYS, type SettingKey, settingOf, variableOf } from "./settings_keys.ts";
import { type LoadedSettings, loadSettings } from "./settings_load.ts";
import { type GlobalOptions, processSources } from "./settings_sources.ts";

export interface ShowOptions {
  readonly defaults?: true | undefined;
  readonly showOrigin?: true | undefined;
  readonly markdown?: true | undefined;
  readonly output: "yaml" | "json";
}

/** What `mtop settings` prints. The defaults need nothing of the process, so a broken file is no matter. */
export async function showSettings(options: ShowOptions, global: GlobalOptions): Promise<string> {
  if (options.markdown) return settingsMarkdown();
  const loaded = options.defaults
    ? { settings: DEFAULTS, origins: new Map(), warnings: [] }
    : await loadSettings(processSources(global));
  return settingsText(loaded, options);
}

/** The settings; the YAML can be saved as the settings file, with origins or explanations as comments. */
export function settingsText(
  { settings, origins }: Pick<LoadedSettings, "settings" | "origins">,
  { defaults, showOrigin, output }: ShowOptions,
): string {
  const entries = SETTING_KEYS.map((key) => ({
    key,
    value: written(key, settingOf(settings, key)),
    origin: origins.get(key.key),
  }));
  if (output === "json") return json(entries, showOrigin === true);
  return yaml(entries.map((entry) => {
    if (defaults) return { ...entry, above: explanation(entry.key) };
    return showOrigin && entry.value !== undefined ? { ...entry, behind: entry.origin } : entry;
  }));
}

interface Entry {
  readonly key: SettingKey;
  /** As the file has it; undefined when the key is not set. */
  readonly value: unknown;
  readonly origin: string | undefined;
}

/** A value as people write it, to be read back the same. */
function written({ kind }: SettingKey, value: unknown): unknown {
  if (value === undefined) return undefined;
  if (kind === "duration") return formatDuration(value as number);
  // 12 digits: a hundred times a fraction is off in the last ones.
  if (kind === "fraction") return `${Number(((value as number) * 100).toPrecision(12))}%`;
  return value;
}

function explanation({ about, choices }: SettingKey): string {
  return choices ? `${about} (${choices.join(", ")})` : about;
}

function json(entries: readonly Entry[], showOrigin: boolean): string {
  const tree: Record<string, unknown> = {};
  for (const { key, value, origin } of entries) {
    if (value === undefined) continue;
    if (showOrigin) {
      tree[key.key] = { value, origin };
      continue;
    }
    const path = key.key.split(".");
    const field = path.pop()!;
    let branch = tree;
    for (const step of path) branch = (branch[step] ??= {}) as Record<string, unknown>;
    branch[field] = value;
  }
  return JSON.stringify(tree, null, 2) + "\n";
}

interface Line {
  readonly text: string;
  /** Comments. */
  readonly above?: string | undefined;
  readonly behind?: string | undefined;
}

/** A line a key, those not set commented out; the comments behind them in one column. */
function yaml(entries: readonly (Entry & Omit<Line, "text">)[]): string {
  const lines: Line[] = [];
  let group = "";
  for (const { key, value, above, behind } of entries) {
    const path = key.key.split(".");
    const field = path.pop()!;
    const indent = "  ".repeat(path.length);
    lines.push(...headers(group.split("."), path).map((text) => ({ text })));
    group = path.join(".");
    const text = value === undefined ? `# ${field}:` : `${field}: ${flow(value)}`;
    lines.push({ text: indent + text, above: above && `${indent}# ${above}`, behind });
  }
  const width = Math.max(...lines.map(({ text, behind }) => behind ? text.length : 0));
  return lines.map(({ text, above, behind }) =>
    (above ? `${above}\n` : "") + (behind ? `${text.padEnd(width)}  # ${behind}` : text) + "\n"
  ).join("");
}

/** The lines that open the groups of a path which are not open yet. */
function headers(open: readonly string[], path: readonly string[]): string[] {
  const shared = path.findIndex((field, depth) => field !== open[depth]);
  if (shared < 0) return [];
  return path.slice(shared).map((field, i) => `${"  ".repeat(shared + i)}${field}:`);
}

function flow(value: unknown): string {
  return dump(value, { flowLevel: 0, lineWidth: -1 }).trimEnd();
}

/** The README's table: generated, so that it is never wrong. */
export function settingsMarkdown(): string {
  const rows = SETTING_KEYS.map((key) => {
    const value = written(key, settingOf(DEFAULTS, key));
    const shown = value === undefined ? "–" : `\`${inline(value)}\``;
    return [`\`${key.key}\``, shown, `\`${variableOf(key.key)}\``, explanation(key)];
  });
  const head = [["Key", "Default", "Variable", "What for"], ["---", "---", "---", "---"]];
  return [...head, ...rows].map((row) => `| ${row.join(" | ")} |\n`).join("");
}

function inline(value: unknown): string {
  return typeof value === "string" ? value : flow(value);
}
