import assert from "node:assert/strict";
import { describe } from "../../../src/view/describe.ts";
import { fieldLabel } from "../../../src/view/describe_generic.ts";

Deno.test("fieldLabel() writes names as kubectl's describer does", () => {
  const labels = {
    uri: "Uri",
    url: "URL",
    uid: "UID",
    apiVersion: "API Version",
    observedGeneration: "Observed Generation",
    kvCacheOffloading: "Kv Cache Offloading",
    maxURLs: "Max UR Ls",
    "nvidia.com/gpu": "nvidia.com/gpu",
    "a-b": "A - B",
    PDFLoader: "PDF Loader",
  };
  for (const [field, label] of Object.entries(labels)) assert.equal(fieldLabel(field), label);
});

Deno.test("describe() shows several labels, lists of scalars and an empty events line", () => {
  const object = {
    apiVersion: "v1",
    kind: "Thing",
    metadata: { name: "n", labels: { b: "2", a: "1" } },
    spec: { taints: [{ key: "k" }, { key: "l" }], args: ["--x", 1], none: null },
  };
  assert.deepEqual(describe(object, [], { objects: [], nowUs: 0 }), [
    "Name:         n",
    "Namespace:    ",
    "Labels:       a=1",
    "              b=2",
    "Annotations:  <none>",
    "API Version:  v1",
    "Kind:         Thing",
    "Metadata:",
    "Spec:",
    "  Args:",
    "    --x",
    "    1",
    "  None:  <nil>",
    "  Taints:",
    "    Key:  k",
    "    Key:  l",
    "Events:   <none>",
  ]);
});

Deno.test("describe() puts long annotations on lines of their own, and cuts them", () => {
  const annotations = {
    long: "x".repeat(150),
    short: "y",
    "kubectl.kubernetes.io/last-applied-configuration": "{}",
  };
  const object = { apiVersion: "v1", kind: "Service", metadata: { name: "p", annotations } };
  const lines = describe(object, [], { objects: [], nowUs: 0 });
  assert.deepEqual(lines.slice(3, 6), [
    "Annotations:  long:",
    `                ${"x".repeat(138)}...`,
    "              short: y",
  ]);
});

Deno.test("describe() has no line of events where none were asked for", () => {
  const object = { apiVersion: "v1", kind: "Thing", metadata: { name: "n" } };
  assert.equal(describe(object, undefined, { objects: [], nowUs: 0 }).at(-1), "Metadata:");
});
