import assert from "node:assert/strict";
import type { FleetEvent } from "../../../src/fleet/events.ts";
import { Journal } from "../../../src/fleet/journal.ts";
import { type KubeObject, objectKey } from "../../../src/kube/object.ts";
import { Clock } from "../../../src/sim/clock.ts";
import fc from "../../fast_check.ts";

function journal() {
  const events: FleetEvent[] = [];
  const clock = new Clock();
  return { events, clock, journal: new Journal(clock, (event) => void events.push(event)) };
}

const POD: KubeObject = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "a", namespace: "default", labels: { app: "x" } },
  spec: { nodeName: "n1", containers: [{ name: "main" }] },
};

Deno.test("Journal.apply() tells an object whole once, then merge patches", () => {
  const { events, journal: told } = journal();
  told.apply(POD);
  told.apply({ ...POD, status: { phase: "Running", restarts: 0 } });
  told.apply({ ...POD, status: { phase: "Running" } });
  assert.deepEqual(events.map(({ at: _, seq: __, kind: ___, ...rest }) => rest), [
    { key: "/Pod/default/a", object: POD },
    { key: "/Pod/default/a", patch: { status: { phase: "Running", restarts: 0 } } },
    { key: "/Pod/default/a", patch: { status: { restarts: null } } },
  ]);
});

Deno.test("Journal.apply() says nothing when the object is as it was", () => {
  const { events, journal: told } = journal();
  told.apply(POD);
  told.apply(structuredClone(POD));
  assert.equal(events.length, 1);
});

Deno.test("Journal.apply() says nothing when the object brings a version of its own", () => {
  const { events, journal: told } = journal();
  const copied = { ...POD, metadata: { ...POD.metadata, resourceVersion: "8812" } };
  told.apply(copied);
  told.apply(copied);
  assert.equal(events.length, 1);
  assert.equal(told.state.objects[objectKey(POD)]!.metadata.resourceVersion, "0");
});

Deno.test("Journal.apply() leads to the object that was applied, whatever it was before", () => {
  const value = fc.jsonValue({ maxDepth: 2 }).filter((json) =>
    !JSON.stringify(json).includes("null")
  );
  const spec = fc.dictionary(fc.constantFrom("a", "b", "c"), value) as fc.Arbitrary<
    NonNullable<KubeObject["spec"]>
  >;
  fc.assert(fc.property(fc.array(spec, { minLength: 1 }), (specs) => {
    const { journal: told } = journal();
    for (const next of specs) told.apply({ ...POD, spec: next });
    const { metadata, ...rest } = told.state.objects[objectKey(POD)]!;
    assert.deepEqual(
      JSON.parse(JSON.stringify(rest)),
      JSON.parse(JSON.stringify({ apiVersion: "v1", kind: "Pod", spec: specs.at(-1)! })),
    );
    assert.equal(metadata.resourceVersion, String(told.state.seq));
  }));
});

Deno.test("Journal.delete() tells of a known object only", () => {
  const { events, journal: told } = journal();
  told.delete(POD);
  assert.equal(events.length, 0);
  told.apply(POD);
  told.delete(POD);
  told.delete(POD);
  assert.deepEqual(events.map(({ kind }) => kind), ["object.applied", "object.deleted"]);
  assert.deepEqual(told.state.objects, {});
});

Deno.test("Journal.on() calls after the event was folded", () => {
  const { clock, journal: told } = journal();
  const seen: [number, number, number][] = [];
  told.on("scale", (event) => {
    seen.push([event.at, event.seq, told.state.services["s"]!.revisions["r"]!.replicas]);
  });
  told.tell({ kind: "action", action: "none" });
  clock.runUntil(5);
  told.tell({ kind: "scale", service: "s", revision: "r", replicas: 3, by: "test" });
  assert.deepEqual(seen, [[5, 1, 3]]);
});

Deno.test("Journal.event() names the object as Kind/namespace/name", () => {
  const { events, journal: told } = journal();
  told.event("Normal", "Started", POD, "Started container main", "kubelet");
  told.event("Normal", "NodeNotReady", { kind: "Node", metadata: { name: "n1" } }, "gone", "x");
  const objects = events.flatMap((event) => event.kind === "event" ? [event.object] : []);
  assert.deepEqual(objects, ["Pod/default/a", "Node//n1"]);
});

Deno.test("Journal.list() has the objects of a kind as they are now, the oldest first", () => {
  const { journal: told } = journal();
  const named = (name: string): KubeObject => ({ ...POD, metadata: { ...POD.metadata, name } });
  const node: KubeObject = { apiVersion: "v1", kind: "Node", metadata: { name: "n1" } };
  for (const object of [named("b"), node, named("a"), named("c")]) told.apply(object);
  told.delete(named("a"));
  told.apply({ ...named("b"), status: { phase: "Running" } });
  const names = (kind: string) => told.list(kind).map(({ metadata }) => metadata.name);
  assert.deepEqual([names("/Pod"), names("/Node"), names("apps/Pod")], [["b", "c"], ["n1"], []]);
  assert.deepEqual(told.list("/Pod")[0]!.status, { phase: "Running" });
});
