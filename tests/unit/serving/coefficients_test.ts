// The file of coefficients: whole, sourced, one vector a generation.
import assert from "node:assert/strict";
import { COEFFICIENTS, coefficientsOf } from "../../../src/serving/coefficients.ts";
import { GPU_NAMES } from "../../../src/serving/gpus.ts";

Deno.test("coefficientsOf() has one vector for every GPU of the table, and none for others", () => {
  const named = COEFFICIENTS.flatMap(({ gpus }) => gpus);
  assert.deepEqual([...named].sort(), [...GPU_NAMES].sort());
  for (const name of GPU_NAMES) assert.ok(coefficientsOf({ name }).gpus.includes(name));
  assert.throws(() => coefficientsOf({ name: "V100" }), /no coefficients name this GPU/);
});

Deno.test("COEFFICIENTS has one whole vector a generation, with its source", () => {
  const generations = COEFFICIENTS.map(({ generation }) => generation);
  assert.deepEqual([...generations].sort(), ["ada", "ampere", "blackwell", "cdna3", "hopper"]);
  const keys = Object.keys(COEFFICIENTS[0]!.coefficients).sort();
  for (const vector of COEFFICIENTS) {
    assert.deepEqual(Object.keys(vector.coefficients).sort(), keys, vector.generation);
    for (const [name, value] of Object.entries(vector.coefficients)) {
      assert.ok(Number.isFinite(value) && value >= 0, `${vector.generation} ${name}`);
    }
    for (const name of Object.keys(vector.notes)) assert.ok(keys.includes(name), name);
    assert.ok(vector.source.length > 20 && vector.fittedOn.length > 5, vector.generation);
    assert.match(vector.recorded, /^\d{4}-\d{2}-\d{2}$/);
    assert.ok(["added", "roofline"].includes(vector.overlap));
    assert.ok(["absorbed", "charged"].includes(vector.outputLayer));
    assert.ok(["hbm", "link"].includes(vector.allReduceOver));
  }
});

Deno.test("COEFFICIENTS says uncalibrated of every vector until its GPUs are measured", () => {
  assert.deepEqual([...new Set(COEFFICIENTS.map(({ calibration }) => calibration))], [
    "uncalibrated",
  ]);
});

Deno.test("COEFFICIENTS that overlap compute and memory are never better than the datasheet", () => {
  for (const { overlap, coefficients, generation } of COEFFICIENTS) {
    if (overlap === "added") continue;
    const { prefillCompute, decodeCompute, weights, decodeKv, prefillKv } = coefficients;
    for (const multiple of [prefillCompute, decodeCompute, weights, decodeKv, prefillKv]) {
      assert.ok(multiple >= 1, generation);
    }
  }
});
