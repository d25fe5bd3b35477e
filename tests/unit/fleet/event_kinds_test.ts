import assert from "node:assert/strict";
import { EVENT_KINDS } from "../../../src/fleet/event_kinds.ts";
import { fleetEventSchema } from "../../../src/fleet/events.ts";

Deno.test("EVENT_KINDS are the kinds that have a schema, in their order", () => {
  const kinds = fleetEventSchema.options.map(({ shape }) => shape.kind.value);
  assert.deepEqual([...EVENT_KINDS], kinds);
});
