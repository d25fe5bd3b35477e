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
    ["a name with capitals", service({ name: "Llama" }), /RFC 1123 subdomain/],
    ["a long name", service({ name: "a".repeat(254) }), /no more than 253 characters/],
    ["a number as name", service({ name: 7 }), /must be of type string/],
    ["a path as namespace", service({ name: "a", namespace: "../b" }), /^metadata\.namespace: /],
    ["a dot in the namespace", service({ name: "a", namespace: "b.c" }), /RFC 1123 label/],
    ["a list as spec", { ...service({ name: "a" }), spec: [] }, /^spec: Invalid value: "array"/],
    ["a number as label", service({ name: "a", labels: { b: 1 } }), /^metadata\.labels: /],
  ] as const
) {
  Deno.test(`toManifest() refuses ${what}`, () => {
    assert.match(toManifest(document).problem ?? "", problem);
  });
}

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
