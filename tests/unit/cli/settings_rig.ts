// Settings of all sources at once, as the tests of them need: a file that is text, and any environment.
import { DEFAULTS } from "../../../src/cli/settings.ts";
import { type SettingKey, settingOf, variableOf } from "../../../src/cli/settings_keys.ts";
import {
  type LoadedSettings,
  loadSettings,
  type SettingsSources,
} from "../../../src/cli/settings_load.ts";
import fc from "../../fast_check.ts";

export const FILE = "/home/me/.config/mtop/config.yaml";

/** Loads with `file` as the settings file's text, when there is one. */
export function load(
  { file, ...sources }: Partial<Omit<SettingsSources, "readFile">> & { file?: string },
): Promise<LoadedSettings> {
  return loadSettings({
    ...sources,
    env: { HOME: "/home/me", ...sources.env },
    readFile: (path) => Promise.resolve(path === FILE ? file : undefined),
  });
}

/** A value of a key in the ways in which it is written, and as it is held. */
export interface Sample {
  readonly held: unknown;
  readonly file: unknown;
  readonly variable: string;
}

const WORD = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);

/** Values of a key that each source can give. */
export function sampleOf(key: SettingKey): fc.Arbitrary<Sample> {
  const { kind, choices = [], least = 0 } = key;
  const plain = (text: string): Sample => ({ held: text, file: text, variable: text });
  switch (kind) {
    case "choice":
      return fc.constantFrom(...choices).map(plain);
    case "folder":
      return WORD.map((word) => plain(`/${word}`));
    case "name":
      return WORD.map(plain);
    case "columns":
      return fc.uniqueArray(fc.constantFrom("NAME", "RPS", "KV%", "ERR%"), { minLength: 1 })
        .map((columns) => ({ held: columns, file: columns, variable: columns.join(",") }));
    case "duration":
      return fc.integer({ min: Math.ceil(least / 1000), max: 9_999_999 })
        .map((ms) => ({ held: ms * 1000, file: `${ms}ms`, variable: `${ms}ms` }));
    case "fraction":
      return fractionOf(key);
    case "prices":
      return fc.constantFrom({ L4: 0.7 }, { "H100-SXM": 2.5, A30: 1 }, { GB200: 0 })
        .map((prices) => {
          const pairs = Object.entries(prices).map(([name, usd]) => `${name}=${usd}`);
          return { held: prices, file: prices, variable: pairs.join(",") };
        });
  }
}

/** In order with the default of the other level: a warning is not above what is critical. */
function fractionOf(key: SettingKey): fc.Arbitrary<Sample> {
  const { least = 0, most = 1 } = key;
  const byDefault = settingOf(DEFAULTS, key) as number;
  const [min, max] = key.key.endsWith(".warn") ? [least, byDefault] : [byDefault, most];
  return fc.integer({ min: Math.round(min * 100), max: Math.round(max * 100) })
    .map((percent) => ({
      held: percent / 100,
      file: `${percent}%`,
      variable: String(percent / 100),
    }));
}

/** One key as a tree of data. */
export function treeOf(key: string, value: unknown): unknown {
  return key.split(".").reduceRight<unknown>((inner, field) => ({ [field]: inner }), value);
}

export function environmentOf(key: string, variable: string): Record<string, string> {
  return { [variableOf(key)]: variable };
}
