// The settings file: where it is, and what it says with the line of each key. The caller reads files.

import { dirname, isAbsolute, join } from "node:path";
import { loadAll, YAMLException } from "js-yaml";
import { SETTING_KEYS } from "./settings_keys.ts";
import type { Environment, SettingsLayer, SettingValue } from "./settings_layer.ts";
import { readSettings } from "./settings_schema.ts";
import { keyPositions, type Position, positionKey } from "./yaml_positions.ts";

/** What the text of a settings file sets; `path` is what its problems begin with. */
export function readSettingsText(text: string, path: string, env: Environment): SettingsLayer {
  let documents: unknown[];
  try {
    documents = loadAll(text);
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const { mark, reason } = error;
    const at = mark === undefined ? "" : `:${mark.line + 1}:${mark.column + 1}`;
    return failed([`${path}${at}: Cannot read the YAML: ${reason}`]);
  }
  if (documents.length > 1) return failed([`${path}: Cannot read more than one YAML document`]);
  const positions = keyPositions(text);
  const { values, problems } = readSettings(documents[0]);
  if (problems.length > 0) {
    const placed = problems.map((problem) => ({ ...problem, ...nearest(positions, problem.path) }))
      .sort((a, b) => a.line - b.line || a.column - b.column);
    return failed(
      placed.map(({ line, column, message }) => `${path}:${line}:${column}: ${message}`),
    );
  }
  const layer = new Map<string, SettingValue>([...values].map(([key, value]) => {
    const place = (part?: string | number) => {
      const at = [...key.split("."), ...part === undefined ? [] : [part]];
      const { line, column } = nearest(positions, at);
      return `${path}:${line}:${column}`;
    };
    return [key, { value, origin: place().replace(/:\d+$/, ""), place }];
  }));
  for (const { key, kind } of SETTING_KEYS) {
    const folder = layer.get(key);
    if (kind !== "folder" || folder === undefined) continue;
    layer.set(key, { ...folder, value: resolved(String(folder.value), path, env) });
  }
  return { values: layer, problems: [], warnings: [] };
}

function failed(problems: readonly string[]): SettingsLayer {
  return { values: new Map(), problems, warnings: [] };
}

/** Of the key or of what holds it: what came through an alias stands elsewhere. */
function nearest(positions: ReadonlyMap<string, Position>, key: readonly PropertyKey[]): Position {
  for (let length = key.length; length > 0; length--) {
    const position = positions.get(positionKey(key.slice(0, length)));
    if (position) return position;
  }
  return { line: 1, column: 1 };
}

/** A path in a file means the same wherever mtop is started: from the file's folder, or from home. */
function resolved(folder: string, file: string, { HOME }: Environment): string {
  if (HOME && (folder === "~" || folder.startsWith("~/"))) return join(HOME, folder.slice(1));
  return isAbsolute(folder) ? folder : join(dirname(file), folder);
}
