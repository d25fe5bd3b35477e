import assert from "node:assert/strict";
import { load as loadYaml } from "js-yaml";
import { DEFAULTS } from "../../../src/cli/settings.ts";
import {
  assemble,
  type PartialSettings,
  SETTING_KEYS,
  settingOf,
} from "../../../src/cli/settings_keys.ts";
import { settingsMarkdown, settingsText, showSettings } from "../../../src/cli/settings_show.ts";
import fc from "../../fast_check.ts";
import { assertGolden } from "../../golden/golden.ts";
import { FILE, load, sampleOf } from "./settings_rig.ts";

Deno.test("settingsText() is a settings file that sets the same", async () => {
  const samples = fc.record(
    Object.fromEntries(SETTING_KEYS.map((key) => [key.key, fc.option(sampleOf(key))])),
  );
  const options = fc.record({
    defaults: fc.constantFrom(true as const, undefined),
    showOrigin: fc.constantFrom(true as const, undefined),
  });
  await fc.assert(
    fc.asyncProperty(samples, options, async (samples, options) => {
      const values = new Map(
        SETTING_KEYS.map((key) =>
          [key.key, samples[key.key]?.held ?? settingOf(DEFAULTS, key)] as const
        ),
      );
      const settings = assemble(values);
      const origins = new Map(SETTING_KEYS.map(({ key }) => [key, "somewhere # else"]));
      const yaml = settingsText({ settings, origins }, { ...options, output: "yaml" });
      assert.deepEqual((await load({ file: yaml })).settings, settings);
      const json = settingsText({ settings, origins }, { output: "json" });
      assert.deepEqual((await load({ file: json })).settings, settings);
    }),
    { numRuns: 50 },
  );
});

Deno.test("settingsText() tells where each value comes from", async () => {
  const flags = { logLevel: "debug", mode: "live" } as PartialSettings;
  const loaded = await load({
    flags,
    env: { MTOP_REFRESH: "500ms" },
    file: "color: never\nslo:\n  ttftP95: 2s\n",
  });
  const yaml = settingsText(loaded, { showOrigin: true, output: "yaml" });
  assertGolden("settings-origin.yaml", yaml);
  const json = JSON.parse(settingsText(loaded, { showOrigin: true, output: "json" }));
  assert.deepEqual(json["slo.ttftP95"], { value: "2s", origin: `${FILE}:3` });
  assert.deepEqual(json.refresh, { value: "500ms", origin: "environment MTOP_REFRESH" });
  assert.deepEqual(json.mode, { value: "live", origin: "flag --mode" });
  assert.deepEqual(json.logLevel, { value: "debug", origin: "flag -v" });
  assert.equal("mocks" in json, false);
});

Deno.test("showSettings() prints the defaults, each explained, whatever the file says", async () => {
  const yaml = await showSettings({ defaults: true, output: "yaml" }, { config: "/no/such" });
  assertGolden("settings-defaults.yaml", yaml);
  assert.equal(yaml.match(/^ *# .*[^:]$/gm)?.length, SETTING_KEYS.length);
  assert.deepEqual(Object.keys(loadYaml(yaml) as object).slice(0, 2), ["mode", "namespace"]);
});

Deno.test("settingsMarkdown() has a row a key, with its default and its variable", async () => {
  const markdown = await showSettings({ markdown: true, output: "yaml" }, {});
  assert.equal(markdown, settingsMarkdown());
  const [head, rule, ...rows] = markdown.trimEnd().split("\n");
  assert.equal(head, "| Key | Default | Variable | What for |");
  assert.equal(rule, "| --- | --- | --- | --- |");
  assert.equal(rows.length, SETTING_KEYS.length);
  const row = "| `refresh` | `1s` | `MTOP_REFRESH` | time from one frame of top to the next |";
  assert.ok(rows.includes(row));
  assert.ok(rows.every((row) => row.split(" | ").length === 4));
});
