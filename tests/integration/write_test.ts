// create, apply, delete and config as their user runs them, with kubectl's bytes and exit codes.
import assert from "node:assert/strict";
import { join } from "node:path";
import { inTempDir, mtop, type Outcome } from "./program.ts";

const TYPED = "llminferenceservice.serving.kserve.io";
const PLURAL = "llminferenceservices.serving.kserve.io";

/** A service as YAML; `changes` are lines of its spec. */
function yaml(name: string, ...changes: readonly string[]): string {
  return [
    "apiVersion: serving.kserve.io/v1alpha2",
    "kind: LLMInferenceService",
    "metadata:",
    `  name: ${name}`,
    "  namespace: default",
    "spec:",
    "  model:",
    "    uri: hf://a/b",
    ...changes.map((line) => `  ${line}`),
    "",
  ].join("\n");
}

interface User {
  readonly dir: string;
  file(name: string, text: string): Promise<void>;
  mtop(...args: readonly string[]): Promise<Outcome>;
}

/** A user with an empty folder of manifests of its own beside the files of the test. */
function asUser(test: (user: User) => Promise<void>): Promise<void> {
  return inTempDir(async (dir) => {
    await Deno.mkdir(join(dir, "mocks"));
    await Deno.writeTextFile(join(dir, "mocks/granite-8b.yaml"), yaml("granite-8b", "replicas: 1"));
    // Not HOME, nor the cache's: Deno would look for its packages there.
    const env = { XDG_STATE_HOME: join(dir, "state"), XDG_CONFIG_HOME: join(dir, "config") };
    await test({
      dir,
      file: (name, text) => Deno.writeTextFile(join(dir, name), text),
      mtop: (...args) => mtop(["--mocks", "mocks", ...args], { cwd: dir, env }),
    });
  });
}

const ok = (stdout: string): Outcome => ({ code: 0, stdout, stderr: "" });
const failed = (stderr: string): Outcome => ({ code: 1, stdout: "", stderr });

Deno.test("create, apply and delete go on where the last process ended", async () => {
  await asUser(async ({ file, mtop }) => {
    await file("a.yaml", yaml("new-model", "replicas: 1"));
    await file("b.yaml", yaml("new-model", "replicas: 2"));
    const dry = await mtop("create", "-f", "a.yaml", "--dry-run=client");
    assert.deepEqual(dry, ok(`${TYPED}/new-model created (dry run)\n`));
    assert.deepEqual(await mtop("create", "-f", "a.yaml"), ok(`${TYPED}/new-model created\n`));
    assert.deepEqual(
      await mtop("create", "-f", "a.yaml"),
      failed(
        'Error from server (AlreadyExists): error when creating "a.yaml": ' +
          `${PLURAL} "new-model" already exists\n`,
      ),
    );
    assert.deepEqual(await mtop("apply", "-f", "a.yaml"), ok(`${TYPED}/new-model unchanged\n`));
    assert.deepEqual(await mtop("apply", "-f", "b.yaml"), ok(`${TYPED}/new-model configured\n`));
    assert.deepEqual(
      await mtop("delete", "llmisvc", "granite-8b", "--wait=false"),
      ok(`${TYPED} "granite-8b" deleted\n`),
    );
    assert.deepEqual(
      await mtop("delete", "llmisvc", "granite-8b"),
      failed(`Error from server (NotFound): ${PLURAL} "granite-8b" not found\n`),
    );
  });
});

Deno.test("create refuses in kubectl's words what is not there, not YAML, or not valid", async () => {
  await asUser(async ({ file, mtop }) => {
    await file("bad.yaml", yaml("new-model", "replicas: -1"));
    await file("broken.yaml", "{ a: [\n");
    await file("traversal.yaml", yaml("../../x"));
    const said = async (name: string) => {
      const { code, stdout, stderr } = await mtop("create", "-f", name);
      assert.deepEqual([code, stdout], [1, ""]);
      return stderr;
    };
    assert.equal(
      await said("missing-file.yaml"),
      'error: the path "missing-file.yaml" does not exist\n',
    );
    assert.equal(
      await said("broken.yaml"),
      "error: error parsing broken.yaml: error converting YAML to JSON: yaml: line 1: did not " +
        "find expected node content\n",
    );
    assert.equal(
      await said("bad.yaml"),
      'The LLMInferenceService "new-model" is invalid: spec.replicas: Invalid value: -1: ' +
        "spec.replicas in body should be greater than or equal to 0\n",
    );
    assert.match(
      await said("traversal.yaml"),
      /is invalid: metadata\.name: Invalid value: "..\/..\/x"/,
    );
    assert.deepEqual(await mtop("create"), failed("error: must specify one of -f and -k\n"));
  });
});

Deno.test("apply reads a folder, and folders in it with -R only", async () => {
  await asUser(async ({ dir, file, mtop }) => {
    await Deno.mkdir(join(dir, "in/deeper"), { recursive: true });
    await file("in/b.yaml", yaml("b"));
    await file("in/a.yml", `${yaml("a-1")}---\n${yaml("a-2")}`);
    await file("in/notes.txt", "no manifest");
    await file("in/deeper/c.json", JSON.stringify({ kind: "List", items: [] }));
    await file("in/deeper/d.yaml", yaml("d"));
    const lines = (...names: readonly string[]) =>
      names.map((name) => `${TYPED}/${name} created\n`).join("");
    assert.deepEqual(
      await mtop("apply", "-f", "in", "--dry-run=client", "-o", "name"),
      ok(lines("a-1", "a-2", "b").replaceAll(" created", "")),
    );
    assert.deepEqual(await mtop("apply", "-R", "-f", "in"), ok(lines("a-1", "a-2", "b", "d")));
    assert.deepEqual(
      await mtop("apply", "-f", "in/deeper/c.json"),
      failed("error: no objects passed to apply\n"),
    );
  });
});

Deno.test("config shows what a created service gets from a created config", async () => {
  await asUser(async ({ file, mtop }) => {
    const config = yaml("base", "replicas: 3").replace("Service\n", "ServiceConfig\n");
    await file("all.yaml", `${config}---\n${yaml("chat", "baseRefs: [{name: base}]")}`);
    assert.equal((await mtop("create", "-f", "all.yaml")).code, 0);
    const { stdout } = await mtop("config", "--for", "chat");
    assert.match(stdout, /\n {2}replicas: 3 +# base\n/);
    assert.match(stdout, /\n {4}uri: hf:\/\/a\/b +# own spec\n/);
    assert.match(
      (await mtop("config")).stdout,
      /^NAMESPACE .*\ndefault +base +1 +model,replicas\n$/,
    );
  });
});
