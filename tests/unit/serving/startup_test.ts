// Start-up phases against the one cold start that was measured.
import assert from "node:assert/strict";
import { findModel, weightBytes } from "../../../src/serving/models.ts";
import { startupOf } from "../../../src/serving/startup.ts";
import { QWEN3_32B } from "./qwen3_32b.ts";

Deno.test("startupOf() of the measured model are the measured phases", () => {
  const { pullUs, importUs, loadUs, initUs } = startupOf(weightBytes(QWEN3_32B));
  assert.deepEqual([pullUs, importUs, initUs], [69_000_000, 73_000_000, 73_000_000]);
  // Its weights are 61.02 GiB by the architecture and 61.03 by the measurement.
  assert.ok(Math.abs(loadUs - 130_000_000) <= 50_000, `${loadUs}`);
});

Deno.test("startupOf() load in proportion to the weights, in whole µs", () => {
  const eight = findModel(["meta-llama/llama-3.1-8b"])!;
  const { loadUs } = startupOf(weightBytes(eight));
  assert.ok(Number.isInteger(loadUs));
  const half = startupOf(weightBytes(eight) / 2);
  assert.ok(Math.abs(half.loadUs * 2 - loadUs) <= 1);
  assert.deepEqual({ ...half, loadUs }, startupOf(weightBytes(eight)));
});
