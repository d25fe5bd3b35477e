// The queue against an array.
import assert from "node:assert/strict";
import { RequestQueue } from "../../../src/serving/request_queue.ts";
import fc from "../../fast_check.ts";

Deno.test("RequestQueue behaves as an array does, whatever comes and goes", () => {
  const id = fc.nat(1_000_000);
  const action = fc.oneof(
    { weight: 3, arbitrary: fc.record({ do: fc.constant("push" as const), id }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("pushFirst" as const), id }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("shift" as const), id }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("insert" as const), id }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("remove" as const), id }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("removeAt" as const), id }) },
  );
  let longest = 0;
  fc.assert(fc.property(fc.array(action, { maxLength: 1000, size: "max" }), (actions) => {
    const queue = new RequestQueue();
    const model: number[] = [];
    for (const { do: what, id } of actions) {
      if (what === "push") queue.push(id), model.push(id);
      else if (what === "pushFirst") queue.pushFirst(id), model.unshift(id);
      else if (what === "shift") assert.equal(queue.shift(), model.shift());
      else if (what === "insert") {
        const place = id % (model.length + 1);
        queue.insert(place, id), model.splice(place, 0, id);
      } else if (model.length > 0 && what === "remove") {
        const gone = model[id % model.length]!;
        assert.equal(queue.remove(gone), true);
        model.splice(model.indexOf(gone), 1);
      } else if (model.length > 0) {
        const place = id % model.length;
        queue.removeAt(place), model.splice(place, 1);
      }
      assert.equal(queue.length, model.length);
      assert.equal(queue.peek(), model[0]);
      longest = Math.max(longest, model.length);
    }
    assert.deepEqual(model.map((_, place) => queue.at(place)), model);
    assert.equal(queue.remove(-1), false);
    for (const expected of model) assert.equal(queue.shift(), expected);
    assert.equal(queue.shift(), undefined);
  }));
  assert.ok(longest > 128, `the ring doubled too seldom: at most ${longest} in line`);
});

Deno.test("RequestQueue keeps the order when it grows while its head is not at the start", () => {
  const queue = new RequestQueue();
  for (let id = 0; id < 40; id++) queue.push(id);
  for (let id = 0; id < 30; id++) assert.equal(queue.shift(), id);
  for (let id = 40; id < 1000; id++) queue.push(id);
  for (let id = 29; id >= 0; id--) queue.pushFirst(id);
  for (let id = 0; id < 1000; id++) assert.equal(queue.shift(), id);
  assert.equal(queue.peek(), undefined);
});
