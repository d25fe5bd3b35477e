import assert from "node:assert/strict";
import { zeros } from "../../../src/metrics/zeros.ts";

Deno.test("zeros() is a new array each time, of just its length", () => {
  const three = zeros(3);
  three[1] = 7;
  three.push(8);
  assert.deepEqual(three, [0, 7, 0, 8]);
  assert.deepEqual(zeros(5), [0, 0, 0, 0, 0]);
  assert.deepEqual(zeros(3), [0, 0, 0]);
  assert.deepEqual(zeros(0), []);
});
