// The step time against the published formula, written down a second time request by request.
import assert from "node:assert/strict";
import { findGpu, GPU_NAMES, type GpuFacts } from "../../../src/serving/gpus.ts";
import { findModel, MODEL_NAMES, type ModelFacts } from "../../../src/serving/models.ts";
import { physicalStepTime, type StepBatch } from "../../../src/serving/step_time.ts";
import fc from "../../fast_check.ts";

/** A request's share of a step: `tokens` new ones after `before`; `decode` when it answers. */
interface Part {
  readonly before: number;
  readonly tokens: number;
  readonly decode: boolean;
}

const prefill = (before: number, tokens: number): Part => ({ before, tokens, decode: false });
const decode = (before: number): Part => ({ before, tokens: 1, decode: true });

function batchOf(parts: readonly Part[]): StepBatch {
  const prefills = parts.filter((part) => !part.decode);
  const sum = (of: (part: Part) => number) => prefills.reduce((all, part) => all + of(part), 0);
  return {
    prefillTokens: sum(({ tokens }) => tokens),
    prefillAttention: sum(({ before, tokens }) => tokens * (2 * before + tokens)),
    decodeTokens: parts.length - prefills.length,
    requests: parts.length,
  };
}

/** BLIS trained-physics in seconds, without the decode's reading of its context. */
function published(model: ModelFacts, gpu: GpuFacts, tp: number, parts: readonly Part[]): number {
  const { layers: L, hidden: d, heads: h, headSize, feedForward, feedForwardMatrices = 3 } = model;
  const [q, kv] = [h * headSize, model.kvHeads * headSize];
  const ff = feedForwardMatrices * feedForward;
  const [bytes, flops, bandwidth] = [2, gpu.bf16Tflops * 1e12, gpu.hbmTBps * 1e12];
  const prefills = parts.filter((part) => !part.decode);
  const compute = prefills.map(({ before: s, tokens: t }) =>
    L * (
      2 * t * d * (2 * q + 2 * kv) / tp +
      4 * (h / tp) * t * (s + t / 2) * headSize +
      2 * t * d * ff / tp
    ) / flops
  ).reduce((sum, seconds) => sum + seconds, 0);
  const weights = L * (d * (2 * q + 2 * kv) + d * ff) * bytes / tp / bandwidth;
  const tokens = parts.reduce((sum, part) => sum + part.tokens, 0);
  const allReduce = 2 * L * tokens * d * bytes * 2 * (tp - 1) / tp / bandwidth;
  return 0.152128 * compute + 1.36252915 * weights + 0.752037 * allReduce +
    (32.09546717 * L + 4.41684444 * parts.length + 126.024825) * 1e-6;
}

const LLAMA_2_70B = findModel(["meta-llama/llama-2-70b-hf"])!;
const H100 = findGpu("H100-SXM")!;

Deno.test("physicalStepTime() is the published formula for Llama-2-70B on four H100", () => {
  const time = physicalStepTime(LLAMA_2_70B, H100, 4);
  const batches = [
    [prefill(0, 1)],
    [prefill(0, 2048)],
    [prefill(6144, 2048)],
    [decode(1)],
    Array.from({ length: 64 }, (_, n) => decode(1000 + n)),
    [...Array.from({ length: 128 }, () => decode(300)), prefill(512, 1000), prefill(0, 920)],
  ];
  for (const parts of batches) {
    const ps = published(LLAMA_2_70B, H100, 4, parts) * 1e12;
    const fixedPs = time.fixedPs(batchOf(parts));
    assert.ok(Math.abs(fixedPs - ps) <= 1, `${fixedPs} ps, by the formula ${ps}`);
  }
  // Two caches of 8 heads of 128 over 80 layers, a quarter on each GPU, two bytes each.
  const contextPs = 1.94710771 * 80 * 2 * (8 * 128 / 4) * 2 / 3.35e12 * 1e12;
  assert.ok(Math.abs(time.contextPs - contextPs) <= 0.5);
});

Deno.test("physicalStepTime() of Llama-2-70B on four H100 is the milliseconds worked out once", () => {
  const time = physicalStepTime(LLAMA_2_70B, H100, 4);
  const decodes = batchOf([decode(1000)]);
  // 80 layers of 855,638,016 weights are read in 10.217 ms, which counts 1.3625 times; 2567.6 µs for
  // the layers, 130.4 for request and step, 0.9 for the all-reduce, 47.6 for reading the context.
  const us = (time.fixedPs(decodes) + 1000 * time.contextPs) / 1e6;
  const byHand = 13_920.4 + 2567.6 + 130.4 + 0.9 + 47.6;
  assert.ok(Math.abs(us - byHand) < 0.5, `${us} µs, by hand ${byHand}`);
});

const setting = fc.record({
  model: fc.constantFrom(...MODEL_NAMES).map((name) => findModel([name])!),
  gpu: fc.constantFrom(...GPU_NAMES).map((name) => findGpu(name)!),
  tensorParallel: fc.constantFrom(1, 2, 4, 8),
});

const part = fc.oneof(
  fc.tuple(fc.nat(100_000), fc.integer({ min: 1, max: 8192 })).map(([s, t]) => prefill(s, t)),
  fc.nat(130_000).map(decode),
);
const parts = fc.array(part, { minLength: 1, maxLength: 40 });

Deno.test("physicalStepTime() is the published formula for every model, GPU and batch", () => {
  fc.assert(fc.property(setting, parts, ({ model, gpu, tensorParallel }, parts) => {
    const ps = published(model, gpu, tensorParallel, parts) * 1e12;
    const fixedPs = physicalStepTime(model, gpu, tensorParallel).fixedPs(batchOf(parts));
    // Beyond 1 ps only what the sum of so many floats may lose.
    assert.ok(Math.abs(fixedPs - ps) <= 1 + ps * 1e-13, `${fixedPs} ps, by the formula ${ps}`);
  }));
});

Deno.test("physicalStepTime() gives whole picoseconds and whole µs, none negative", () => {
  fc.assert(fc.property(setting, parts, ({ model, gpu, tensorParallel }, parts) => {
    const time = physicalStepTime(model, gpu, tensorParallel);
    const { contextPs, admissionUs, completionUs, tokenUs } = time;
    for (const n of [time.fixedPs(batchOf(parts)), contextPs, admissionUs, completionUs, tokenUs]) {
      assert.ok(Number.isSafeInteger(n) && n > 0, `${n}`);
    }
  }));
  const { admissionUs, completionUs, tokenUs } = physicalStepTime(LLAMA_2_70B, H100, 4);
  assert.deepEqual([admissionUs, completionUs, tokenUs], [15_563, 777, 46]);
});

Deno.test("physicalStepTime() never falls when a batch gets more tokens, requests or context", () => {
  const more: fc.Arbitrary<StepBatch> = fc.record({
    prefillTokens: fc.nat(1000),
    prefillAttention: fc.nat(1_000_000),
    decodeTokens: fc.nat(100),
    requests: fc.nat(100),
  });
  fc.assert(fc.property(setting, parts, more, ({ model, gpu, tensorParallel }, parts, more) => {
    const time = physicalStepTime(model, gpu, tensorParallel);
    const batch = batchOf(parts);
    const larger = Object.fromEntries(
      (Object.keys(batch) as (keyof StepBatch)[]).map((key) => [key, batch[key] + more[key]]),
    ) as unknown as StepBatch;
    assert.ok(time.fixedPs(larger) >= time.fixedPs(batch));
    const attending = { ...batch, prefillAttention: batch.prefillAttention + 1_000_000 };
    assert.ok(time.fixedPs(attending) >= time.fixedPs(batch));
    const crowded = { ...batch, requests: batch.requests + 1 };
    assert.ok(time.fixedPs(crowded) > time.fixedPs(batch));
    assert.ok(time.contextPs > 0);
  }));
});

Deno.test("physicalStepTime() falls with more GPUs in all but the all-reduce", () => {
  fc.assert(fc.property(setting, parts, ({ model, gpu }, parts) => {
    const batch = batchOf(parts);
    for (const gpus of [1, 2, 4]) {
      const [few, many] = [gpus, 2 * gpus].map((tp) => physicalStepTime(model, gpu, tp));
      assert.ok(many!.contextPs <= few!.contextPs);
      // Weights and attention are shared; a batch without tokens exchanges nothing.
      const silent = { ...batch, prefillTokens: 0, decodeTokens: 0 };
      assert.ok(many!.fixedPs(silent) < few!.fixedPs(silent));
      // What more GPUs may add is at most their all-reduce.
      const bytes = 2 * model.layers * model.hidden * 2 * 2;
      const shares = (tp: number) => (tp - 1) / tp;
      const tokens = batch.prefillTokens + batch.decodeTokens;
      const added = 0.752037 * bytes * (shares(2 * gpus) - shares(gpus)) / gpu.hbmTBps;
      assert.ok(many!.fixedPs(batch) <= few!.fixedPs(batch) + tokens * added + 1);
    }
  }));
});

Deno.test("physicalStepTime() calls itself uncalibrated", () => {
  assert.equal(physicalStepTime(LLAMA_2_70B, H100, 4).calibration, "uncalibrated");
});
