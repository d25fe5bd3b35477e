// The heap of requests against a sorted list.
import assert from "node:assert/strict";
import { RequestHeap } from "../../../src/serving/request_heap.ts";
import { RequestTable } from "../../../src/serving/requests.ts";
import fc from "../../fast_check.ts";

Deno.test("RequestHeap gives the earliest first, whatever comes and goes", () => {
  const action = fc.record({ push: fc.boolean(), key: fc.nat(50), pick: fc.nat(1000) });
  fc.assert(fc.property(fc.array(action, { maxLength: 300, size: "max" }), (actions) => {
    const table = new RequestTable();
    const heap = new RequestHeap(table, "finishClock", "finishAt");
    const inside: number[] = [];
    for (const { push, key, pick } of actions) {
      if (push || inside.length === 0) {
        const id = table.add(0, 1, 1, 0);
        table.columns.finishClock[id] = key;
        heap.push(id);
        inside.push(id);
      } else {
        const [id] = inside.splice(pick % inside.length, 1);
        heap.remove(id!);
      }
      assert.equal(heap.length, inside.length);
      if (inside.length === 0) continue;
      const keys = inside.map((id) => table.columns.finishClock[id]!);
      assert.equal(table.columns.finishClock[heap.first()], Math.min(...keys));
    }
  }));
});
