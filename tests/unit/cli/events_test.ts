import assert from "node:assert/strict";
import { eventRows } from "../../../src/cli/event_objects.ts";
import { events, type EventsOptions } from "../../../src/cli/events.ts";
import { KEPT_EVENTS } from "../../../src/fleet/state.ts";
import { MINUTE_US, read, told, world } from "./reading_rig.ts";

const WORLD = world([], [
  told("Pod/default/a", "Pulled", 0),
  told("Pod/default/b", "BackOff", 2 * MINUTE_US, "Warning"),
  told("Node//n", "Cordoned", 3 * MINUTE_US),
  told("Pod/prod/c", "Pulled", 4 * MINUTE_US),
]);

const run = (options: EventsOptions) => read(WORLD, (context) => events(options, context));

/** The objects of the rows. */
async function objects(options: EventsOptions): Promise<string[]> {
  const { out } = await run({ ...options, headers: false });
  return out.match(/\b(?:Pod|Node)\/\S+/g) ?? [];
}

Deno.test("events() are those of a namespace, the latest last", async () => {
  assert.deepEqual(await objects({}), ["Pod/a", "Pod/b", "Node/n"]);
  assert.deepEqual(await objects({ namespace: "prod" }), ["Pod/c"]);
  assert.deepEqual((await objects({ allNamespaces: true })).length, 4);
});

Deno.test("events() are those about one object, or of some types", async () => {
  assert.deepEqual(await objects({ for: "po/a" }), ["Pod/a"]);
  assert.deepEqual(await objects({ types: ["warning"] }), ["Pod/b"]);
  await assert.rejects(run({ for: "a" }), { message: "--for must be in resource/name form" });
  await assert.rejects(run({ types: ["x"] }), { message: "valid --types are Normal or Warning" });
});

Deno.test("events() come as objects, too", async () => {
  const { out } = await run({ output: "yaml", for: "pod/b" });
  assert.match(out, /^apiVersion: v1\nitems:\n- apiVersion: v1\n {2}count: 1\n/);
});

Deno.test("eventRows() reads the log where state has let events go", async () => {
  const kept = Array.from({ length: KEPT_EVENTS }, (_, n) => told("Pod/default/a", `R${n}`, n));
  const shown = world([], kept);
  const older = { ...told("Pod/default/a", "Oldest", 0), message: "gone from state" };
  const rows = await eventRows({
    ...shown,
    async *events() {
      yield await Promise.resolve([older, ...kept]);
    },
  });
  assert.equal(rows.length, KEPT_EVENTS + 1);
});

Deno.test("events() about one name at one instant have names of their own, in the order told", async () => {
  const shown = world([], [
    told("Pod/default/a", "Failed", MINUTE_US),
    told("Deployment/default/a", "Started", MINUTE_US),
    told("Pod/default/a", "Killed", MINUTE_US),
  ]);
  const { out } = await read(shown, (context) => events({ output: "name" }, context));
  const names = out.trimEnd().split("\n");
  assert.equal(new Set(names).size, 3);
  assert.ok(names.every((name) => /^event\/a\.[0-9a-f]{16}$/.test(name)), out);
  assert.deepEqual(names, names.toSorted());
});
