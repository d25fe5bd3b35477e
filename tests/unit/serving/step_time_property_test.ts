// What must hold of a step's time for every model, GPU, parallelism and batch.
import assert from "node:assert/strict";
import { findGpu, GPU_NAMES, type GpuFacts } from "../../../src/serving/gpus.ts";
import {
  activeLayerWeights,
  findModel,
  MODEL_NAMES,
  type ModelFacts,
  type Precision,
} from "../../../src/serving/models.ts";
import {
  physicalStepTime,
  type StepBatch,
  type StepTimeOptions,
} from "../../../src/serving/step_time.ts";
import fc from "../../fast_check.ts";
import { EASY, onlyVector } from "./easy_vector.ts";
import { weightBytesRead } from "./formulas.ts";
import { ARCHITECTURES, batchOf, LLAMA_8B_FP8, someParts } from "./step_batches.ts";

const models = [...MODEL_NAMES.map((name) => findModel([name])!), ...ARCHITECTURES];
const option = <T>(...values: T[]) => fc.option(fc.constantFrom(...values), { nil: undefined });

const settings: fc.Arbitrary<StepTimeOptions> = fc.record({
  model: fc.constantFrom(...models),
  gpu: fc.constantFrom(...GPU_NAMES).map((name) => findGpu(name)!),
  tensorParallel: fc.constantFrom(1, 2, 4, 8),
  pipelineParallel: option(2, 4),
  dataParallel: option(2, 8),
  expertParallel: option(true),
  kvDtype: option("auto", "fp8"),
  asyncScheduling: option(true),
  // Absent: what mtop has for the GPU.
  vector: option(EASY),
  lora: option({ rank: 16 }),
  speculative: option(
    { tokens: 3, method: "ngram" },
    { tokens: 2, method: "eagle" },
    { tokens: 1, method: "mtp" },
    { tokens: 4, method: "draft_model", draft: LLAMA_8B_FP8 },
  ),
}).map((setting) =>
  Object.fromEntries(
    Object.entries(setting).filter(([, value]) => value !== undefined),
  ) as unknown as StepTimeOptions
);

function batchFor({ model }: StepTimeOptions, parts: Parameters<typeof batchOf>[0]): StepBatch {
  return batchOf(parts, model.slidingWindow?.tokens);
}

Deno.test("physicalStepTime() gives whole picoseconds and µs, below 2^53 and not negative", () => {
  fc.assert(fc.property(settings, someParts, (setting, parts) => {
    const time = physicalStepTime(setting);
    const fixedPs = time.fixedPs(batchFor(setting, parts));
    assert.ok(Number.isSafeInteger(fixedPs) && fixedPs > 0, `${fixedPs} ps`);
    const { contextPs, window, admissionUs, admissionTokenUs, completionUs, tokenUs } = time;
    assert.ok(Number.isFinite(admissionTokenUs) && admissionTokenUs >= 0);
    // Every layer may have a window; then nothing reads the whole context.
    for (const n of [contextPs, window?.contextPs ?? 0, admissionUs, completionUs, tokenUs]) {
      assert.ok(Number.isSafeInteger(n) && n >= 0, `${n}`);
    }
    assert.ok(contextPs + (window?.contextPs ?? 0) > 0);
    assert.equal(window?.tokens, setting.model.slidingWindow?.tokens);
  }));
});

Deno.test("physicalStepTime() is never faster than the roofline of all its GPUs, whatever its vector", () => {
  const vectors = option(onlyVector({}), onlyVector({ compute: 0.1, weights: 0.1 }));
  fc.assert(fc.property(settings, someParts, vectors, (known, parts, vector) => {
    const setting = vector ? { ...known, vector } : known;
    const { model, gpu, tensorParallel, pipelineParallel = 1, dataParallel = 1 } = setting;
    const ranks = model.experts ? dataParallel : 1;
    const gpus = tensorParallel * pipelineParallel * ranks;
    const batch = batchFor(setting, parts);
    const tokens = ranks * (batch.prefillTokens + batch.decodeTokens);
    const reading = weightBytesRead(model, tokens) / (gpu.hbmTBps * 1e12);
    const computing = 2 * activeLayerWeights(model) * tokens / fastestFlops(gpu, model);
    const ps = Math.max(reading, computing) / gpus * 1e12;
    const { fixedPs } = physicalStepTime(setting);
    assert.ok(fixedPs(batch) >= ps * (1 - 1e-12) - 1, `${fixedPs(batch)} ps, at most ${ps}`);
  }));
});

function fastestFlops(gpu: GpuFacts, { precision, experts }: ModelFacts): number {
  const of = (precision: Precision) =>
    precision === "fp8" || precision === "int8" ? gpu.fp8Tflops ?? gpu.bf16Tflops : gpu.bf16Tflops;
  return Math.max(of(precision), of(experts?.precision ?? precision)) * 1e12;
}

Deno.test("physicalStepTime() never falls when a batch gets more tokens, requests, adapters or context", () => {
  const more: fc.Arbitrary<Required<StepBatch>> = fc.record({
    prefillTokens: fc.nat(1000),
    prefillAttention: fc.nat(1_000_000),
    prefillWindowAttention: fc.nat(10_000),
    decodeTokens: fc.nat(100),
    requests: fc.nat(100),
    adapters: fc.nat(4),
  });
  fc.assert(fc.property(settings, someParts, more, (setting, parts, more) => {
    const { fixedPs } = physicalStepTime(setting);
    const batch = { prefillWindowAttention: 0, adapters: 0, ...batchFor(setting, parts) };
    const larger = {
      ...batch,
      prefillTokens: batch.prefillTokens + more.prefillTokens,
      prefillAttention: batch.prefillAttention + more.prefillAttention,
      // A new token attends to itself at least, which is two of its units.
      prefillWindowAttention: batch.prefillWindowAttention + 2 * more.prefillTokens +
        more.prefillWindowAttention,
      decodeTokens: batch.decodeTokens + more.decodeTokens,
      requests: batch.requests + more.requests,
      adapters: batch.adapters + more.adapters,
    };
    assert.ok(fixedPs(larger) >= fixedPs(batch));
    for (const key of ["decodeTokens", "prefillAttention", "adapters"] as const) {
      assert.ok(fixedPs({ ...batch, [key]: larger[key] }) >= fixedPs(batch), key);
    }
  }));
});

Deno.test("physicalStepTime() never falls when the host works in line instead of ahead", () => {
  fc.assert(fc.property(settings, someParts, (setting, parts) => {
    const [ahead, inLine] = [true, false].map((asyncScheduling) =>
      physicalStepTime({ ...setting, asyncScheduling })
    );
    const batch = batchFor(setting, parts);
    assert.ok(inLine!.fixedPs(batch) >= ahead!.fixedPs(batch));
    assert.ok(inLine!.admissionUs >= ahead!.admissionUs);
    assert.equal(inLine!.contextPs, ahead!.contextPs);
  }));
});
