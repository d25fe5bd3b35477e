import assert from "node:assert/strict";
import { coefficientsOf } from "../../../src/serving/coefficients.ts";
import { deviceBytes, findGpu, GPU_NAMES } from "../../../src/serving/gpus.ts";
import { cutProblem, migProfiles, migSlice } from "../../../src/serving/mig.ts";

const H100 = findGpu("H100-SXM")!;

Deno.test("migSlice() has its share of compute, memory and bandwidth, and no link", () => {
  const slice = migSlice(H100, "3g.40gb")!;
  assert.equal(slice.name, "H100-SXM-MIG-3g.40gb");
  assert.equal(slice.bf16Tflops, 989 * (60 / 132));
  assert.equal(slice.hbmTBps, 3.35 / 2);
  assert.equal(deviceBytes(slice), 39.5 * 2 ** 30);
  assert.equal("linkGBps" in slice, false);
  assert.equal(coefficientsOf(slice), coefficientsOf(H100));
  assert.equal(migSlice(H100, "1g.5gb"), undefined);
  assert.equal(migSlice(findGpu("L4")!, "1g.10gb"), undefined);
});

Deno.test("migSlice() never gives out more than the GPU has, however it is cut", () => {
  for (const name of GPU_NAMES) {
    const gpu = findGpu(name)!;
    for (const { name: profile } of migProfiles(name)) {
      const slice = migSlice(gpu, profile)!;
      let most = 0;
      while (cutProblem(name, Array(most + 1).fill(profile)) === undefined) most++;
      assert.ok(slice.bf16Tflops * most <= gpu.bf16Tflops * 1.001, `${name} ${profile}`);
      assert.ok(deviceBytes(slice) * most <= deviceBytes(gpu) * 1.001, `${name} ${profile}`);
      assert.ok(slice.hbmTBps * most <= gpu.hbmTBps, `${name} ${profile}`);
    }
  }
});

Deno.test("cutProblem() says why a GPU cannot be cut so", () => {
  const cut = (...profiles: string[]) => cutProblem("H100-SXM", profiles);
  assert.equal(cut("3g.40gb", "2g.20gb", "1g.10gb", "1g.10gb"), undefined);
  assert.equal(cut(...Array(7).fill("1g.10gb")), undefined);
  assert.equal(cut(...Array(8).fill("1g.10gb")), "H100-SXM has 7 compute slices, not 8");
  assert.equal(cut("3g.40gb", "3g.40gb", "1g.10gb"), "H100-SXM has 8 memory slices, not 9");
  assert.match(cut("1g.5gb")!, /has no MIG profile "1g\.5gb": it has 1g\.10gb, 1g\.20gb,/);
  assert.match(cutProblem("L4", ["1g.10gb"])!, /^L4 has no MIG profiles/);
});
