// Reading folders of manifests: whatever lies in them, what can be read is listed.
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import type { ObjectStore } from "../../src/kube/store.ts";
import { StoreError } from "../../src/kube/store_error.ts";
import { openStore } from "../../src/kube/store_overlay.ts";
import { inTempDir } from "./program.ts";

const service = (name: string, namespace?: string) => ({
  apiVersion: "serving.kserve.io/v1alpha2",
  kind: "LLMInferenceService",
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  spec: { model: { uri: "hf://openai-community/gpt2" } },
});

const text = (value: unknown) => JSON.stringify(value);

/** The store of a folder of these files, by their paths in it. */
async function storeOf(dir: string, files: Readonly<Record<string, string>>): Promise<ObjectStore> {
  for (const [path, content] of Object.entries(files)) {
    await Deno.mkdir(dirname(join(dir, path)), { recursive: true });
    await Deno.writeTextFile(join(dir, path), content);
  }
  return await openStore({ base: dir, stateDir: join(dir, ".state") });
}

const names = (store: ObjectStore) => store.list().map(({ object }) => object.metadata.name);

Deno.test("openStore() reads JSON and YAML of all folders in order of their names", async () => {
  await inTempDir(async (dir) => {
    const store = await storeOf(dir, {
      "crs/b.json": text(service("b", "search")),
      "crs/a.yaml": "# two\n---\napiVersion: v1\nkind: Node\nmetadata: {name: a-1}\n" +
        "---\napiVersion: v1\nkind: Node\nmetadata: {name: a-2}\n---\n",
      "config/deep/er/z.yml": text(service("z")),
      "all.JSON": text({ kind: "List", apiVersion: "v1", items: [service("l-1"), service("l-2")] }),
      "README.md": "no manifest",
      "empty.yaml": "# nothing\n",
      "empty.json": "\n",
      ".hidden.json": "{",
      "topologies/edge.json": "{",
      "pod_logs/gpt2.json": "{",
    });
    assert.deepEqual(names(store), ["l-1", "l-2", "z", "a-1", "a-2", "b"]);
    assert.deepEqual(store.unread, []);
    const stored = store.get("serving.kserve.io/LLMInferenceService/search/b");
    assert.equal(stored?.source, join(dir, "crs/b.json"));
    assert.deepEqual(store.get("/Node//a-1")?.object.metadata, { name: "a-1" });
    assert.ok(store.get("serving.kserve.io/LLMInferenceService/default/z"));
  });
});

Deno.test("openStore() lists the rest when a file is no manifest, and says which", async () => {
  await inTempDir(async (dir) => {
    const store = await storeOf(dir, {
      "a.json": text(service("a")),
      "b.json": '{\n  "kind": \n}',
      "c.yaml": "a: b: c\n",
      "d.json": text({ apiVersion: "v1", metadata: { name: "d" } }),
      "e.json": text(service("../../e")),
      "f.json": text({ kind: "List", items: [7, service("f")] }),
      "g.json": text(service("a")),
    });
    assert.deepEqual(names(store), ["a", "f"]);
    const messages = store.unread.map(({ message }) => message.replaceAll(dir, "DIR"));
    assert.equal(messages[0], `Cannot read "DIR/b.json": it is no JSON: Unexpected token '}'`);
    assert.equal(
      messages[1],
      'Cannot read "DIR/c.yaml": bad indentation of a mapping entry at line 1, column 5',
    );
    assert.equal(messages[2], `Cannot read "DIR/d.json": Object 'Kind' is missing`);
    assert.match(
      messages[3] ?? "",
      /e\.json": metadata\.name: Invalid value: "..\/..\/e": a lower/,
    );
    assert.equal(messages[4], 'Cannot read "DIR/f.json": it holds no object');
    assert.equal(
      messages[5],
      'Cannot read "DIR/g.json": LLMInferenceService default/a is in "DIR/a.json" already',
    );
    assert.equal(messages.length, 6);
  });
});

Deno.test("openStore() reads v1alpha1 as what is stored, and says which time is none", async () => {
  await inTempDir(async (dir) => {
    const yesterday = { name: "b", creationTimestamp: "yesterday" };
    const store = await storeOf(dir, {
      "a.json": text({ ...service("a"), apiVersion: "serving.kserve.io/v1alpha1" }),
      "b.json": text({ ...service("b"), metadata: yesterday }),
    });
    assert.deepEqual(store.list().map(({ object }) => object.apiVersion), [
      "serving.kserve.io/v1alpha2",
    ]);
    assert.deepEqual(store.unread.map(({ message }) => message.replaceAll(dir, "DIR")), [
      'Cannot read "DIR/b.json": metadata.creationTimestamp: Invalid value: "yesterday": must be ' +
      "a time such as 2026-01-01T00:00:00Z",
    ]);
  });
});

Deno.test("openStore() keeps the times of YAML as text and knows its merge key", async () => {
  await inTempDir(async (dir) => {
    const store = await storeOf(dir, {
      "a.yaml": [
        "apiVersion: v1",
        "kind: Node",
        "metadata: {name: a, creationTimestamp: 2025-12-01T00:00:00Z}",
        "spec: {x: &x {one: 1}, y: {<<: *x, two: 2}}",
      ].join("\n"),
    });
    const object = store.get("/Node//a")?.object;
    assert.equal(object?.metadata.creationTimestamp, "2025-12-01T00:00:00Z");
    assert.deepEqual(object?.spec?.["y"], { one: 1, two: 2 });
  });
});

Deno.test("openStore() survives loops of links, dead links and pipes", async () => {
  await inTempDir(async (dir) => {
    await Deno.mkdir(join(dir, "in"));
    await Deno.writeTextFile(join(dir, "in/a.json"), text(service("a")));
    await Deno.symlink(dir, join(dir, "in/loop"));
    await Deno.symlink(join(dir, "in/a.json"), join(dir, "link.txt"));
    await Deno.symlink(join(dir, "gone.json"), join(dir, "dead.json"));
    await new Deno.Command("sh", { args: ["-c", `mkfifo "${dir}/pipe.json"`] }).output();
    const store = await storeOf(dir, {});
    assert.deepEqual(names(store), ["a"]);
    assert.deepEqual(store.unread.map(({ source }) => source), [join(dir, "dead.json")]);
  });
});

Deno.test("openStore() reads what a ConfigMap mounts: links to hidden folders, each file once", async () => {
  await inTempDir(async (dir) => {
    await Deno.mkdir(join(dir, "..2026"));
    await Deno.writeTextFile(join(dir, "..2026/a.yaml"), text(service("a")));
    await Deno.symlink("..2026", join(dir, "..data"));
    await Deno.symlink("..data/a.yaml", join(dir, "a.yaml"));
    const store = await storeOf(dir, {});
    assert.deepEqual([names(store), store.unread], [["a"], []]);
  });
});

Deno.test("openStore() says that there is no such folder", async () => {
  await assert.rejects(
    openStore({ base: "/nowhere/mocks", stateDir: "/nowhere/state" }),
    new StoreError('Cannot read the manifests in "/nowhere/mocks": no such directory'),
  );
});

Deno.test("openStore() says that a file is no folder", async () => {
  await inTempDir(async (dir) => {
    const base = join(dir, "a.json");
    await Deno.writeTextFile(base, "{}");
    await assert.rejects(
      openStore({ base, stateDir: dir }),
      /Cannot read the manifests in .*: not a/,
    );
  });
});

Deno.test("hash() changes with a byte and with a name, and does not parse", async () => {
  await inTempDir(async (dir) => {
    const hash = async (files: Record<string, string>) => {
      const base = await Deno.makeTempDir({ dir });
      return (await storeOf(base, files)).hash();
    };
    const broken = await hash({ "a.json": "{", "b.json": "" });
    assert.equal(broken, await hash({ "a.json": "{", "b.json": "" }));
    assert.notEqual(broken, await hash({ "a.json": "[", "b.json": "" }));
    assert.notEqual(broken, await hash({ "a.json": "{", "c.json": "" }));
    assert.notEqual(broken, await hash({ "a.json": "", "b.json": "{" }));
    assert.match(broken, /^[0-9a-f]{64}$/);
  });
});
