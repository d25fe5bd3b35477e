// Settings from a real file, and what the system says when it cannot be read.
import assert from "node:assert/strict";
import { loadSettings } from "../../src/cli/settings_load.ts";
import { processSources } from "../../src/cli/settings_sources.ts";
import { inTempDir } from "./program.ts";

Deno.test("processSources() reads the file that is named, and sets what flags set", () =>
  inTempDir(async (dir) => {
    const config = `${dir}/mine.yaml`;
    await Deno.writeTextFile(config, "namespace: team-a\nmode: live\nmocks: here\n");
    const sources = processSources({ config, verbose: true, mode: "mock" });
    const { settings } = await loadSettings({ ...sources, env: {} });
    assert.equal(settings.namespace, "team-a");
    assert.equal(settings.mode, "mock");
    assert.equal(settings.logLevel, "debug");
    assert.equal(settings.mocks, `${dir}/here`);
  }));

Deno.test("processSources() says why a file cannot be read", () =>
  inTempDir(async (dir) => {
    const load = (config: string) => loadSettings({ ...processSources({ config }), env: {} });
    await assert.rejects(load(dir), {
      message: `Cannot read the settings "${dir}": Is a directory`,
    });
    await assert.rejects(load(`${dir}/no.yaml`), {
      message: `Cannot read the settings "${dir}/no.yaml": no such file`,
    });
  }));

Deno.test("processSources() sets nothing by flags that were not given", () => {
  assert.deepEqual(processSources({}).flags, {});
});
