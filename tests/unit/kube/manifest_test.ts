// Tests of what every manifest must have, whatever its kind.
import assert from "node:assert/strict";
import { documentsOf, toManifest } from "../../../src/kube/manifest.ts";

const service = (metadata: unknown) => ({
  apiVersion: "serving.kserve.io/v1alpha2",
  kind: "LLMInferenceService",
  metadata,
});

Deno.test("toManifest() gives an object the default namespace, or the one that is given", () => {
  const object = service({ name: "a" });
  assert.deepEqual(toManifest(object), { object: service({ name: "a", namespace: "default" }) });
  assert.deepEqual(toManifest(object, "x"), { object: service({ name: "a", namespace: "x" }) });
});

Deno.test("toManifest() gives a node no namespace", () => {
  const node = { apiVersion: "v1", kind: "Node", metadata: { name: "n", namespace: "default" } };
  assert.deepEqual(toManifest(node), { object: { ...node, metadata: { name: "n" } } });
});

for (
  const [what, document, problem] of [
    ["no object", [1], /holds no object/],
    ["no kind", { apiVersion: "v1" }, /^Object 'Kind' is missing$/],
    ["no apiVersion", { kind: "Node" }, /^Object 'apiVersion' is missing$/],
    ["an empty kind", { kind: "", apiVersion: "v1" }, /^Object 'Kind' is missing$/],
    [
      "a kind with a path in it",
      { kind: "../x", apiVersion: "v1" },
      /^kind: Invalid value: "..\/x"/,
    ],
    [
      "a version with a path in it",
      { kind: "X", apiVersion: "../v1" },
      /^apiVersion: Invalid value/,
    ],
    ["no name", service({}), /^metadata\.name: Required value/],
    ["a path as name", service({ name: "../../x" }), /^metadata\.name: Invalid value: "..\/..\/x"/],
    [
      "a name that a terminal would obey",
      service({ name: "\x1b[2J\x9b" }),
      /^metadata\.name: Invalid value: "\\x1b\[2J\\u009b": /,
    ],
    ["a name with capitals", service({ name: "Llama" }), /RFC 1123 subdomain/],
    ["a long name", service({ name: "a".repeat(254) }), /no more than 253 characters/],
    ["a number as name", service({ name: 7 }), /must be of type string/],
    ["a path as namespace", service({ name: "a", namespace: "../b" }), /^metadata\.namespace: /],
    ["a dot in the namespace", service({ name: "a", namespace: "b.c" }), /RFC 1123 label/],
    ["a list as spec", { ...service({ name: "a" }), spec: [] }, /^spec: Invalid value: "array"/],
    [
      "a word as time",
      service({ name: "a", creationTimestamp: "yesterday" }),
      /^metadata\.creationTimestamp: Invalid value: "yesterday": must be a time such as 2026-/,
    ],
    ["a 13th month", service({ name: "a", creationTimestamp: "2025-13-01T00:00:00Z" }), /a time/],
    ["a number as time", service({ name: "a", deletionTimestamp: 7 }), /^metadata\.deletionTimes/],
    ["a number as label", service({ name: "a", labels: { b: 1 } }), /^metadata\.labels: /],
  ] as const
) {
  Deno.test(`toManifest() refuses ${what}`, () => {
    assert.match(toManifest(document).problem ?? "", problem);
  });
}

Deno.test("toManifest() takes times as the API server does, of any year and zone, and none", () => {
  const times = ["2025-12-01T00:00:00Z", "2031-02-03T04:05:06.789Z", "2025-12-01T00:00:00+02:00"];
  for (const creationTimestamp of [...times, null]) {
    const metadata = { name: "a", creationTimestamp };
    assert.equal(toManifest(service(metadata)).problem, undefined, String(creationTimestamp));
  }
});

Deno.test("toManifest() tells of all that is wrong with the metadata at once", () => {
  const { problem = "" } = toManifest(service({ name: "A", namespace: "B", labels: [] }));
  assert.match(problem, /^metadata\.name: .*; metadata\.namespace: .*; metadata\.labels: /);
});

Deno.test("toManifest() turns v1alpha1 into what is stored", () => {
  const old = { ...service({ name: "a" }), apiVersion: "serving.kserve.io/v1alpha1" };
  const spec = { model: { uri: "hf://a/b", criticality: "Standard" } };
  const object = {
    ...service({
      name: "a",
      namespace: "default",
      annotations: { "internal.serving.kserve.io/model-criticality": "Standard" },
    }),
    spec: { model: { uri: "hf://a/b" } },
  };
  assert.deepEqual(toManifest({ ...old, spec }), { object });
});

Deno.test("toManifest() takes other kinds of v1alpha1", () => {
  const graph = { apiVersion: "serving.kserve.io/v1alpha1", kind: "InferenceGraph" };
  assert.equal(toManifest({ ...graph, metadata: { name: "a" } }).problem, undefined);
});

Deno.test("documentsOf() unpacks lists in lists and passes over nothing", () => {
  const item = (kind: string) => ({ kind });
  const list = (...items: unknown[]) => ({ kind: "List", items });
  assert.deepEqual([...documentsOf(list(item("A"), null, list(item("B"))))], [
    item("A"),
    item("B"),
  ]);
  assert.deepEqual([...documentsOf({ kind: "LLMInferenceServiceList", items: [item("C")] })], [
    item("C"),
  ]);
  assert.deepEqual([...documentsOf(null)], []);
});
