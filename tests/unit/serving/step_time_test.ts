// The step time of dense models: by hand, and against its formula written down again request by request.
import assert from "node:assert/strict";
import { findGpu, GPU_NAMES, type GpuFacts } from "../../../src/serving/gpus.ts";
import { peerGigabytesPerSecond } from "../../../src/serving/links.ts";
import { findModel, MODEL_NAMES, type ModelFacts } from "../../../src/serving/models.ts";
import { physicalStepTime } from "../../../src/serving/step_time.ts";
import fc from "../../fast_check.ts";
import { EASY, onlyVector } from "./easy_vector.ts";
import { batchOf, decode, type Part, prefill, someParts } from "./step_batches.ts";

const LLAMA_2_70B = findModel(["meta-llama/llama-2-70b-hf"])!;
const H100 = findGpu("H100-SXM")!;
const FOUR = { model: LLAMA_2_70B, gpu: H100, tensorParallel: 4 };
const LLAMA_ON_FOUR = physicalStepTime({ ...FOUR, vector: EASY });

/** Weights of the 80 layers of Llama-2-70B. */
const WEIGHTS = 80 * 855_638_016;

/** In µs, as far as written out. */
function near(actual: number, expected: number, within = 0.1) {
  assert.ok(Math.abs(actual - expected) <= within, `${actual}, by hand ${expected}`);
}

Deno.test("physicalStepTime() of one decode is the microseconds worked out once", () => {
  // A quarter of 136.9 GB at 3.35 TB/s are 10,216.6 µs, which count 1.25 times; beside them the 51.9
  // of computing are nothing: √(12,770.7² + 51.9²). Of 32,000 · 8192 · 2 bytes a quarter likewise.
  const [layers, output] = [12_770.8, 48.9];
  // In each layer 12 · 8192 + (3 · 28,672 + 5 · (64 + 16) · 128) / 4 numbers of two bytes, half counted.
  const activations = 3.2;
  // 160 all-reduces: 8192 · 2 bytes, 1.5 times, over 450 GB/s, counted 1.6 times, and 7 µs each.
  const allReduce = 14 + 160 * 7;
  const host = 5 + 30 + 100 + 1000;
  const byHand = layers + output + activations + allReduce + host + 80 * 20;
  near(LLAMA_ON_FOUR.fixedPs(batchOf([decode(1000)])) / 1e6, byHand);
  // Two heads of 128 on each GPU, keys and values, two bytes, 80 layers: 81,920 bytes a token.
  assert.equal(LLAMA_ON_FOUR.contextPs, Math.round(1.2 * 81_920 / 3.35));
});

Deno.test("physicalStepTime() of one prompt is the microseconds worked out once", () => {
  // 2 · 68.45e9 · 2048 FLOPs on four times 989 TFLOP/s are 70,873 µs, which count 1.5 times; reading
  // the weights beside them adds little: √(106,309.7² + 12,770.7²).
  const matrices = 107_074;
  // 80 layers · 4 · 16 heads · 128 · 2048²/2 pairs, counted twice; 17 · 81,920 bytes a token, which
  // is written once and read for 2048/2 tokens by each of 16 tiles: 8 · 2048 more than once each.
  const attention = 2 * 80 * 4 * 16 * 128 * 2048 ** 2 / 2 / 989e12 * 1e6;
  const cache = 1.1 * 81_920 * (2048 + 8 * 2048) / 3.35e12 * 1e6;
  const tokens = 2048 * (0.5 * 80 * 132_608 * 2 / 3.35e12 + 1.6 * 160 * 8192 * 2 * 1.5 / 450e9) *
    1e6;
  const host = 5 + 30 + 100 + 1000;
  const byHand = matrices + 48.9 + attention + cache + tokens + 160 * 7 + host + 80 * (20 + 13);
  near(LLAMA_ON_FOUR.fixedPs(batchOf([prefill(0, 2048)])) / 1e6, byHand, 1);
});

Deno.test("physicalStepTime() is the roofline where coefficients alone would be faster", () => {
  const ideal = physicalStepTime({ ...FOUR, vector: onlyVector({ compute: 0.5, weights: 0.9 }) });
  near(ideal.fixedPs(batchOf([decode(1000)])) / 1e6, WEIGHTS * 2 / 4 / 3.35e12 * 1e6);
  // All FLOPs of matrices and attention, at the peak.
  const flops = 2 * WEIGHTS * 2048 + 80 * 2 * 8192 * 2048 ** 2;
  near(ideal.fixedPs(batchOf([prefill(0, 2048)])) / 1e6, flops / 4 / 989e12 * 1e6);
});

Deno.test("physicalStepTime() combines computing and reading as legs of a right triangle", () => {
  // 90 and 120 ms of the layers' matrices make 150.
  const [readMs, computeMs] = [WEIGHTS * 2 / 3.35e12 * 1e3, 2 * WEIGHTS * 100 / 989e12 * 1e3];
  const vector = onlyVector({ weights: 120 / readMs, compute: 90 / computeMs });
  const time = physicalStepTime({ ...FOUR, tensorParallel: 1, vector });
  const batch = { prefillTokens: 0, prefillAttention: 0, decodeTokens: 100, requests: 0 };
  // Nobody samples, so the output layer is read and not multiplied.
  const outputMs = vector.coefficients.weights * 32_000 * 8192 * 2 / 3.35e12 * 1e3;
  near(time.fixedPs(batch) / 1e9 - outputMs, 150, 1e-6);
});

/** What the layers' matrices are, a layer. */
function layerWeights({ hidden: d, heads, kvHeads, headSize, ...model }: ModelFacts) {
  return d * (2 * heads + 2 * kvHeads) * headSize +
    d * (model.feedForwardMatrices ?? 3) * model.feedForward;
}

/** Seconds of a step, its decodes' context not read: of each part for itself, then of the step. */
function secondFormula(model: ModelFacts, gpu: GpuFacts, tp: number, parts: readonly Part[]) {
  const c = EASY.coefficients;
  const { layers: L, hidden: d, heads, kvHeads, headSize, vocabulary, feedForward } = model;
  const [flops, bandwidth] = [gpu.bf16Tflops * 1e12, gpu.hbmTBps * 1e12];
  const kvBytes = L * 2 * kvHeads * headSize * 2 / Math.min(tp, kvHeads);
  const widths = (model.feedForwardMatrices ?? 3) * feedForward +
    5 * (heads + 2 * kvHeads) * headSize;
  const alone = { matrices: 0, output: 0, rest: 0 };
  for (const { before, tokens, decode } of parts) {
    alone.matrices += tokens * 2 * L * layerWeights(model) / tp / flops;
    alone.output += 2 * vocabulary * d / tp / flops;
    alone.rest += (c.requestUs + c.syncRequestUs) * 1e-6;
    alone.rest += c.activations * tokens * L * (12 * d + widths / tp) * 2 / bandwidth;
    alone.rest += c.allReduce * tokens * 2 * L * d * 2 * 2 * (tp - 1) / tp /
      (peerGigabytesPerSecond(gpu) * 1e9);
    if (decode) continue;
    const pairs = tokens * (before + tokens / 2);
    alone.rest += c.attention * L * 4 * (heads / tp) * headSize * pairs / flops;
    alone.rest += c.prefillKv * kvBytes * (tokens + pairs / 128) / bandwidth;
  }
  const read = (weights: number) => c.weights * weights * 2 / tp / bandwidth;
  const prompts = parts.some((part) => !part.decode) ? c.promptLayerUs * L : 0;
  const exchanges = tp > 1 ? c.allReduceUs * 2 * L : 0;
  return Math.hypot(c.compute * alone.matrices, read(L * layerWeights(model))) +
    Math.hypot(c.compute * alone.output, read(vocabulary * d)) + alone.rest +
    (c.stepUs + c.syncStepUs + c.layerUs * L + prompts + exchanges) * 1e-6;
}

const dense = MODEL_NAMES.map((name) => findModel([name])!).filter((model) =>
  !model.experts && !model.latent && !model.slidingWindow && model.precision === model.dtype
);
const gpus = GPU_NAMES.map((name) => findGpu(name)!);

Deno.test("physicalStepTime() is the second formula for every dense model on every GPU", () => {
  assert.ok(dense.length > 20 && gpus.length > 10);
  const setting = fc.record({
    model: fc.constantFrom(...dense),
    gpu: fc.constantFrom(...gpus),
    tensorParallel: fc.constantFrom(1, 2, 4, 8),
  });
  fc.assert(fc.property(setting, someParts, (setting, parts) => {
    const { model, gpu, tensorParallel } = setting;
    const ps = secondFormula(model, gpu, tensorParallel, parts) * 1e12;
    const fixedPs = physicalStepTime({ ...setting, vector: EASY }).fixedPs(batchOf(parts));
    // Beyond 1 ps only what the sum of so many floats may lose.
    assert.ok(Math.abs(fixedPs - ps) <= 1 + ps * 1e-12, `${fixedPs} ps, by the formula ${ps}`);
  }));
});

Deno.test("physicalStepTime() falls with more GPUs in all but what they exchange", () => {
  const setting = fc.record({ model: fc.constantFrom(...dense), gpu: fc.constantFrom(...gpus) });
  fc.assert(fc.property(setting, someParts, ({ model, gpu }, parts) => {
    const batch = batchOf(parts);
    for (const gpus of [1, 2, 4]) {
      const [few, many] = [gpus, 2 * gpus].map((tensorParallel) =>
        physicalStepTime({ model, gpu, tensorParallel, vector: EASY })
      );
      assert.ok(many!.contextPs <= few!.contextPs);
      // What more GPUs may add is at most their all-reduce, in ps.
      const bytes = 2 * model.layers * model.hidden * 2 * 2;
      const shares = (tp: number) => (tp - 1) / tp;
      const tokens = batch.prefillTokens + batch.decodeTokens;
      const added = tokens * 1.6 * bytes * (shares(2 * gpus) - shares(gpus)) /
          peerGigabytesPerSecond(gpu) * 1e3 + (gpus === 1 ? 2 * model.layers * 7e6 : 0);
      assert.ok(many!.fixedPs(batch) <= few!.fixedPs(batch) + added + 1);
    }
  }));
});

Deno.test("physicalStepTime() hides what it can of the host when it schedules ahead", () => {
  const ahead = physicalStepTime({ ...FOUR, vector: EASY, asyncScheduling: true });
  const batch = batchOf([decode(10), decode(20), prefill(0, 30)]);
  near((LLAMA_ON_FOUR.fixedPs(batch) - ahead.fixedPs(batch)) / 1e6, 1000 + 3 * 30, 1e-5);
  assert.equal(ahead.contextPs, LLAMA_ON_FOUR.contextPs);
  assert.deepEqual([ahead.admissionUs, LLAMA_ON_FOUR.admissionUs], [6000, 10_000]);
});

Deno.test("physicalStepTime() has its vector's times outside the step, and its calibration", () => {
  const { admissionTokenUs, completionUs, tokenUs, calibration } = LLAMA_ON_FOUR;
  assert.deepEqual([admissionTokenUs, completionUs, tokenUs], [2.5, 700, 50]);
  assert.equal(calibration, "calibrated");
  const vector = { ...EASY, calibration: "uncalibrated" } as const;
  assert.equal(physicalStepTime({ ...FOUR, vector }).calibration, "uncalibrated");
});

Deno.test("physicalStepTime() refuses a GPU that no coefficients name", () => {
  const gpu = { ...H100, name: "H1000" };
  assert.throws(
    () => physicalStepTime({ model: LLAMA_2_70B, gpu, tensorParallel: 1 }),
    /Cannot time a step on "H1000"/,
  );
});
