import assert from "node:assert/strict";
import { dataDifferences } from "../../../src/log/data_diff.ts";
import fc from "../../fast_check.ts";

Deno.test("dataDifferences() finds every leaf that differs, and what only one has", () => {
  const a = { name: "x", load: [{ rps: 24 }, { rps: 1 }], faults: [1] };
  const b = { name: "x", load: [{ rps: 30 }, { rps: 1, end: "1m" }], expect: {} };
  assert.deepEqual(dataDifferences(a, b), [
    { path: ["load", 0, "rps"], a: 24, b: 30 },
    { path: ["load", 1, "end"], a: undefined, b: "1m" },
    { path: ["faults"], a: [1], b: undefined },
    { path: ["expect"], a: undefined, b: {} },
  ]);
  assert.deepEqual(dataDifferences([1, 2], { 0: 1, 1: 2 }).length, 1);
});

/** As a file holds it: JSON knows no -0. */
const written = fc.jsonValue().map((value): unknown => JSON.parse(JSON.stringify(value)));

Deno.test("dataDifferences() finds none exactly where data is the same", () => {
  assert.deepEqual(dataDifferences([-0], [0]), []);
  fc.assert(fc.property(written, written, (a, b) => {
    assert.deepEqual(dataDifferences(a, JSON.parse(JSON.stringify(a))), []);
    const same = isSame(a, b);
    assert.equal(dataDifferences(a, b).length === 0, same);
    assert.equal(dataDifferences(b, a).length === 0, same);
  }));
});

function isSame(a: unknown, b: unknown): boolean {
  try {
    assert.deepStrictEqual(a, b);
    return true;
  } catch {
    return false;
  }
}
