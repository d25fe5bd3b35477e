// GPU facts against the table they were taken from.
import assert from "node:assert/strict";
import { findGpu, GPU_NAMES } from "../../../src/serving/gpus.ts";
import { isPresent, readText, shared } from "./shared_data.ts";

Deno.test("findGpu() knows every name it lists once, and no other", () => {
  assert.equal(new Set(GPU_NAMES).size, GPU_NAMES.length);
  for (const name of GPU_NAMES) assert.equal(findGpu(name)!.name, name);
  assert.equal(findGpu("H100"), undefined);
});

const SPECS = shared("data/gpu_specs.json");

interface Spec {
  readonly bf16: number;
  readonly hbm_TBps: number;
  readonly mem_GiB: number;
}

Deno.test({
  name: `findGpu() has the datasheet's numbers of every GPU${SPECS.skipped}`,
  ignore: !isPresent(SPECS),
  fn() {
    const { _note, ...specs } = JSON.parse(readText(SPECS)) as Record<string, Spec>;
    assert.deepEqual([...GPU_NAMES].sort(), Object.keys(specs).sort());
    for (const [name, { bf16, hbm_TBps, mem_GiB }] of Object.entries(specs)) {
      const facts = { name, bf16Tflops: bf16, hbmTBps: hbm_TBps, memoryGiB: mem_GiB };
      assert.deepEqual(findGpu(name), facts);
    }
  },
});
