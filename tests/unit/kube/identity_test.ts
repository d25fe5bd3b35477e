// Who an object is, the same in every run.
import assert from "node:assert/strict";
import { controlledBy, uidOf } from "../../../src/kube/identity.ts";

const object = (name: string, creationTimestamp = "2026-01-01T00:00:00Z") => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace: "ns", creationTimestamp },
});

Deno.test("uidOf() is a UUID that its kind, name and creation make", () => {
  const uid = uidOf(object("a"));
  assert.match(uid, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(uidOf(object("a")), uid);
  const others = [
    object("b"),
    object("a", "2026-01-01T00:00:01Z"),
    { ...object("a"), kind: "ReplicaSet" },
  ];
  for (const other of others) assert.notEqual(uidOf(other), uid);
});

Deno.test("uidOf() keeps the uid that an object has", () => {
  const { apiVersion, kind, metadata } = object("a");
  assert.equal(uidOf({ apiVersion, kind, metadata: { ...metadata, uid: "own" } }), "own");
});

Deno.test("controlledBy() names the owner with its uid", () => {
  assert.deepEqual(controlledBy(object("a")), {
    apiVersion: "apps/v1",
    kind: "Deployment",
    name: "a",
    uid: uidOf(object("a")),
    controller: true,
    blockOwnerDeletion: true,
  });
});
