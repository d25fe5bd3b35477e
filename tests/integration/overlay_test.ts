// What a user writes over the manifests: kept, whole, beside other processes, never in the manifests.
import assert from "node:assert/strict";
import { join } from "node:path";
import type { KubeObject } from "../../src/kube/object.ts";
import type { ObjectStore } from "../../src/kube/store.ts";
import { openStore } from "../../src/kube/store_overlay.ts";
import { inTempDir } from "./program.ts";
import { fromFileUrl } from "./root.ts";

const API = "serving.kserve.io/v1alpha2";
const SERVICE = "serving.kserve.io/LLMInferenceService/default/";

function service(name: string, replicas = 1): KubeObject {
  const metadata = { name, namespace: "default" };
  const spec = { model: { uri: "hf://a/b" }, replicas };
  return { apiVersion: API, kind: "LLMInferenceService", metadata, spec };
}

interface Folders {
  readonly base: string;
  readonly stateDir: string;
  open(): Promise<ObjectStore>;
  /** Runs the writer; returns what it printed. */
  write(name: string, count: number): Promise<string>;
}

/** A folder of two services, and a state directory beside it. */
function inFolders(test: (folders: Folders) => Promise<void>): Promise<void> {
  return inTempDir(async (dir) => {
    const [base, stateDir] = [join(dir, "mocks"), join(dir, "state")];
    await Deno.mkdir(base);
    for (const name of ["a", "b"]) {
      await Deno.writeTextFile(join(base, `${name}.json`), JSON.stringify(service(name)));
    }
    const before = await treeOf(base);
    await test({
      base,
      stateDir,
      open: () => openStore({ base, stateDir }),
      write: async (name, count) => {
        const { stdout, success } = await writer(base, stateDir, name, String(count)).output();
        assert.ok(success);
        return new TextDecoder().decode(stdout);
      },
    });
    assert.deepEqual(await treeOf(base), before, "the base folder must stay as it is");
  });
}

function writer(...args: readonly string[]): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--cached-only",
      "--no-prompt",
      "--allow-read",
      "--allow-write",
      `--lock=${fromFileUrl("tests/deno.lock")}`,
      fromFileUrl("tests/integration/overlay_writer.ts"),
      ...args,
    ],
    stdout: "piped",
    stderr: "inherit",
  });
}

/** Names, times and texts of a folder's files. */
async function treeOf(dir: string): Promise<unknown[]> {
  const files = [...Deno.readDirSync(dir)].map(({ name }) => join(dir, name)).sort();
  return await Promise.all(files.map(async (path) => {
    const { mtime, size } = await Deno.stat(path);
    return { path, mtime: mtime?.getTime(), size, text: await Deno.readTextFile(path) };
  }));
}

/** The folder in which the changes lie. */
function overlayOf(stateDir: string): string {
  const [place, ...others] = [...Deno.readDirSync(join(stateDir, "mocks"))];
  assert.equal(others.length, 0);
  return join(stateDir, "mocks", place!.name);
}

const names = (store: ObjectStore) =>
  store.list().map(({ object }) => object.metadata.name).join(" ");

Deno.test("a store keeps what was created, replaced and deleted for the next process", async () => {
  await inFolders(async ({ open }) => {
    const store = await open();
    const untouched = await store.hash();
    store.create(service("c"));
    store.replace(service("a", 7));
    store.delete(`${SERVICE}b`);
    const next = await open();
    assert.deepEqual(next.list().map(({ object }) => object), [service("a", 7), service("c")]);
    assert.equal(await next.hash(), await store.hash());
    assert.notEqual(await next.hash(), untouched);
    assert.deepEqual(next.unread, []);

    next.create(service("b"));
    next.delete(`${SERVICE}c`);
    assert.equal(names(next), "a b");
  });
});

Deno.test("a store answers in the API server's words", async () => {
  await inFolders(async ({ open }) => {
    const store = await open();
    const plural = "llminferenceservices.serving.kserve.io";
    assert.throws(() => store.create(service("a")), {
      reason: "AlreadyExists",
      message: `${plural} "a" already exists`,
    });
    assert.throws(() => store.replace(service("x")), {
      reason: "NotFound",
      message: `${plural} "x" not found`,
    });
    assert.throws(() => store.delete(`${SERVICE}x`), {
      reason: "NotFound",
      message: `${plural} "x" not found`,
    });
    store.delete(`${SERVICE}a`);
    assert.throws(() => store.delete(`${SERVICE}a`), { reason: "NotFound" });
    assert.throws(() => store.replace(service("a")), { reason: "NotFound" });
  });
});

for (
  const metadata of [
    { name: "../../x" },
    { name: "x", namespace: "../../y" },
    { name: "/etc/x" },
    { name: "" },
  ]
) {
  Deno.test(`a store refuses ${JSON.stringify(metadata)} and writes nothing`, async () => {
    await inFolders(async ({ open, stateDir }) => {
      const store = await open();
      assert.throws(() => store.create({ ...service("x"), metadata }), { reason: "Invalid" });
      await assert.rejects(Deno.stat(stateDir), Deno.errors.NotFound);
    });
  });
}

Deno.test("a store takes names of 253 characters", async () => {
  await inFolders(async ({ open }) => {
    const long = ["y", "z"].map((end) => "x".repeat(252) + end);
    const store = await open();
    for (const name of long) store.create(service(name));
    assert.equal(names(await open()), `a b ${long.join(" ")}`);
  });
});

Deno.test("the changes of one folder are not those of another, however its path is written", async () => {
  await inFolders(async ({ open, base, stateDir }) => {
    (await open()).create(service("c"));
    const dotted = await openStore({ base: join(base, "..", "mocks", "."), stateDir });
    assert.equal(names(dotted), "a b c");
    await inTempDir(async (other) => {
      assert.equal(names(await openStore({ base: other, stateDir })), "");
    });
  });
});

Deno.test("a half-written change, a stranger's file and an older format are told, not used", async () => {
  await inFolders(async ({ open, stateDir }) => {
    const store = await open();
    store.replace(service("a", 7));
    store.create(service("c"));
    const overlay = overlayOf(stateDir);
    const changed = join(overlay, "LLMInferenceService_serving.kserve.io_default_a.json");
    const text = await Deno.readTextFile(changed);
    await Deno.writeTextFile(changed, text.slice(0, text.length / 2));
    await Deno.writeTextFile(join(overlay, "notes.txt"), "mine");
    await Deno.copyFile(
      join(overlay, "LLMInferenceService_serving.kserve.io_default_c.json"),
      join(overlay, "LLMInferenceService_serving.kserve.io_default_b.json"),
    );
    await Deno.writeTextFile(join(overlay, "x.json"), JSON.stringify({ format: 9, key: "k" }));

    const next = await open();
    assert.deepEqual(next.list().map(({ object }) => object), [
      service("a"),
      service("b"),
      service("c"),
    ]);
    const told = next.unread.map(({ message }) => message.slice(message.indexOf('": ') + 3));
    assert.match(told[0]!, /^it is no JSON: .+; delete the file, or create or apply the object/);
    const heal = "; delete the file, or create or apply the object again";
    assert.deepEqual(told.slice(1, 2), [`its name is not that of its object${heal}`]);
    assert.match(told[2]!, /^it is no JSON: .+$/);
    assert.deepEqual(told.slice(3), [`its format is 9, and this mtop reads 1${heal}`]);
    // Writing heals what is broken.
    next.replace(service("a", 8));
    assert.equal((await open()).get(`${SERVICE}a`)?.object.spec?.["replicas"], 8);
  });
});

Deno.test("deleting an object removes its change that cannot be read, and is NotFound then", async () => {
  await inFolders(async ({ open, stateDir }) => {
    const store = await open();
    store.create(service("c"));
    store.replace(service("a", 7));
    for (const name of ["a", "c"]) {
      const file = `LLMInferenceService_serving.kserve.io_default_${name}.json`;
      await Deno.writeTextFile(join(overlayOf(stateDir), file), '{"format": 1, "ke');
    }
    const next = await open();
    assert.equal(next.unread.length, 2);
    for (const name of ["a", "c"]) {
      next.delete(`${SERVICE}${name}`);
      assert.throws(() => next.delete(`${SERVICE}${name}`), { reason: "NotFound" });
    }
    assert.deepEqual([names(next), next.unread], ["b", []]);
  });
});

Deno.test("deleting what is not there makes no folder", async () => {
  await inFolders(async ({ open, stateDir }) => {
    const store = await open();
    assert.throws(() => store.delete(`${SERVICE}x`), { reason: "NotFound" });
    assert.throws(() => overlayOf(stateDir), Deno.errors.NotFound);
  });
});

Deno.test("two processes that write at once lose nothing, and one of them is first", async () => {
  await inFolders(async ({ open, write }) => {
    const outputs = await Promise.all([write("same", 30), write("same", 30), write("own", 30)]);
    const store = await open();
    assert.equal(store.list().length, 2 + 60);
    assert.deepEqual(store.unread, []);
    for (let index = 0; index < 30; index++) {
      const wins = outputs.slice(0, 2).filter((text) => text.includes(`created ${index}\n`));
      assert.equal(wins.length, 1, `same-${index} was created ${wins.length} times`);
    }
  });
});

Deno.test("a process that is killed while it writes leaves whole changes and no lock", async () => {
  await inFolders(async ({ base, open, stateDir }) => {
    for (let round = 0; round < 3; round++) {
      const process = writer(base, stateDir, `round-${round}`, "endless").spawn();
      const reader = process.stdout.getReader();
      // Somewhere in the middle of the work, not at its beginning.
      for (let seen = 0; seen < 20 + round * 7;) seen += (await reader.read()).value?.length ?? 0;
      process.kill("SIGKILL");
      await reader.cancel();
      await process.status;
      const store = await open();
      assert.deepEqual(store.unread, []);
      assert.ok(store.list().length > 2);
      store.create(service(`after-${round}`));
    }
    const left = [...Deno.readDirSync(overlayOf(stateDir))].map(({ name }) => name);
    assert.deepEqual(left.filter((name) => name.endsWith(".tmp")), []);
  });
});

Deno.test("a lock that another process holds is waited for, not for ever", async () => {
  await inFolders(async ({ open, stateDir }) => {
    const store = await open();
    store.create(service("c"));
    using lock = await Deno.open(join(overlayOf(stateDir), ".lock"), { write: true });
    await lock.lock(true);
    assert.throws(() => store.create(service("d")), {
      name: "StoreError",
      message: /another mtop has held its lock for 5 s; try again when it is done$/,
    });
    await lock.unlock();
    store.create(service("d"));
    assert.equal(names(store), "a b c d");
  });
});

Deno.test("a state directory that cannot be written to is one sentence", async () => {
  await inFolders(async ({ base, stateDir }) => {
    await Deno.writeTextFile(stateDir, "a file");
    const store = await openStore({ base, stateDir });
    assert.equal(names(store), "a b");
    assert.throws(() => store.create(service("c")), {
      name: "StoreError",
      message: /^Cannot write to ".*": not a directory$/,
    });
  });
});
