import assert from "node:assert/strict";
import { RequestList } from "../../../src/serving/request_list.ts";

function idsOf(list: RequestList): number[] {
  return Array.from({ length: list.length }, (_, place) => list.at(place));
}

Deno.test("RequestList keeps requests in their order, however many, and begins anew when cleared", () => {
  const list = new RequestList();
  const many = Array.from({ length: 100 }, (_, id) => 3 * id);
  for (let round = 0; round < 2; round++) {
    for (const id of many) list.push(id);
    assert.deepEqual(idsOf(list), many);
    list.clear();
    assert.equal(list.length, 0);
    assert.equal(list.remove(0), false, "what was there before is not there now");
  }
});

Deno.test("RequestList.remove() takes one out and leaves the others in their order", () => {
  const list = new RequestList();
  for (const id of [5, 7, 9, 11]) list.push(id);
  assert.equal(list.includes(7), true);
  assert.equal(list.remove(7), true);
  assert.equal(list.includes(7), false);
  assert.equal(list.remove(7), false);
  assert.deepEqual(idsOf(list), [5, 9, 11]);
  assert.equal(list.remove(11), true);
  assert.equal(list.remove(5), true);
  list.push(13);
  assert.deepEqual(idsOf(list), [9, 13]);
});
