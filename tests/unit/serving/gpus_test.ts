// GPU facts against the table they were taken from.
import assert from "node:assert/strict";
import { deviceBytes, findGpu, GPU_NAMES } from "../../../src/serving/gpus.ts";
import { isPresent, readText, shared } from "./shared_data.ts";

/** Not in the table: their datasheets stand beside their facts. */
const FROM_DATASHEETS = ["MI300X", "RTX-4090"];

Deno.test("findGpu() knows every name it lists once, and no other", () => {
  assert.equal(new Set(GPU_NAMES).size, GPU_NAMES.length);
  for (const name of GPU_NAMES) assert.equal(findGpu(name)!.name, name);
  assert.equal(findGpu("H100"), undefined);
});

const SPECS = shared("data/gpu_specs.json");

interface Spec {
  readonly bf16: number;
  readonly fp8: number | null;
  readonly fp4?: number;
  readonly hbm_TBps: number;
  readonly mem_GiB: number;
  readonly link_GBps: number | null;
  readonly power_W: number;
}

Deno.test({
  name: `findGpu() has the table's numbers of every GPU${SPECS.skipped}`,
  ignore: !isPresent(SPECS),
  fn() {
    const { _note, ...specs } = JSON.parse(readText(SPECS)) as Record<string, Spec>;
    const expected = [...Object.keys(specs), ...FROM_DATASHEETS];
    assert.deepEqual([...GPU_NAMES].sort(), expected.sort());
    for (const [name, spec] of Object.entries(specs)) {
      const { deviceGiB: _, ...facts } = findGpu(name)!;
      assert.deepEqual(facts, {
        name,
        bf16Tflops: spec.bf16,
        ...(spec.fp8 === null ? {} : { fp8Tflops: spec.fp8 }),
        ...(spec.fp4 === undefined ? {} : { fp4Tflops: spec.fp4 }),
        hbmTBps: spec.hbm_TBps,
        memoryGiB: spec.mem_GiB,
        ...(spec.link_GBps === null ? {} : { linkGBps: spec.link_GBps }),
        watts: spec.power_W,
      });
    }
  },
});

Deno.test("findGpu() has each step of precision at least 1.9 times as fast as the one before", () => {
  for (const name of GPU_NAMES) {
    const { bf16Tflops, fp8Tflops, fp4Tflops } = findGpu(name)!;
    if (fp8Tflops !== undefined) assert.ok(fp8Tflops / bf16Tflops >= 1.9, name);
    if (fp4Tflops !== undefined) assert.ok(fp4Tflops / fp8Tflops! >= 1.9, name);
  }
});

Deno.test("deviceBytes() is what CUDA gives, a few percent below what is sold", () => {
  // `device_total_memory_bytes` of a measured run.
  assert.ok(Math.abs(deviceBytes(findGpu("RTX-4090")!) - 25_250_627_584) < 1e6);
  for (const name of GPU_NAMES) {
    const gpu = findGpu(name)!;
    const share = deviceBytes(gpu) / 2 ** 30 / gpu.memoryGiB;
    assert.ok(share > 0.91 && share < 1, `${name}: ${share}`);
  }
});
