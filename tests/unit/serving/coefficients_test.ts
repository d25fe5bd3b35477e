// The file of coefficients: whole, sourced, every GPU in one of its vectors. Its numbers are the fit's.
import assert from "node:assert/strict";
import {
  COEFFICIENTS,
  coefficientsOf,
  type CoefficientVector,
} from "../../../src/serving/coefficients.ts";
import { GPU_NAMES } from "../../../src/serving/gpus.ts";
import { EASY, easyVector } from "./easy_vector.ts";

const about = ({ gpus }: CoefficientVector) => gpus.join(", ");

Deno.test("COEFFICIENTS has one vector for every GPU of the table, and none for others", () => {
  const named = COEFFICIENTS.flatMap(({ gpus }) => gpus);
  assert.deepEqual([...named].sort(), [...GPU_NAMES].sort());
  for (const name of GPU_NAMES) assert.ok(coefficientsOf({ name }).gpus.includes(name));
});

Deno.test("coefficientsOf() throws when no vector names the GPU", () => {
  assert.throws(() => coefficientsOf({ name: "V100" }), /no coefficients name this GPU/);
});

Deno.test("coefficientsOf() takes one's own vector before mtop's, the first that names the GPU", () => {
  const [first, second] = [easyVector({ stepUs: 1 }), easyVector({ stepUs: 2 })];
  const other = { ...first, gpus: ["L4"] };
  assert.equal(coefficientsOf({ name: "H100-SXM" }, [other, first, second]), first);
  assert.equal(coefficientsOf({ name: "A30" }, [other, first]), coefficientsOf({ name: "A30" }));
});

Deno.test("COEFFICIENTS are whole, finite and not negative, each with its source and its day", () => {
  const keys = Object.keys(EASY.coefficients).sort();
  for (const vector of COEFFICIENTS) {
    assert.deepEqual(Object.keys(vector.coefficients).sort(), keys, about(vector));
    for (const [name, value] of Object.entries(vector.coefficients)) {
      assert.ok(Number.isFinite(value) && value >= 0, `${about(vector)}: ${name}`);
    }
    for (const name of Object.keys(vector.notes)) assert.ok(keys.includes(name), name);
    assert.ok(vector.source.length > 20 && vector.fittedOn.length > 5, about(vector));
    assert.match(vector.recorded, /^\d{4}-\d{2}-\d{2}$/);
    assert.ok(["ampere", "ada", "hopper", "blackwell", "cdna3"].includes(vector.generation));
  }
});

Deno.test("COEFFICIENTS say how far off they are where they are calibrated, and only there", () => {
  for (const vector of COEFFICIENTS) {
    const { calibration, error } = vector;
    assert.ok(["calibrated", "uncalibrated"].includes(calibration), about(vector));
    assert.equal(error !== undefined, calibration === "calibrated", about(vector));
    if (!error) continue;
    assert.ok(error.runs >= 1, about(vector));
    const { runs: _, ...ppms } = error;
    assert.ok(Object.keys(ppms).length > 0, about(vector));
    for (const ppm of Object.values(ppms)) {
      assert.ok(Number.isSafeInteger(ppm) && ppm >= 0, about(vector));
    }
  }
});

Deno.test("COEFFICIENTS are never better than the datasheet", () => {
  for (const vector of COEFFICIENTS) {
    const c = vector.coefficients;
    const { compute, expertCompute, attention, weights, expertWeights } = c;
    const { decodeKv, prefillKv, allReduce, allToAll, pointToPoint } = c;
    const multiples = {
      ...{ compute, expertCompute, attention, weights, expertWeights },
      ...{ decodeKv, prefillKv, allReduce, allToAll, pointToPoint },
      "compute in 8 bits": compute * c.narrow,
    };
    for (const [name, multiple] of Object.entries(multiples)) {
      assert.ok(multiple >= 1, `${about(vector)}: ${name} is ${multiple}`);
    }
  }
});
