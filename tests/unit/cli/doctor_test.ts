import assert from "node:assert/strict";
import {
  denoVersion,
  doctor,
  manifests,
  mocksFolder,
  settingsFound,
  terminal,
  writable,
} from "../../../src/cli/doctor.ts";
import { DEFAULTS } from "../../../src/cli/settings.ts";
import { Story } from "../report/story.ts";
import { runOver } from "./story_context.ts";
import { memoryStore, service } from "./write_rig.ts";

Deno.test("doctor says of each thing whether it is well, and exits 1 when one is not", async () => {
  const well = { what: "one", look: () => ({ found: "here" }) };
  const ill = { what: "other", look: () => Promise.resolve({ problem: "do this" }) };
  const run = (all: Parameters<typeof doctor>[0]) =>
    runOver(new Story(), 0, (context) => doctor(all, context));
  assert.deepEqual(await run([well]), { code: 0, out: "ok      one  here\n", err: "" });
  assert.deepEqual(await run([well, ill]), {
    code: 1,
    out: "ok      one    here\nfailed  other  do this\n",
    err: "",
  });
});

Deno.test("denoVersion() compares numbers, not text", () => {
  for (const version of ["2.9.0", "2.10.1", "3.0.0", "2.9.6-rc.1"]) {
    assert.deepEqual(denoVersion(version), { found: version });
  }
  for (const version of ["2.8.9", "1.46.0"]) assert.ok("problem" in denoVersion(version), version);
});

Deno.test("settingsFound() passes on what is wrong with them", () => {
  assert.ok("found" in settingsFound(() => DEFAULTS));
  const finding = settingsFound(() => {
    throw new Error("config.yaml:3: no such key");
  });
  assert.match("problem" in finding ? finding.problem : "", /^config\.yaml:3: no such key; `mtop/);
});

Deno.test("mocksFolder() wants a folder that can be read and is not empty", () => {
  assert.deepEqual(mocksFolder("mocks"), { found: "mocks" });
  const finding = mocksFolder("mocks/nope");
  assert.match(
    "problem" in finding ? finding.problem : "",
    /^Cannot read "mocks\/nope": .*--mocks/,
  );
});

Deno.test("manifests() tells of what an API server would not take, and of what it would drop", async () => {
  const look = async (...specs: readonly unknown[]) => {
    const objects = specs.map((spec, index) => service(`a${index}`, spec));
    const finding = await manifests(() => Promise.resolve(memoryStore(...objects)));
    return "found" in finding ? finding.found : finding.problem;
  };
  const good = { model: { uri: "hf://a/b" } };
  assert.equal(await look(good, good), "2 that an API server takes");
  assert.equal(
    await look({ ...good, workers: {} }),
    '1 that an API server takes, but memory: unknown field "spec.workers"',
  );
  assert.match(
    await look({ replicas: -1 }, { replicas: -1 }),
    /^memory: The LLMInferenceService "a0" is invalid: spec\.replicas: .* \(and 1 more\)$/,
  );
  const finding = await manifests(() => Promise.reject(new Error("no such directory")));
  assert.deepEqual(finding, { problem: "no such directory" });
});

Deno.test("writable() needs a directory at all", async () => {
  const finding = await writable(undefined, "XDG_CACHE_HOME");
  assert.match("problem" in finding ? finding.problem : "", /set XDG_CACHE_HOME/);
});

Deno.test("terminal() has no complaint about a pipe, and one about a narrow window", () => {
  assert.ok("found" in terminal(false, undefined, undefined));
  assert.ok("found" in terminal(true, undefined, "dumb"));
  assert.ok("found" in terminal(true, 80, "xterm"));
  assert.ok("problem" in terminal(true, 39, "xterm"));
  assert.ok("problem" in terminal(true, undefined, "xterm"));
});
