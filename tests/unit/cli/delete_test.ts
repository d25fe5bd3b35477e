// Tests of delete: what its words mean, kubectl's lines, and what is left in the store.
import assert from "node:assert/strict";
import { deleteObjects, type DeleteOptions } from "../../../src/cli/delete.ts";
import type { KubeObject } from "../../../src/kube/object.ts";
import { memoryStore, rig, service } from "./write_rig.ts";

const node: KubeObject = { apiVersion: "v1", kind: "Node", metadata: { name: "n-1" } };
const elsewhere: KubeObject = {
  ...service("c"),
  metadata: { name: "c", namespace: "search" },
};

/** Deletes from a store of two services in default, one in search and a node. */
async function run(words: readonly string[], options: DeleteOptions = {}, input: unknown = "") {
  const store = memoryStore(service("a"), service("b"), elsewhere, node);
  const context = rig({ store, input });
  const code = await deleteObjects(words, options, context);
  const left = store.list().map(({ object }) => object.metadata.name).join(" ");
  return { code, left, stdout: context.stdout(), stderr: context.stderr() };
}

const deleted = (...names: readonly string[]) =>
  names.map((name) => `llminferenceservice.serving.kserve.io "${name}" deleted\n`).join("");

Deno.test("delete warns of a preset that goes, as KServe's webhook does", async () => {
  const metadata = { name: "kserve-config-llm-template", namespace: "kserve" };
  const preset = { ...service("x"), kind: "LLMInferenceServiceConfig", metadata };
  const context = rig({ store: memoryStore(preset) });
  const words = ["llminferenceserviceconfigs", metadata.name];
  assert.equal(await deleteObjects(words, { namespace: "kserve" }, context), 0);
  assert.equal(
    context.stderr(),
    "Warning: deleting well-known config kserve/kserve-config-llm-template is not recommended\n",
  );
});

for (
  const [words, options, left, stdout] of [
    [["llmisvc", "a"], {}, "b c n-1", deleted("a")],
    [["llmisvc", "a", "b"], {}, "c n-1", deleted("a", "b")],
    [["llmisvc/a", "node/n-1"], {}, "b c", `${deleted("a")}node "n-1" deleted\n`],
    [["a"], {}, "b c n-1", deleted("a")],
    [["llmisvc", "c"], { namespace: "search" }, "a b n-1", deleted("c")],
    [["llmisvc", "a"], { namespace: "" }, "b c n-1", deleted("a")],
    [["llmisvc"], { all: true }, "c n-1", deleted("a", "b")],
    [["llmisvc"], { all: true, allNamespaces: true }, "n-1", deleted("a", "b", "c")],
    [["nodes"], { all: true }, "a b c", 'node "n-1" deleted\n'],
    [["llmisvc", "a"], { output: "name" }, "b c n-1", "llminferenceservice.serving.kserve.io/a\n"],
    [["llmisvc", "x"], { ignoreNotFound: true }, "a b c n-1", ""],
  ] as const
) {
  Deno.test(`delete ${words.join(" ")} ${JSON.stringify(options)} succeeds`, async () => {
    assert.deepEqual(await run(words, options), { code: 0, left, stdout, stderr: "" });
  });
}

Deno.test("delete with a dry run leaves everything", async () => {
  const { left, stdout } = await run(["llmisvc", "a"], { dryRun: "client" });
  assert.equal(left, "a b c n-1");
  assert.equal(stdout, 'llminferenceservice.serving.kserve.io "a" deleted (dry run)\n');
});

Deno.test("delete says which object is missing and deletes the others", async () => {
  const { code, left, stdout, stderr } = await run(["llmisvc", "x", "a"]);
  assert.deepEqual([code, left, stdout], [1, "b c n-1", deleted("a")]);
  assert.equal(
    stderr,
    'Error from server (NotFound): llminferenceservices.serving.kserve.io "x" not found\n',
  );
});

Deno.test("delete of a word that is no type and no service is NotFound", async () => {
  const { code, stderr } = await run(["nope"]);
  assert.equal(code, 1);
  assert.match(stderr, /^Error from server \(NotFound\): .* "nope" not found\n$/);
});

Deno.test("delete of what the store cannot read, but can remove, says that it is deleted", async () => {
  const removed: string[] = [];
  const store = { ...memoryStore(), delete: (key: string) => void removed.push(key) };
  const context = rig({ store });
  assert.equal(await deleteObjects(["llmisvc", "torn"], {}, context), 0);
  assert.deepEqual([context.stdout(), context.stderr()], [deleted("torn"), ""]);
  assert.deepEqual(removed, ["serving.kserve.io/LLMInferenceService/default/torn"]);
});

Deno.test("delete -f takes the names from the manifests", async () => {
  const list = { kind: "List", items: [service("a"), service("x")] };
  const { code, left, stdout, stderr } = await run([], { filename: ["-"] }, list);
  assert.deepEqual([code, left, stdout], [1, "b c n-1", deleted("a")]);
  assert.equal(
    stderr,
    'Error from server (NotFound): error when deleting "STDIN": ' +
      'llminferenceservices.serving.kserve.io "x" not found\n',
  );
});

Deno.test("delete --all where there is nothing says so", async () => {
  const { code, stdout, stderr } = await run(["llmisvc"], { all: true, namespace: "empty" });
  assert.deepEqual([code, stdout, stderr], [0, "No resources found\n", ""]);
});

for (
  const [words, options, said] of [
    [["llmisvc"], {}, /^resource\(s\) were provided, but no name was specified$/],
    [[], {}, /^You must provide one or more resources by argument or filename\./],
    [["llmservice"], {}, /^the server doesn't have a resource type "llmservice"$/],
    [["foo", "x"], {}, /^the server doesn't have a resource type "foo"$/],
    [["pods", "x"], {}, /^Cannot delete pods: the mock cluster makes its own from /],
    [["llmisvc/a/b"], {}, /must have a single resource and name$/],
    [["llmisvc", "a"], { all: true }, /^name cannot be provided when --all is specified$/],
    [["a"], { all: true }, /^name cannot be provided when --all is specified$/],
    [["llmisvc/a"], { all: true }, /^name cannot be provided when --all is specified$/],
    [["cfg"], { all: true }, /^the server doesn't have a resource type "cfg"$/],
    [["nosuchtype"], { all: true }, /^the server doesn't have a resource type "nosuchtype"$/],
    [["a"], { allNamespaces: true }, /^a resource cannot be retrieved by name across all names/],
    [["llmisvc", "a"], { allNamespaces: true }, /^a resource cannot be retrieved by name across/],
    [[], { all: true, filename: ["absent.yaml"] }, /^cannot set --all and --filename at the same/],
    [["llmisvc", "a"], { filename: ["-"] }, /^when paths, URLs, or stdin is provided as input/],
    [["llmisvc", "a"], { namespace: "../x" }, /^--namespace: Invalid value: "..\/x"/],
  ] as const
) {
  Deno.test(`delete ${words.join(" ")} ${JSON.stringify(options)} is refused`, async () => {
    await assert.rejects(run(words, options), { message: said });
  });
}
