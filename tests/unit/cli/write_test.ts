// Tests of create and apply: kubectl's lines, and what is in the store afterwards.
import assert from "node:assert/strict";
import { apply, create } from "../../../src/cli/write.ts";
import { memoryStore, rig, service } from "./write_rig.ts";

const STDIN = { filename: ["-"] };
const TYPED = "llminferenceservice.serving.kserve.io";

Deno.test("create() adds what is in the input and says so", async () => {
  const store = memoryStore();
  const context = rig({ store, input: service("new-model") });
  assert.equal(await create(STDIN, context), 0);
  assert.equal(context.stdout(), `${TYPED}/new-model created\n`);
  assert.equal(context.stderr(), "");
  assert.deepEqual(store.list().map(({ object }) => object), [service("new-model")]);
});

Deno.test("create() refuses an object that is there, and adds the others all the same", async () => {
  const store = memoryStore(service("dup"));
  const input = { kind: "List", items: [service("dup"), service("other")] };
  const context = rig({ store, input });
  assert.equal(await create(STDIN, context), 1);
  assert.equal(context.stdout(), `${TYPED}/other created\n`);
  assert.equal(
    context.stderr(),
    'Error from server (AlreadyExists): error when creating "STDIN": ' +
      'llminferenceservices.serving.kserve.io "dup" already exists\n',
  );
});

Deno.test("create() gives a name to what asks for one, another each time; apply() does not", async () => {
  const store = memoryStore();
  const { name: _, ...metadata } = service("a").metadata;
  const input = { ...service("a"), metadata: { ...metadata, generateName: "chat-" } };
  for (let n = 0; n < 2; n++) assert.equal(await create(STDIN, rig({ store, input })), 0);
  const names = store.list().map(({ object }) => object.metadata.name);
  assert.equal(new Set(names).size, 2);
  for (const name of names) assert.match(name, /^chat-[a-z0-9]{5}$/);
  const context = rig({ store, input });
  assert.equal(await apply(STDIN, context), 1);
  assert.equal(context.stderr(), "error: from chat-: cannot use generate name with apply\n");
});

Deno.test("create() takes v1alpha1 and keeps v1alpha2", async () => {
  const store = memoryStore();
  const spec = { model: { uri: "hf://a/b", criticality: "Critical" } };
  const old = { ...service("a", spec), apiVersion: "serving.kserve.io/v1alpha1" };
  const context = rig({ store, input: old });
  assert.equal(await create(STDIN, context), 0);
  assert.deepEqual(store.list().map(({ object }) => object), [{
    ...service("a"),
    metadata: {
      ...service("a").metadata,
      annotations: { "internal.serving.kserve.io/model-criticality": "Critical" },
    },
  }]);
});

Deno.test("create() refuses unknown fields, or does as --validate says", async () => {
  const input = service("a", { model: { uri: "hf://a/b" }, workers: {}, "a.b": 1 });
  for (const command of [create, apply]) {
    const context = rig({ input });
    assert.equal(await command(STDIN, context), 1);
    assert.equal(
      context.stderr(),
      'Error from server (BadRequest): error when creating "STDIN": LLMInferenceService in version ' +
        '"v1alpha2" cannot be handled as a LLMInferenceService: strict decoding error: unknown field ' +
        '"spec.workers", unknown field "spec.a.b"\n',
    );
  }
  const store = memoryStore();
  const warned = rig({ store, input });
  assert.equal(await create({ ...STDIN, validate: "warn" }, warned), 0);
  assert.equal(
    warned.stderr(),
    'Warning: unknown field "spec.workers"\nWarning: unknown field "spec.a.b"\n',
  );
  assert.deepEqual(store.list().map(({ object }) => object), [service("a")]);
  const ignored = rig({ input });
  assert.equal(await create({ ...STDIN, validate: "ignore" }, ignored), 0);
  assert.equal(ignored.stderr(), "");
});

Deno.test("apply() refuses to change the size of a group", async () => {
  const sized = (data: number) =>
    service("a", { model: { uri: "hf://a/b" }, parallelism: { data, dataLocal: 1 } });
  const store = memoryStore(sized(2));
  const context = rig({ store, input: sized(4) });
  assert.equal(await apply(STDIN, context), 1);
  assert.equal(
    context.stderr(),
    'The LLMInferenceService "a" is invalid: spec.parallelism: Unsupported value: 4: total ' +
      "parallelism size is immutable, previous size 2, curr size 4\n",
  );
  assert.deepEqual(store.list().map(({ object }) => object), [sized(2)]);
});

for (
  const [dryRun, mark] of [["client", " (dry run)"], ["server", " (server dry run)"]] as const
) {
  Deno.test(`create() with --dry-run=${dryRun} writes nothing`, async () => {
    const store = memoryStore();
    const context = rig({ store, input: service("a") });
    assert.equal(await create({ ...STDIN, dryRun }, context), 0);
    assert.equal(context.stdout(), `${TYPED}/a created${mark}\n`);
    assert.deepEqual(store.list(), []);
  });
}

Deno.test("create() with --dry-run=server knows what is there, with client it does not", async () => {
  const store = memoryStore(service("a"));
  const codes = ["server", "client"] as const;
  const ended = codes.map((dryRun) =>
    create({ ...STDIN, dryRun }, rig({ store, input: service("a") }))
  );
  assert.deepEqual(await Promise.all(ended), [1, 0]);
});

Deno.test("create() prints a name, YAML or JSON", async () => {
  const print = async (output: "name" | "yaml" | "json") => {
    const input = { kind: "List", items: [service("a"), service("b")] };
    const context = rig({ input });
    await create({ ...STDIN, output }, context);
    return context.stdout();
  };
  assert.equal(await print("name"), `${TYPED}/a\n${TYPED}/b\n`);
  assert.match(await print("yaml"), /^apiVersion: [^]*\n {2}name: a\n[^]*\n---\napi[^]*name: b\n/);
  assert.match(await print("json"), /^\{\n {4}"apiVersion"/);
});

Deno.test("create() gives an object without namespace that of -n, or of the settings", async () => {
  const nowhere = { ...service("a"), metadata: { name: "a" } };
  const place = async (options: { namespace?: string }) => {
    const store = memoryStore();
    await create({ ...STDIN, ...options }, rig({ store, input: nowhere, namespace: "search" }));
    return store.list()[0]?.object.metadata.namespace;
  };
  assert.equal(await place({}), "search");
  assert.equal(await place({ namespace: "support" }), "support");
});

Deno.test("create() refuses an object of another namespace than that of -n", async () => {
  const store = memoryStore();
  const context = rig({ store, input: service("a") });
  assert.equal(await create({ ...STDIN, namespace: "x" }, context), 1);
  assert.equal(
    context.stderr(),
    'error: the namespace from the provided object "default" does not match the namespace "x". ' +
      "You must pass '--namespace=default' to perform this operation.\n",
  );
  assert.deepEqual(store.list(), []);
});

Deno.test("create() refuses a path as -n", async () => {
  const nowhere = { ...service("a"), metadata: { name: "a" } };
  await assert.rejects(
    create({ ...STDIN, namespace: "../x" }, rig({ input: nowhere })),
    /^Error: --namespace: Invalid value: "..\/x"/,
  );
});

for (
  const [what, input, said] of [
    ["nothing", "\n# a comment\n", /^no objects passed to create$/],
    ["an empty list", { kind: "List", items: [] }, /^no objects passed to create$/],
  ] as const
) {
  Deno.test(`create() says that the input holds ${what}`, async () => {
    await assert.rejects(create(STDIN, rig({ input })), { message: said });
  });
}

for (
  const [text, said] of [
    ["{ a: [", "line 1: did not find expected node content"],
    ["a: [1,\n", "line 1: did not find expected node content"],
    ["a:\n\t- b\n", "line 2: found character that cannot start any token"],
    ["a: b: c\n", "line 1: mapping values are not allowed in this context"],
    ["a: 'b\n", "line 1: found unexpected end of stream"],
    ["a: *b\n", "line 1: unknown anchor 'b' referenced"],
    ['{"kind": "A",\n "b" 1}', "line 2: "],
    [bomb(), "line 1: its aliases stand for more than 1000000 values"],
  ] as const
) {
  Deno.test(`create() places what is wrong with ${JSON.stringify(text.slice(0, 24))}`, async () => {
    const context = rig({ input: text });
    assert.equal(await create(STDIN, context), 1);
    const begin = `error: error parsing STDIN: error converting YAML to JSON: yaml: ${said}`;
    assert.equal(context.stderr().slice(0, begin.length), begin);
    assert.equal(context.stdout(), "");
  });
}

/** Ten aliases of ten aliases of …: a billion values in 400 bytes. */
function bomb(): string {
  const levels = Array.from({ length: 9 }, (_, level) => {
    const aliases = Array.from({ length: 10 }, () => `*a${level}`).join(",");
    return `a${level + 1}: &a${level + 1} [${aliases}]`;
  });
  return ["a0: &a0 x", ...levels, ""].join("\n");
}

Deno.test("create() without a file uses kubectl's sentence", async () => {
  await assert.rejects(create({}, rig()), { message: "must specify one of -f and -k" });
});

Deno.test("create() names the next command on a terminal only", async () => {
  const onTerminal = rig({ input: service("a"), terminal: true, namespace: "search" });
  const onPipe = rig({ input: service("a") });
  await create(STDIN, onTerminal);
  await create(STDIN, onPipe);
  assert.equal(onTerminal.stderr(), "Next: mtop get llmisvc/a -n default\n");
  assert.equal(onPipe.stderr(), "");
});

Deno.test("apply() creates, configures and leaves alone", async () => {
  const store = memoryStore();
  const spec = (replicas: number) => ({ model: { uri: "hf://a/b" }, replicas });
  const run = async (replicas: number, dryRun: "none" | "client" = "none") => {
    const context = rig({ store, input: service("a", spec(replicas)) });
    assert.equal(await apply({ ...STDIN, dryRun }, context), 0);
    return context.stdout().trim().split("/a ")[1];
  };
  assert.equal(await run(1, "client"), "created (dry run)");
  assert.equal(await run(1), "created");
  assert.equal(await run(1), "unchanged");
  assert.equal(await run(2, "client"), "configured (dry run)");
  assert.equal(await run(2), "configured");
  assert.equal(store.list()[0]?.object.spec?.["replicas"], 2);
});

Deno.test("apply() of the same fields in another order changes nothing", async () => {
  const { kind, spec, ...rest } = service("a");
  const context = rig({ store: memoryStore(service("a")), input: { spec, kind, ...rest } });
  await apply(STDIN, context);
  assert.equal(context.stdout(), `${TYPED}/a unchanged\n`);
});

Deno.test("apply() keeps the age of an object", async () => {
  const creationTimestamp = "2025-12-01T00:00:00Z";
  const old = service("a", { model: { uri: "hf://a/b" }, replicas: 1 });
  const store = memoryStore({ ...old, metadata: { ...old.metadata, creationTimestamp } });
  await apply(STDIN, rig({ store, input: service("a") }));
  const object = store.list()[0]?.object;
  assert.equal(object?.metadata.creationTimestamp, creationTimestamp);
  assert.equal(object?.spec?.["replicas"], undefined);
});

Deno.test("apply() writes nothing of an invalid object", async () => {
  const store = memoryStore(service("a"));
  const bad = service("a", { model: { uri: "hf://a/b" }, replicas: -1 });
  const context = rig({ store, input: bad });
  assert.equal(await apply(STDIN, context), 1);
  assert.match(context.stderr(), /^The LLMInferenceService "a" is invalid: spec\.replicas: /);
  assert.deepEqual(store.list()[0]?.object, service("a"));
});
