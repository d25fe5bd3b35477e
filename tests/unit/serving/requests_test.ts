// The table of requests against plain objects.
import assert from "node:assert/strict";
import { type RequestId, RequestTable } from "../../../src/serving/requests.ts";
import fc from "../../fast_check.ts";

interface Row {
  readonly arrivedUs: number;
  readonly prompt: number;
  readonly output: number;
  readonly warmup: boolean;
}

function add(table: RequestTable, { arrivedUs, prompt, output, warmup }: Row): RequestId {
  return table.add(arrivedUs, prompt, output, warmup ? 1 : 0);
}

function assertRow(table: RequestTable, id: RequestId, row: Row): void {
  const { arrivedUs, promptTokens, outputTokens, counted } = table.columns;
  assert.deepEqual(
    [arrivedUs[id], promptTokens[id], outputTokens[id], counted[id]],
    [row.arrivedUs, row.prompt, row.output, row.warmup ? 1 : 0],
  );
}

const row: fc.Arbitrary<Row> = fc.record({
  arrivedUs: fc.maxSafeNat(),
  prompt: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  output: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  warmup: fc.boolean(),
});

Deno.test("RequestTable keeps each open row apart, whatever is added and removed", () => {
  const action = fc.oneof(row, fc.nat());
  fc.assert(fc.property(fc.array(action, { maxLength: 300, size: "max" }), (actions) => {
    const table = new RequestTable();
    const open = new Map<RequestId, Row>();
    for (const action of actions) {
      if (typeof action !== "number") {
        const id = add(table, action);
        assert.ok(!open.has(id), `row ${id} was given twice`);
        open.set(id, action);
      } else if (open.size > 0) {
        const id = [...open.keys()][action % open.size]!;
        open.delete(id);
        table.remove(id);
      }
      assert.equal(table.open, open.size);
    }
    for (const [id, row] of open) assertRow(table, id, row);
  }));
});

Deno.test("RequestTable.add() keeps all rows when it grows beyond 1024 and beyond 2048", () => {
  const table = new RequestTable();
  const rows = Array.from({ length: 3000 }, (_, n): Row => (
    { arrivedUs: n * 1e9, prompt: n + 1, output: 2 * n + 1, warmup: n % 3 === 0 }
  ));
  const ids = rows.map((row, n) => {
    const id = add(table, row);
    table.columns.firstTokenUs[id] = n + 0.5;
    table.columns.held[id] = n;
    return id;
  });
  assert.equal(table.open, 3000);
  for (const [n, id] of ids.entries()) {
    assertRow(table, id, rows[n]!);
    assert.equal(table.columns.firstTokenUs[id], n + 0.5);
    assert.equal(table.columns.held[id], n);
  }
});

Deno.test("RequestTable.add() takes a row that was given back, with nothing of its last request", () => {
  const table = new RequestTable();
  const old = table.add(5, 10, 20, 1);
  const { columns } = table;
  for (
    const column of [
      columns.computedTokens,
      columns.generatedTokens,
      columns.scheduledTokens,
      columns.held,
      columns.full,
    ]
  ) column[old] = 7;
  table.remove(old);
  const id = table.add(6, 11, 21, 0);
  assert.equal(id, old);
  assertRow(table, id, { arrivedUs: 6, prompt: 11, output: 21, warmup: false });
  const { computedTokens, generatedTokens, scheduledTokens, held, full } = table.columns;
  const state = [computedTokens, generatedTokens, scheduledTokens, held, full];
  assert.deepEqual(state.map((column) => column[id]), [0, 0, 0, 0, 0]);
});

Deno.test("RequestTable.add() refuses shared content that goes beyond the answer", () => {
  const table = new RequestTable();
  const content = { ids: [1, 2], ends: [10, 31] };
  table.add(0, 10, 21, 0, {}, content);
  assert.throws(
    () => table.add(0, 10, 20, 0, {}, content),
    new RangeError("Cannot share 31 tokens of a prompt of 10 and an answer of 20"),
  );
  assert.equal(table.open, 1);
});
