import assert from "node:assert/strict";
import type { KubeEvent } from "../../../src/fleet/state.ts";
import { aggregateEvents, eventInterval, eventTable } from "../../../src/view/event_table.ts";

const MINUTE = 60_000_000;

function event(atMinutes: number, rest: Partial<KubeEvent> = {}): KubeEvent {
  return {
    at: atMinutes * MINUTE,
    seq: 0,
    kind: "event",
    type: "Warning",
    reason: "BackOff",
    object: "Pod/default/p",
    message: "Back-off restarting failed container",
    source: "kubelet",
    ...rest,
  };
}

Deno.test("aggregateEvents() tells equal events as one, unless ten minutes lie between", () => {
  const events = [event(0), event(5), event(5, { message: "other" }), event(15), event(26)];
  const rows = aggregateEvents(events, 27 * MINUTE);
  assert.deepEqual(
    rows.map(({ count, firstUs, lastUs }) => [count, firstUs / MINUTE, lastUs / MINUTE]),
    [[1, 5, 5], [3, 0, 15], [1, 26, 26]],
  );
  assert.equal(eventInterval(rows[1]!, 27 * MINUTE), "12m (x3 over 27m)");
  assert.equal(eventInterval(rows[2]!, 27 * MINUTE), "60s");
});

Deno.test("aggregateEvents() forgets what is an hour old, and has nodes' events in default", () => {
  const rows = aggregateEvents([event(0), event(10, { object: "Node//n" })], 61 * MINUTE);
  assert.deepEqual(rows.map(({ namespace, name }) => [namespace, name]), [["default", "n"]]);
});

Deno.test("eventTable() puts the namespace first where asked to", () => {
  const rows = aggregateEvents([event(0)], MINUTE);
  assert.deepEqual(eventTable(rows, { nowUs: MINUTE, headers: true, namespaces: true }), [
    "NAMESPACE   LAST SEEN   TYPE      REASON    OBJECT   MESSAGE",
    "default     60s         Warning   BackOff   Pod/p    Back-off restarting failed container",
  ]);
});
