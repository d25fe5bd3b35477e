// The step time on Hopper against the published formula, written down a second time request by request.
import assert from "node:assert/strict";
import { coefficientsOf } from "../../../src/serving/coefficients.ts";
import { findGpu, GPU_NAMES, type GpuFacts } from "../../../src/serving/gpus.ts";
import { findModel, MODEL_NAMES, type ModelFacts } from "../../../src/serving/models.ts";
import { physicalStepTime } from "../../../src/serving/step_time.ts";
import fc from "../../fast_check.ts";
import { batchOf, decode, type Part, prefill, someParts } from "./step_batches.ts";

/** BLIS trained-physics in seconds, without the decode's reading of its context. */
function published(model: ModelFacts, gpu: GpuFacts, tp: number, parts: readonly Part[]): number {
  const { layers: L, hidden: d } = model;
  const { attention, feedForward } = layerOf(model);
  const [bytes, flops, bandwidth] = [2, gpu.bf16Tflops * 1e12, gpu.hbmTBps * 1e12];
  const compute = computeSeconds(model, tp, parts.filter((part) => !part.decode), flops);
  const weights = L * (attention + feedForward) * bytes / tp / bandwidth;
  const tokens = parts.reduce((sum, part) => sum + part.tokens, 0);
  const allReduce = 2 * L * tokens * d * bytes * 2 * (tp - 1) / tp / bandwidth;
  return 0.152128 * compute + 1.36252915 * weights + 0.752037 * allReduce +
    (32.09546717 * L + 4.41684444 * parts.length + 126.024825) * 1e-6;
}

/** Below this no GPU can be: all FLOPs at the peak, but those of the decodes' attention. */
function roofline(model: ModelFacts, gpu: GpuFacts, tp: number, parts: readonly Part[]): number {
  const flops = gpu.bf16Tflops * 1e12;
  const decodes = parts.filter((part) => part.decode).length;
  const { attention, feedForward } = layerOf(model);
  const decoding = decodes * model.layers * 2 * (attention + feedForward) / tp / flops;
  return decoding + computeSeconds(model, tp, parts.filter((part) => !part.decode), flops);
}

function layerOf({ hidden: d, heads, kvHeads, headSize, ...model }: ModelFacts) {
  return {
    attention: d * (2 * heads * headSize + 2 * kvHeads * headSize),
    feedForward: d * (model.feedForwardMatrices ?? 3) * model.feedForward,
  };
}

function computeSeconds(model: ModelFacts, tp: number, parts: readonly Part[], flops: number) {
  const { attention, feedForward } = layerOf(model);
  return parts.map(({ before: s, tokens: t }) =>
    model.layers * (
      2 * t * attention / tp +
      4 * (model.heads / tp) * t * (s + t / 2) * model.headSize +
      2 * t * feedForward / tp
    ) / flops
  ).reduce((sum, seconds) => sum + seconds, 0);
}

const LLAMA_2_70B = findModel(["meta-llama/llama-2-70b-hf"])!;
const H100 = findGpu("H100-SXM")!;
const LLAMA_ON_FOUR = physicalStepTime({ model: LLAMA_2_70B, gpu: H100, tensorParallel: 4 });

Deno.test("physicalStepTime() is the published formula for Llama-2-70B on four H100 when short of prefill", () => {
  const batches = [
    [prefill(0, 1)],
    [prefill(0, 300)],
    [prefill(3000, 300)],
    [decode(1)],
    Array.from({ length: 64 }, (_, n) => decode(1000 + n)),
    [...Array.from({ length: 128 }, () => decode(300)), prefill(512, 100), prefill(0, 90)],
  ];
  for (const parts of batches) {
    const ps = published(LLAMA_2_70B, H100, 4, parts) * 1e12;
    const fixedPs = LLAMA_ON_FOUR.fixedPs(batchOf(parts));
    assert.ok(Math.abs(fixedPs - ps) <= 1, `${fixedPs} ps, by the formula ${ps}`);
  }
  // Two caches of 8 heads of 128 over 80 layers, a quarter on each GPU, two bytes each.
  const contextPs = 1.94710771 * 80 * 2 * (8 * 128 / 4) * 2 / 3.35e12 * 1e12;
  assert.ok(Math.abs(LLAMA_ON_FOUR.contextPs - contextPs) <= 0.5);
});

Deno.test("physicalStepTime() of Llama-2-70B on four H100 is the milliseconds worked out once", () => {
  const decodes = batchOf([decode(1000)]);
  // 80 layers of 855,638,016 weights are read in 10.217 ms, which counts 1.3625 times; 2567.6 µs for
  // the layers, 130.4 for request and step, 0.9 for the all-reduce, 47.6 for reading the context.
  const us = (LLAMA_ON_FOUR.fixedPs(decodes) + 1000 * LLAMA_ON_FOUR.contextPs) / 1e6;
  const byHand = 13_920.4 + 2567.6 + 130.4 + 0.9 + 47.6;
  assert.ok(Math.abs(us - byHand) < 0.5, `${us} µs, by hand ${byHand}`);
});

Deno.test("physicalStepTime() is the roofline for 2048 tokens of prefill, where the published formula is faster", () => {
  const parts = [prefill(0, 2048)];
  // 2 · 68.45e9 · 2048 FLOPs and the attention's 80 · 2 · 8192 · 2048², on four times 989 TFLOP/s.
  const byHandMs = (2 * 80 * 855_638_016 * 2048 + 80 * 2 * 8192 * 2048 ** 2) / 4 / 989e12 * 1e3;
  assert.ok(published(LLAMA_2_70B, H100, 4, parts) * 1e3 < byHandMs / 2);
  assert.ok(Math.abs(LLAMA_ON_FOUR.fixedPs(batchOf(parts)) / 1e9 - byHandMs) < 1e-6);
});

const dense = MODEL_NAMES.map((name) => findModel([name])!).filter((model) =>
  !model.experts && !model.latent && !model.slidingWindow && model.precision === model.dtype
);
const hopper = GPU_NAMES.map((name) => findGpu(name)!)
  .filter((gpu) => coefficientsOf(gpu).generation === "hopper");

Deno.test("physicalStepTime() is the published formula or the roofline for every dense model on Hopper", () => {
  const setting = fc.record({
    model: fc.constantFrom(...dense),
    gpu: fc.constantFrom(...hopper),
    tensorParallel: fc.constantFrom(1, 2, 4, 8),
  });
  fc.assert(fc.property(setting, someParts, (setting, parts) => {
    const { model, gpu, tensorParallel } = setting;
    const formula = published(model, gpu, tensorParallel, parts);
    const ps = Math.max(formula, roofline(model, gpu, tensorParallel, parts)) * 1e12;
    const fixedPs = physicalStepTime(setting).fixedPs(batchOf(parts));
    // Beyond 1 ps only what the sum of so many floats may lose.
    assert.ok(Math.abs(fixedPs - ps) <= 1 + ps * 1e-13, `${fixedPs} ps, by the formula ${ps}`);
  }));
});

Deno.test("physicalStepTime() falls with more GPUs in all but what they exchange", () => {
  const setting = fc.record({ model: fc.constantFrom(...dense), gpu: fc.constantFrom(...hopper) });
  fc.assert(fc.property(setting, someParts, ({ model, gpu }, parts) => {
    const batch = batchOf(parts);
    for (const gpus of [1, 2, 4]) {
      const [few, many] = [gpus, 2 * gpus].map((tensorParallel) =>
        physicalStepTime({ model, gpu, tensorParallel })
      );
      assert.ok(many!.contextPs <= few!.contextPs);
      // What more GPUs may add is at most their all-reduce.
      const bytes = 2 * model.layers * model.hidden * 2 * 2;
      const shares = (tp: number) => (tp - 1) / tp;
      const tokens = batch.prefillTokens + batch.decodeTokens;
      const added = 0.752037 * bytes * (shares(2 * gpus) - shares(gpus)) / gpu.hbmTBps;
      assert.ok(many!.fixedPs(batch) <= few!.fixedPs(batch) + tokens * added + 1);
    }
  }));
});

Deno.test("physicalStepTime() has the published times outside the step, and calls itself uncalibrated", () => {
  const { admissionUs, completionUs, tokenUs, calibration } = LLAMA_ON_FOUR;
  assert.deepEqual([admissionUs, completionUs, tokenUs], [15_563, 777, 46]);
  assert.equal(calibration, "uncalibrated");
});

Deno.test("physicalStepTime() refuses a GPU that no coefficients name", () => {
  const gpu = { ...H100, name: "H1000" };
  assert.throws(
    () => physicalStepTime({ model: LLAMA_2_70B, gpu, tensorParallel: 1 }),
    /Cannot time a step on "H1000"/,
  );
});
