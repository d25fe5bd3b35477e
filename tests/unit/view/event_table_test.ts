import assert from "node:assert/strict";
import type { KubeEvent } from "../../../src/fleet/state.ts";
import {
  aggregateEvents,
  eventInterval,
  eventTable,
  fittedEvents,
} from "../../../src/view/event_table.ts";

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

Deno.test("aggregateEvents() keeps ties in the order in which they were told", () => {
  const [failed, started] = [{ reason: "Failed" }, { reason: "Started" }];
  const rows = aggregateEvents([event(0, started), event(1, failed), event(1, started)], MINUTE);
  assert.deepEqual(rows.map(({ reason }) => reason), ["Failed", "Started"]);
  // `Started` was told last, though it began first.
  const back = aggregateEvents([event(0, failed), event(1, started), event(1, failed)], MINUTE);
  assert.deepEqual(back.map(({ reason }) => reason), ["Started", "Failed"]);
});

const LONG = {
  object: `Pod/default/${"p".repeat(60)}`,
  message: "m".repeat(90),
  reason: "FailedScheduling",
};

Deno.test("eventTable() on a terminal leaves a message at least 30 cells", () => {
  const rows = aggregateEvents([event(0, LONG)], MINUTE);
  const lines = (width: number) =>
    eventTable(rows, { nowUs: MINUTE, headers: true, namespaces: true, width });
  for (const width of [200, 120, 90, 80]) {
    const [head, row] = lines(width) as [string, string];
    assert.ok(row.length <= width, `${width}: ${row}`);
    assert.match(head, /^(NAMESPACE +)?LAST SEEN +(TYPE +)?REASON +OBJECT +MESSAGE$/);
    assert.match(row, /FailedScheduling +Pod\/p+…? +m{29,}…?$/);
  }
  assert.ok(!lines(80)[0]!.includes("TYPE"));
});

Deno.test("eventTable() leaves what would be cut to nothing to the terminal", () => {
  const rows = aggregateEvents([event(0, LONG)], MINUTE);
  const options = { nowUs: MINUTE, headers: true, namespaces: false };
  assert.deepEqual(eventTable(rows, { ...options, width: 60 }), eventTable(rows, options));
});

Deno.test("fittedEvents() takes from the message, then the object, then the reason", () => {
  const header = ["LAST SEEN", "REASON", "OBJECT", "MESSAGE"];
  const cells = (width: number) => {
    const row = ["1m", "r".repeat(25), "o".repeat(40), "m".repeat(60)];
    return fittedEvents(header, [row], width)[1]!.map((cell) => cell.length);
  };
  assert.deepEqual(cells(143), [2, 25, 40, 60]);
  assert.deepEqual(cells(123), [2, 25, 40, 40]);
  assert.deepEqual(cells(100), [2, 25, 27, 30]);
  assert.deepEqual(cells(80), [2, 20, 12, 30]);
  assert.deepEqual(cells(77), [2, 25, 40, 60]);
});
