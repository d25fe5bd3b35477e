// Merge patches by the RFC's own examples, and by what a difference must do.
import assert from "node:assert/strict";
import { diffPatch, type Json, mergePatch, objectKey } from "../../../src/kube/object.ts";
import fc from "../../fast_check.ts";

Deno.test("mergePatch() does what RFC 7386 lists in its appendix A", () => {
  const examples: readonly (readonly [original: Json, patch: Json, result: Json])[] = [
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
    [{ a: "b" }, { a: null }, {}],
    [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
    [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
    [["a", "b"], ["c", "d"], ["c", "d"]],
    [{ a: "b" }, ["c"], ["c"]],
    [{ a: "foo" }, null, null],
    [{ a: "foo" }, "bar", "bar"],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: "b", c: null }, { a: "b" }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ];
  for (const [original, patch, result] of examples) {
    const before = structuredClone(original);
    assert.deepEqual(mergePatch(original, patch), result);
    assert.deepEqual(original, before);
  }
});

Deno.test("mergePatch() makes an object of nothing, and leaves out what is undefined", () => {
  assert.deepEqual(mergePatch(undefined, { a: 1, b: null, c: undefined }), { a: 1 });
  assert.deepEqual(mergePatch({ a: 1, b: 2 }, { b: undefined }), { a: 1 });
});

/** Keys that any object inherits are ordinary keys of annotations and labels. */
const key = fc.oneof(
  fc.constantFrom("a", "b", "c", "1"),
  fc.constantFrom("constructor", "toString", "valueOf", "__proto__"),
  fc.string(),
);
const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom("x", "", true, false),
    fc.integer(),
    fc.array(tie("json"), { maxLength: 3 }),
    fc.dictionary(key, tie("json"), { maxKeys: 5, noNullPrototype: true }) as fc.Arbitrary<Json>,
  ),
}));

/** Arbitrary changes, so that most of `to` is `from` again. */
const pair = fc.tuple(json, json).chain(([a, b]) =>
  fc.constantFrom<[Json, Json]>(
    [a, b],
    [a, structuredClone(a)],
    [{ same: a, old: b }, { same: a, new: b }],
    [{ at: { deep: a } }, { at: { deep: b } }],
  )
);

/** Not as values deep down: whatever a run file would hold of them. */
const text = (value: Json | undefined) => JSON.stringify(value, sortKeys);

function sortKeys(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1);
}

Deno.test("diffPatch() is the patch that turns one value into the other", () => {
  fc.assert(
    fc.property(pair, ([from, to]) => {
      const patch = diffPatch(from, to);
      const result = patch === undefined ? from : mergePatch(from, patch);
      assert.equal(text(result), text(to));
    }),
    { numRuns: 1000 },
  );
});

Deno.test("diffPatch() gives nothing when nothing changed, and something when anything did", () => {
  fc.assert(fc.property(json, json, (a, b) => {
    assert.equal(diffPatch(a, structuredClone(a)), undefined);
    if (diffPatch(a, b) === undefined) assert.equal(text(a), text(b));
  }));
});

Deno.test("diffPatch() names only what changed", () => {
  const from = { kept: 1, gone: 2, changed: 3, list: [1, 2], deep: { kept: 1, changed: 1 } };
  const to = { kept: 1, changed: 4, list: [1], deep: { kept: 1, changed: 2 }, added: { a: 1 } };
  assert.deepEqual(diffPatch(from, to), {
    gone: null,
    changed: 4,
    list: [1],
    deep: { changed: 2 },
    added: { a: 1 },
  });
  assert.deepEqual(diffPatch(undefined, { a: 1 }), { a: 1 });
  assert.deepEqual(diffPatch({ a: 1, b: undefined }, { a: 1 }), undefined);
  assert.deepEqual(diffPatch({ a: 1 }, { a: 1, b: undefined }), undefined);
});

Deno.test("diffPatch() and mergePatch() treat inherited names as any other key", () => {
  const from = { constructor: "a", toString: "b", kept: 1 };
  assert.deepEqual(diffPatch(from, { kept: 1 }), { constructor: null, toString: null });
  assert.equal(diffPatch({}, { valueOf: "x" })?.["valueOf" as never], "x");
  const patch = JSON.parse(`{"__proto__":{"polluted":true}}`) as Json;
  const merged = mergePatch({}, patch) as Record<string, unknown>;
  assert.equal(merged["polluted"], undefined);
  assert.equal(JSON.stringify(merged), `{"__proto__":{"polluted":true}}`);
});

Deno.test("objectKey() is group, kind, namespace and name", () => {
  const key = (apiVersion: string, namespace?: string) => {
    const metadata = { name: "n", ...(namespace === undefined ? {} : { namespace }) };
    return objectKey({ apiVersion, kind: "K", metadata });
  };
  assert.equal(key("serving.kserve.io/v1alpha2", "team"), "serving.kserve.io/K/team/n");
  assert.equal(key("serving.kserve.io/v1alpha1", "team"), "serving.kserve.io/K/team/n");
  assert.equal(key("v1", "team"), "/K/team/n");
  assert.equal(key("v1"), "/K//n");
});
