// The file of a calibration: what it may hold, and which engines it is of.
import assert from "node:assert/strict";
import {
  calibrationFileName,
  calibrationSchema,
  vectorsFor,
} from "../../../src/calibration/saved_calibration.ts";
import { findModel } from "../../../src/serving/models.ts";
import { calibration } from "./calibration_rig.ts";

const QWEN = findModel(["Qwen/Qwen3-32B"])!;
const LLAMA = findModel(["meta-llama/Llama-3.1-8B-Instruct"])!;

Deno.test("calibrationSchema keeps a calibration as it went through JSON", () => {
  const saved = calibration();
  assert.deepEqual(calibrationSchema.parse(JSON.parse(JSON.stringify(saved))), saved);
});

Deno.test("calibrationSchema says what is wrong with a file that is none", () => {
  const { vector } = calibration();
  const { stepUs: _, ...lacking } = vector.coefficients;
  const cases: [unknown, RegExp][] = [
    [{}, /this is no calibration, as mtop calibrate saves it/],
    [{ ...calibration(), format: 2 }, /its format is not 1/],
    [{ ...calibration(), vector: { ...vector, coefficients: lacking } }, /stepUs/],
    [{ ...calibration(), vector: { ...vector, calibration: "uncalibrated" } }, /calibrated/],
    [
      { ...calibration(), vector: { ...vector, coefficients: { ...lacking, stepUs: -1 } } },
      /stepUs|>=0/,
    ],
  ];
  for (const [data, pattern] of cases) {
    const parsed = calibrationSchema.safeParse(data);
    assert.ok(!parsed.success);
    assert.match(JSON.stringify(parsed.error.issues), pattern);
  }
});

Deno.test("vectorsFor() has those of the model and its tensor parallelism, the last one first", () => {
  const [first, second] = [calibration({ stepUs: 1 }), calibration({ stepUs: 2 })];
  const found = vectorsFor([first, second], QWEN, 2);
  assert.deepEqual(found.map(({ coefficients }) => coefficients.stepUs), [2, 1]);
  assert.deepEqual(found.map(({ gpus }) => gpus), [["H100-SXM"], ["H100-SXM"]]);
  assert.deepEqual(vectorsFor([first], QWEN, 4), []);
  assert.deepEqual(vectorsFor([first], LLAMA, 2), []);
});

Deno.test("calibrationFileName() has a name for each engine that file systems take", () => {
  assert.equal(calibrationFileName(calibration()), "qwen-qwen3-32b_h100-sxm_tp2.json");
});
