// What a measured run was served by: vLLM's defaults where the run names no flag, and what cannot be.
import assert from "node:assert/strict";
import type { MeasuredServer } from "../../../src/calibration/measured_run.ts";
import { servedBy } from "../../../src/calibration/served.ts";

const QWEN: MeasuredServer = { model: "Qwen/Qwen3-32B", gpu: "H100-SXM", tensorParallel: 2 };

Deno.test("servedBy() has vLLM's defaults for the GPU where the run names no flag", () => {
  const { plan, gpu, limits } = servedBy(QWEN);
  assert.equal(gpu.name, "H100-SXM");
  assert.deepEqual([limits.maxNumSeqs, limits.maxNumBatchedTokens], [1024, 8192]);
  assert.deepEqual([plan.gpusPerPod, plan.gpuMemoryUtilization], [2, 0.9]);
  assert.equal(limits.maxModelLen, plan.model.maxPositions);
  assert.equal(plan.model.precision, "bf16");
});

Deno.test("servedBy() takes the flags of the run", () => {
  const { plan, limits } = servedBy({
    ...QWEN,
    maxNumSeqs: 64,
    maxNumBatchedTokens: 4096,
    maxModelLen: 8192,
    gpuMemoryUtilization: 0.8,
    prefixCaching: false,
    kvBlocks: 4321,
  });
  assert.deepEqual([limits.maxNumSeqs, limits.maxNumBatchedTokens], [64, 4096]);
  assert.deepEqual([limits.maxModelLen, limits.kvBlocks, limits.prefixCaching], [
    8192,
    4321,
    false,
  ]);
  assert.equal(plan.gpuMemoryUtilization, 0.8);
});

Deno.test("servedBy() has room for more where memory, GPUs or smaller numbers give it", () => {
  const blocks = (changes: Partial<MeasuredServer>) =>
    servedBy({ ...QWEN, ...changes }).limits.kvBlocks;
  const usual = blocks({});
  assert.ok(blocks({ tensorParallel: 4 }) > 2 * usual);
  assert.ok(blocks({ gpu: "H200-SXM" }) > usual);
  assert.ok(blocks({ quantization: "fp8" }) > usual);
  assert.ok(blocks({ kvDtype: "fp8" }) > 1.9 * usual);
  assert.ok(blocks({ gpuMemoryUtilization: 0.8 }) < usual);
});

Deno.test("servedBy() serves experts in fp8 too where the run says fp8", () => {
  const moe = { ...QWEN, model: "Qwen/Qwen3-30B-A3B", quantization: "fp8" } as const;
  const { model } = servedBy(moe).plan;
  assert.deepEqual([model.precision, model.experts?.precision], ["fp8", "fp8"]);
});

Deno.test("servedBy() schedules ahead as vLLM does since 0.14, and of an unknown version", () => {
  const ahead = (vllm?: string) =>
    servedBy({ ...QWEN, ...(vllm === undefined ? {} : { vllm }) }).limits.asyncScheduling;
  const cases: [string | undefined, boolean][] = [
    ["0.11.0", false],
    ["0.13.1", false],
    ["v0.9.2", false],
    ["0.14.0", true],
    ["0.15.1", true],
    ["1.0.0", true],
    [undefined, true],
  ];
  for (const [vllm, expected] of cases) assert.equal(ahead(vllm), expected, vllm);
});

Deno.test("servedBy() says in one sentence what it cannot serve", () => {
  const cases: [Partial<MeasuredServer>, RegExp][] = [
    [{ gpu: "H1000" }, /^Cannot serve on "H1000": it is not among the GPUs that are known$/],
    [{ model: "x/y" }, /^Cannot serve "x\/y": it is not among the models that are known$/],
    [{ gpu: "L4", tensorParallel: 1 }, /^Cannot serve Qwen\/Qwen3-32B: torch\.OutOfMemoryError/],
    [{ maxNumSeqs: 64, maxNumBatchedTokens: 32 }, /must be greater than or equal to max_num_seqs/],
    [{ tensorParallel: 1, gpuMemoryUtilization: 0.5 }, /No available memory for the cache blocks/],
  ];
  for (const [changes, message] of cases) {
    assert.throws(() => servedBy({ ...QWEN, ...changes }), { message });
  }
});
