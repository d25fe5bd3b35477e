import assert from "node:assert/strict";
import { dump } from "js-yaml";
import { CliError } from "../../../src/cli/exit.ts";
import { DEFAULTS } from "../../../src/cli/settings.ts";
import {
  assemble,
  SETTING_KEYS,
  type SettingKey,
  settingOf,
  variableOf,
} from "../../../src/cli/settings_keys.ts";
import { loadSettings, settingsPath } from "../../../src/cli/settings_load.ts";
import fc from "../../fast_check.ts";
import { environmentOf, FILE, load, type Sample, sampleOf, treeOf } from "./settings_rig.ts";

const refuses = (loading: Promise<unknown>, message: string) =>
  assert.rejects(loading, (error) => {
    assert.ok(error instanceof CliError);
    assert.equal(error.message, message);
    assert.equal(error.exitCode, 1);
    return true;
  });

/** What may set a key, the strongest first. */
type Given = readonly (Sample | null)[];

function sourcesOf({ key }: SettingKey, [flag, environment, file]: Given) {
  return {
    ...(flag && { flags: assemble(new Map([[key, flag.held]])) }),
    ...(environment && { env: environmentOf(key, environment.variable) }),
    ...(file && { file: dump(treeOf(key, file.file)) }),
  };
}

Deno.test("loadSettings() takes flag over environment over file over default, for every key", async () => {
  const cases = fc.constantFrom(...SETTING_KEYS).chain((key) => {
    const sample = fc.option(sampleOf(key));
    return fc.record({ key: fc.constant(key), given: fc.tuple(sample, sample, sample) });
  });
  await fc.assert(fc.asyncProperty(cases, async ({ key, given }) => {
    const { settings, origins } = await load(sourcesOf(key, given));
    const strongest = given.findIndex((sample) => sample !== null);
    const byDefault = settingOf(DEFAULTS, key);
    assert.deepEqual(settingOf(settings, key), given[strongest]?.held ?? byDefault);
    const originOfDefault = byDefault === undefined ? /^unset$/ : /^default$/;
    const origin = [
      /^flag -/,
      new RegExp(`^environment ${variableOf(key.key)}$`),
      new RegExp(`^${FILE}:${key.key.split(".").length}$`),
    ][strongest] ?? originOfDefault;
    assert.match(origins.get(key.key) ?? "unset", origin);
    for (const other of SETTING_KEYS.filter((other) => other !== key)) {
      assert.deepEqual(settingOf(settings, other), settingOf(DEFAULTS, other), other.key);
    }
  }));
});

Deno.test("loadSettings() gives the defaults when nothing is set", async () => {
  const { settings, origins, warnings } = await load({});
  assert.deepEqual(settings, DEFAULTS);
  assert.deepEqual(warnings, []);
  assert.deepEqual([...new Set(origins.values())], ["default"]);
});

Deno.test("loadSettings() reads the file that --config names, then MTOP_CONFIG, then XDG, then home", () => {
  const env = { MTOP_CONFIG: "m.yaml", XDG_CONFIG_HOME: "/xdg", HOME: "/home/me" };
  assert.deepEqual(settingsPath({ config: "c.yaml", env }), { path: "c.yaml", named: true });
  assert.deepEqual(settingsPath({ env }), { path: "m.yaml", named: true });
  const xdg = { path: "/xdg/mtop/config.yaml", named: false };
  assert.deepEqual(settingsPath({ env: { ...env, MTOP_CONFIG: "" } }), xdg);
  assert.deepEqual(settingsPath({ env: { HOME: "/home/me", XDG_CONFIG_HOME: "relative" } }), {
    path: FILE,
    named: false,
  });
  assert.equal(settingsPath({ env: {} }), undefined);
});

Deno.test("loadSettings() refuses a named file that is missing, and not a usual one", async () => {
  await refuses(load({ config: "c.yaml" }), 'Cannot read the settings "c.yaml": no such file');
  await refuses(
    load({ env: { MTOP_CONFIG: "/no" } }),
    'Cannot read the settings "/no": no such file',
  );
  assert.deepEqual((await load({ env: { XDG_CONFIG_HOME: "/xdg" } })).settings, DEFAULTS);
});

Deno.test("loadSettings() tells of the problems of all sources, a line each", async () => {
  await refuses(
    load({ file: "refresh: 1\ncolour: never\n", env: { MTOP_MODE: "lve" } }),
    [
      `${FILE}:1:1: Cannot use 1 as refresh: write a duration such as 1s or 500ms, at least 100ms`,
      `${FILE}:2:1: Unknown setting "colour": did you mean "color"?`,
      'Cannot use "lve" as MTOP_MODE: write one of mock, live',
    ].join("\n"),
  );
});

Deno.test("loadSettings() refuses a warning above what is critical, whatever set the two", async () => {
  await refuses(
    load({
      file: "thresholds: { slo: { critical: 90% } }",
      env: { MTOP_THRESHOLDS_SLO_WARN: "95%" },
    }),
    "Cannot use thresholds.slo: warn (environment MTOP_THRESHOLDS_SLO_WARN) is above critical " +
      `(${FILE}:1:22)`,
  );
  const { settings } = await load({ env: { MTOP_THRESHOLDS_SLO_WARN: "100%" } });
  assert.deepEqual(settings.thresholds.slo, { warn: 1, critical: 1 });
});

Deno.test("loadSettings() refuses a column that top does not have", async () => {
  await refuses(
    load({ env: { MTOP_COLUMNS: "NAME,TTFTp59" } }),
    'Unknown column "TTFTp59" in columns (environment MTOP_COLUMNS): did you mean "TTFTp95"?',
  );
  await refuses(
    load({ file: "columns: [NAME, TTFTp59]" }),
    `Unknown column "TTFTp59" in columns (${FILE}:1:17): did you mean "TTFTp95"?`,
  );
});

Deno.test("loadSettings() warns of the price of a GPU that it does not know", async () => {
  const { settings, warnings } = await load({ file: "gpuPrices:\n  H100: 2.5\n  L4: 0.7\n" });
  assert.deepEqual(settings.gpuPrices, { H100: 2.5, L4: 0.7 });
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /^Unknown GPU "H100" in gpuPrices \(.*config\.yaml:2:3\): known: /);
});

Deno.test("loadSettings() lets an error of reading the file through", async () => {
  const readFile = () => Promise.reject(new CliError("no"));
  await refuses(loadSettings({ env: { HOME: "/" }, readFile }), "no");
});

Deno.test("SETTING_KEYS name every field of the defaults, and a variable each", () => {
  const values = new Map(SETTING_KEYS.map((key) => [key.key, settingOf(DEFAULTS, key)]));
  assert.deepEqual(assemble(values), DEFAULTS);
  const variables = SETTING_KEYS.map(({ key }) => variableOf(key));
  assert.equal(new Set(variables).size, variables.length);
  for (const name of variables) assert.match(name, /^MTOP(_[A-Z0-9]+)+$/);
  assert.equal(
    variableOf("thresholds.kvCacheUsage.warn"),
    "MTOP_THRESHOLDS_KV_CACHE_USAGE_WARN",
  );
  assert.equal(variableOf("slo.ttftP95"), "MTOP_SLO_TTFT_P95");
  assert.equal(variableOf("slo.e2eP95"), "MTOP_SLO_E2E_P95");
});

/** What is loaded at once when a file is, by the imports in its text; `exit.ts` is every command's. */
async function importsOf(file: URL, seen = new Map<string, string[]>()) {
  if (seen.has(file.href) || file.href.endsWith("/cli/exit.ts")) return seen;
  const source = await Deno.readTextFile(file);
  const specifiers = [...source.matchAll(/^(?:import|export) (?!type)[^;]*? from "([^"]+)"/gm)]
    .map(([, specifier]) => specifier!);
  seen.set(file.href, specifiers.filter((specifier) => !specifier.startsWith(".")));
  for (const specifier of specifiers) {
    if (specifier.startsWith(".")) await importsOf(new URL(specifier, file), seen);
  }
  return seen;
}

Deno.test("loadSettings() and the command load no schema library and no YAML parser by themselves", async () => {
  for (const name of ["settings_load", "settings_commands", "settings_sources", "diagnostics"]) {
    const seen = await importsOf(new URL(`../../../src/cli/${name}.ts`, import.meta.url));
    const packages = [...seen.values()].flat();
    assert.deepEqual(
      packages.filter((name) => !["node:path", "@commander-js/extra-typings"].includes(name)),
      [],
    );
  }
  const heavy = await importsOf(new URL("../../../src/cli/settings_file.ts", import.meta.url));
  assert.ok([...heavy.values()].flat().includes("zod"));
});
