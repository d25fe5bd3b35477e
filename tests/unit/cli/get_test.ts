import assert from "node:assert/strict";
import { get, type GetOptions, list } from "../../../src/cli/get.ts";
import { node, NOW_US, pod, read, service, told, world } from "./reading_rig.ts";

const WORLD = world([
  service("gpt2"),
  service("llama", "prod", "False"),
  pod("b-10", { app: "gpt2" }),
  pod("b-9", { app: "gpt2", tier: "x" }, "Pending"),
  pod("a", { app: "other" }),
  node("n1"),
], [told("Pod/default/a", "Pulled", 0), told("Pod/default/a", "Pulled", NOW_US / 2)]);

function run(words: readonly string[], options?: GetOptions, width?: number) {
  return read(WORLD, (context) => get(words, options ?? {}, context), width);
}

/** Names of the rows, without the header. */
async function names(words: readonly string[], options: GetOptions = {}): Promise<string[]> {
  const { out } = await run(words, { ...options, headers: false });
  return out.trimEnd().split("\n").map((line) => line.split(" ")[0]!);
}

Deno.test("get() takes a service's name alone, and its type and name in every form", async () => {
  for (const words of [["gpt2"], ["llmisvc", "gpt2"], ["LLMInferenceService/gpt2"]]) {
    assert.deepEqual(await names(words), ["gpt2"]);
  }
});

Deno.test("get() shows a service in KServe's first version when asked for that", async () => {
  const version = async (type: string) => {
    const { out } = await run([type, "gpt2"], { output: "jsonpath={.apiVersion}" });
    return out.trim();
  };
  assert.equal(await version("llminferenceservices"), "serving.kserve.io/v1alpha2");
  assert.equal(await version("llmisvc.serving.kserve.io"), "serving.kserve.io/v1alpha2");
  for (const type of ["llminferenceservices", "llmisvc"]) {
    const asked = `${type}.v1alpha1.serving.kserve.io`;
    assert.equal(await version(asked), "serving.kserve.io/v1alpha1");
    assert.deepEqual(await names([asked]), ["gpt2"]);
  }
});

Deno.test("get() lists by namespace and name, and selects by labels and fields", async () => {
  assert.deepEqual(await names(["pods"]), ["a", "b-10", "b-9"]);
  assert.deepEqual(await names(["pods"], { selector: "app=gpt2,!tier" }), ["b-10"]);
  assert.deepEqual(await names(["pods"], { fieldSelector: "status.phase=Pending" }), ["b-9"]);
  assert.deepEqual(await names(["pods"], { sortBy: ".metadata.name" }), ["a", "b-9", "b-10"]);
});

Deno.test("get() prints a table a type, with the types in the names", async () => {
  const { out } = await run(["nodes,llmisvc"], { headers: false });
  assert.equal(
    out,
    "node/n1   Ready   <none>   10m   \n\n" +
      "llminferenceservice.serving.kserve.io/gpt2         True         10m\n",
  );
});

Deno.test("get() has Events that are told together", async () => {
  const { out } = await run(["events"]);
  assert.equal(
    out,
    "LAST SEEN   TYPE     REASON   OBJECT   MESSAGE\n" +
      "5m          Normal   Pulled   pod/a    Pulled it\n",
  );
  const { out: json } = await run(["ev"], { output: "json" });
  const [event] = JSON.parse(json).items;
  assert.equal(event.count, 2);
  assert.equal(event.lastTimestamp, "2026-01-01T00:05:00Z");
  assert.match(event.metadata.name, /^a\.[0-9a-f]{16}$/);
});

Deno.test("get() says on standard error what it did not find, and exits 1", async () => {
  assert.deepEqual(await run(["nope"]), {
    out: "",
    err: 'Error from server (NotFound): llminferenceservices.serving.kserve.io "nope" not found\n' +
      'did you mean the type "node"?\n',
    code: 1,
  });
  assert.deepEqual(await run(["nope"], { ignoreNotFound: true }), { out: "", err: "", code: 0 });
  assert.deepEqual(await run(["pods", "nope"], { output: "json" }), {
    out: "",
    err: 'Error from server (NotFound): pods "nope" not found\n',
    code: 1,
  });
  // A service of another namespace is none of this one.
  assert.equal((await run(["llama"])).code, 1);
  assert.equal((await run(["llama"], { namespace: "prod" })).code, 0);
});

Deno.test("get() says what a word alone may have been meant to be", async () => {
  const hint = async (word: string) => (await run([word])).err.split("\n")[1];
  assert.equal(await hint("podz"), 'did you mean the type "pods"?');
  assert.equal(await hint("gpt"), 'did you mean the service "gpt2"?');
  assert.equal(await hint("llama"), 'did you mean the service "llama" of the namespace "prod"?');
  assert.match((await hint("ingress"))!, /^"ingress" is no type, either: "mtop api-resources" /);
  assert.equal((await run(["pods", "nope"])).err.trimEnd().split("\n").length, 1);
  assert.equal((await run(["configs"])).err, "No resources found in default namespace.\n");
});

Deno.test("get() says where there is nothing", async () => {
  assert.equal((await run(["deploy"])).err, "No resources found in default namespace.\n");
  assert.equal((await run(["deploy"], { allNamespaces: true })).err, "No resources found\n");
  const none = await read(world([]), (context) => get(["nodes"], {}, context));
  assert.deepEqual(none, { out: "", err: "No resources found\n", code: 0 });
});

Deno.test("get() refuses in kubectl's words", async () => {
  const refused: readonly [readonly string[], GetOptions, string][] = [
    [["llmservice"], {}, `the server doesn't have a resource type "llmservice"`],
    [
      ["pods", "a"],
      { allNamespaces: true },
      "a resource cannot be retrieved by name across all namespaces",
    ],
    // A word alone beside what asks for many is no service's name.
    [["pvc"], { allNamespaces: true }, `the server doesn't have a resource type "pvc"`],
    [["pvc"], { selector: "x=y" }, `the server doesn't have a resource type "pvc"`],
    [["pods", "a"], { selector: "x=y" }, "name cannot be provided when a selector is specified"],
    [["pods"], { output: "jsonpath=" }, "template format specified but no template given"],
    [["pods"], { selector: "a=b=c" }, 'unable to parse requirement: "a=b=c"'],
    [["pods"], { fieldSelector: "x=1" }, 'Unable to find "pods": field label not supported: x'],
    [["pods"], { sortBy: ".x" }, `couldn't find any field with path "{.x}" in the list of objects`],
    [
      ["pods"],
      { output: "jsonpath={.items[7]}" },
      'error executing jsonpath "{.items[7]}": Error executing template: ' +
      "array index out of bounds: index 7, length 3.",
    ],
  ];
  for (const [words, options, message] of refused) {
    await assert.rejects(run(words, options), { message });
  }
});

Deno.test("get() says that a mock instant does not move when it is to watch", async () => {
  const { out, err, code } = await run(["nodes"], { watch: true });
  assert.match(out, /^NAME/);
  assert.match(err, /^warning: nothing is watched: .*mtop top/);
  assert.equal(code, 0);
});

Deno.test("list() has the services of all namespaces, or of the one that is named", async () => {
  const all = await read(WORLD, (context) => list({}, context));
  assert.equal(
    all.out,
    "NAMESPACE   NAME    URL   READY   REASON   AGE\n" +
      "default     gpt2          True             10m\n" +
      "prod        llama         False            10m\n",
  );
  const one = await read(WORLD, (context) => list({ namespace: "prod" }, context));
  assert.match(one.out, /^NAME .*\nllama /);
});

Deno.test("get() fits a narrow terminal", async () => {
  const { out } = await run(["llmisvc"], {}, 24);
  assert.equal(out, "NAME   READY   AGE\ngpt2   True    10m\n");
});
