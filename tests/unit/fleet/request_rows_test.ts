import assert from "node:assert/strict";
import { fleetEventSchema } from "../../../src/fleet/events.ts";
import { refusedRow, type RequestColumns, requestRow } from "../../../src/fleet/request_rows.ts";

const PLACE = { service: "chat", revision: "stable", pod: "chat-1" };
const ORIGIN = { load: "users", priority: -1, adapter: "sql" };
const LOST = { outcome: "failed", reason: "lost" } as const;
const OVERHEADS = { tokenUs: 10, completionUs: 500 };

/** Row 1 of a table whose row 0 is another request's. */
function columns(request: { readonly [column in keyof RequestColumns]?: number }): RequestColumns {
  const told = {
    lateUs: 0,
    arrivedUs: 1_000,
    visibleUs: 1_200,
    scheduledUs: 1_500,
    firstTokenUs: 4_000,
    lastTokenUs: 7_000,
    promptTokens: 90,
    generatedTokens: 4,
    cachedTokens: 32,
    preemptions: 1,
    counted: 0,
    ...request,
  };
  const rows = Object.entries(told).map(([column, value]) => [column, [9_999, value]]);
  return Object.fromEntries(rows) as unknown as RequestColumns;
}

Deno.test("requestRow() of a completed request has its times as the client saw them", () => {
  const row = requestRow(columns({}), 1, { outcome: "completed" }, PLACE, ORIGIN, OVERHEADS);
  assert.deepEqual(row, {
    kind: "request",
    service: "chat",
    revision: "stable",
    pod: "chat-1",
    load: "users",
    priority: -1,
    adapter: "sql",
    outcome: "completed",
    arrivedUs: 1_000,
    queueUs: 300,
    ttftUs: 3_010,
    // 3 further tokens, each 10 µs on its way, and the end of the answer.
    e2eUs: 3_010 + 3_000 + 30 + 500,
    promptTokens: 90,
    cachedTokens: 32,
    outputTokens: 4,
    preemptions: 1,
  });
  assert.ok(fleetEventSchema.safeParse({ at: 7_000, seq: 0, ...row }).success);
});

Deno.test("requestRow() leaves out what never came about", () => {
  const lost = requestRow(columns({ counted: 1 }), 1, LOST, PLACE, {}, OVERHEADS);
  assert.deepEqual(["ttftUs" in lost, "e2eUs" in lost, lost.warmup], [true, false, true]);
  assert.deepEqual(["load", "priority", "adapter"].filter((field) => field in lost), []);
  const waiting = { generatedTokens: 0, scheduledUs: -1, cachedTokens: 7 };
  const early = requestRow(columns(waiting), 1, LOST, PLACE, {}, OVERHEADS);
  assert.deepEqual(["queueUs" in early, "ttftUs" in early], [false, false]);
  assert.deepEqual([early.cachedTokens, early.outputTokens], [0, 0]);
  // The API server refused it: the scheduler's columns are those of whoever had the row before.
  const rejected = { outcome: "rejected" } as const;
  const refused = requestRow(columns({ generatedTokens: 0 }), 1, rejected, PLACE, {}, OVERHEADS);
  assert.deepEqual(["queueUs" in refused, refused.cachedTokens], [false, 0]);
});

Deno.test("refusedRow() has no pod where no endpoint took the request", () => {
  const place = { ...PLACE, pod: undefined };
  const row = refusedRow({ outcome: "rejected" }, place, { load: "users" }, 5, 70, false);
  assert.deepEqual(row, {
    kind: "request",
    service: "chat",
    revision: "stable",
    load: "users",
    outcome: "rejected",
    arrivedUs: 5,
    promptTokens: 70,
    cachedTokens: 0,
    outputTokens: 0,
    preemptions: 0,
  });
  assert.ok(fleetEventSchema.safeParse({ at: 5, seq: 0, ...row }).success);
  const dead = refusedRow({ outcome: "failed", reason: "lost" }, PLACE, {}, 5, 70, true);
  assert.deepEqual([dead.pod, dead.reason], ["chat-1", "lost"]);
});

Deno.test("requestRow() says why a request failed, in the words of the log", () => {
  const given = { outcome: "failed", reason: "timeout" } as const;
  const row = requestRow(columns({}), 1, given, PLACE, ORIGIN, OVERHEADS);
  assert.equal(row.reason, "timeout");
  const schema = fleetEventSchema;
  assert.ok(schema.safeParse({ at: 7_000, seq: 0, ...row }).success);
  assert.ok(!schema.safeParse({ at: 7_000, seq: 0, ...row, reason: "bored" }).success);
  const { load: _, priority: __, adapter: ___, reason: ____, ...older } = row;
  assert.ok(schema.safeParse({ at: 7_000, seq: 0, ...older }).success);
});
