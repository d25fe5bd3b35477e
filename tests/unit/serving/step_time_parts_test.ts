// The parts of a step that a dense 16-bit model on one server does not have, each worked out by hand.
import assert from "node:assert/strict";
import { findGpu } from "../../../src/serving/gpus.ts";
import { loraWork } from "../../../src/serving/lora_work.ts";
import { findModel } from "../../../src/serving/models.ts";
import { physicalStepTime, type StepTimeOptions } from "../../../src/serving/step_time.ts";
import { EASY, onlyVector } from "./easy_vector.ts";
import { weightBytesRead } from "./formulas.ts";
import {
  batchOf,
  decode,
  DEEPSEEK,
  GPT_OSS,
  LLAMA_8B_FP8,
  MIXTRAL,
  prefill,
} from "./step_batches.ts";

const LLAMA_8B = findModel(["meta-llama/llama-3.1-8b"])!;
const H100 = findGpu("H100-SXM")!;
const A100 = findGpu("A100-SXM-80GB")!;
const ONE_DECODE = batchOf([decode(1000)]);

const ONE_GPU: StepTimeOptions = {
  model: LLAMA_8B,
  gpu: H100,
  tensorParallel: 1,
  vector: EASY,
};

/** Milliseconds of a step without its context. */
function ms(options: Partial<StepTimeOptions>, batch = ONE_DECODE): number {
  return physicalStepTime({ ...ONE_GPU, ...options }).fixedPs(batch) / 1e9;
}

function near(actual: number, expected: number, within = 1e-6) {
  assert.ok(Math.abs(actual - expected) <= within, `${actual}, expected ${expected}`);
}

const decodes = (n: number) => batchOf(Array.from({ length: n }, () => decode(1000)));

/** Milliseconds of reading these bytes from the memory of an H100. */
const readMs = (bytes: number) => bytes / 3.35e12 * 1e3;

const READING = onlyVector({ weights: 1.25, expertWeights: 1.75 });

Deno.test("physicalStepTime() reads half the bytes when weights are fp8", () => {
  const bytes = weightBytesRead(LLAMA_8B, 1) - weightBytesRead(LLAMA_8B_FP8, 1);
  const [bf16, fp8] = [LLAMA_8B, LLAMA_8B_FP8].map((model) => ms({ model, vector: READING }));
  near(bf16! - fp8!, 1.25 * readMs(bytes));
});

Deno.test("physicalStepTime() computes in fp8 where the GPU can, else in 16 bits", () => {
  const batch = { prefillTokens: 8192, prefillAttention: 0, decodeTokens: 0, requests: 0 };
  const vector = onlyVector({ compute: 1.5, narrow: 0.8 });
  const flops = 2 * 32 * 218_103_808 * 8192;
  near(ms({ vector }, batch), 1.5 * flops / 989e12 * 1e3);
  near(ms({ model: LLAMA_8B_FP8, vector }, batch), 1.5 * 0.8 * flops / 1978e12 * 1e3);
  // An A100 widens the weights, and `narrow` is not its matter.
  const [fp8, bf16] = [LLAMA_8B_FP8, LLAMA_8B].map((model) =>
    ms({ model, gpu: A100, vector }, batch)
  );
  near(fp8!, 1.5 * flops / 312e12 * 1e3);
  near(bf16!, fp8!);
});

Deno.test("physicalStepTime() reads half the context when the KV cache is fp8", () => {
  const [auto, fp8] = (["auto", "fp8"] as const).map((kvDtype) =>
    physicalStepTime({ ...ONE_GPU, kvDtype })
  );
  assert.ok(Math.abs(auto!.contextPs - 2 * fp8!.contextPs) <= 1);
  // A prompt's keys and values too: written once, read by each tile of 128 queries before them.
  const vector = onlyVector({ prefillKv: 11, weights: 1 });
  const [long, short] = (["auto", "fp8"] as const).map((kvDtype) =>
    ms({ kvDtype, vector }, batchOf([prefill(1280, 128)]))
  );
  near(long! - short!, 11 * readMs(32 * 2 * 1024 * (128 + 1280 + 64)));
});

Deno.test("physicalStepTime() keeps a whole KV head on each GPU when there are fewer heads than GPUs", () => {
  const model = { ...LLAMA_8B, kvHeads: 2 };
  const [two, eight] = [2, 8].map((tensorParallel) =>
    physicalStepTime({ ...ONE_GPU, model, tensorParallel }).contextPs
  );
  assert.equal(eight, two);
});

Deno.test("physicalStepTime() takes longer for each layer where prompts are in the step", () => {
  const one = { prefillAttention: 0, requests: 1 };
  const decoding = ms({}, { ...one, prefillTokens: 0, decodeTokens: 1 });
  const prompting = ms({}, { ...one, prefillTokens: 1, decodeTokens: 0 });
  // Beside 13 µs a layer, the token's own keys and values are written.
  near(prompting - decoding, 32 * 13e-3 + 1.1 * readMs(32 * 4096));
  const both = ms({}, { ...one, prefillTokens: 1, decodeTokens: 1 });
  near(both - prompting, ms({}, { ...one, prefillTokens: 0, decodeTokens: 2 }) - decoding);
});

Deno.test("physicalStepTime() reads the experts that a batch touches, in the end all of them", () => {
  const options = { model: MIXTRAL, vector: READING };
  const expertMs = 1.75 * readMs(32 * 3 * 4096 * 14_336 * 2);
  // One token picks two of eight; two tokens 8·(1 − (6/8)²) = 3.5 of them.
  near(ms(options, decodes(2)) - ms(options), 1.5 * expertMs);
  const [many, more] = [200, 201].map((n) => ms(options, decodes(n)));
  near(more! - many!, 0);
  const everyToken = 32 * (4096 * (2 * 4096 + 2 * 1024) + 8 * 4096) + 32_000 * 4096;
  near(many!, 8 * expertMs + 1.25 * readMs(2 * everyToken));
});

Deno.test("physicalStepTime() computes a token's own experts, each layer of which has its overhead", () => {
  const batch = { prefillTokens: 8192, prefillAttention: 0, decodeTokens: 0, requests: 0 };
  const flops = 2 * 8192 * 32 * 2 * 3 * 4096 * 14_336;
  const computing = onlyVector({ compute: 1.5, expertCompute: 3 });
  const everyToken = 2 * 8192 * 32 * (4096 * (2 * 4096 + 2 * 1024) + 8 * 4096);
  near(
    ms({ model: MIXTRAL, vector: computing }, batch),
    (3 * flops + 1.5 * everyToken) / 989e12 * 1e3,
    1e-5,
  );
  const slow = onlyVector({ ...READING.coefficients, expertLayerUs: 11 });
  near(ms({ model: MIXTRAL, vector: slow }) - ms({ model: MIXTRAL, vector: READING }), 32 * 11e-3);
  assert.equal(ms({ vector: slow }), ms({ vector: READING }));
});

Deno.test("physicalStepTime() takes no longer when some of the expert layers are dense", () => {
  const model = findModel(["qwen/qwen3-30b-a3b"])!;
  // As wide as the eight experts of 768 that a token goes through.
  assert.equal(model.feedForward, 8 * 768);
  for (const batch of [1, 4, 64]) {
    const all = ms({ model }, decodes(batch));
    const experts = (layers: number) => ({ ...model, experts: { ...model.experts!, layers } });
    for (const layers of [47, 24, 1]) {
      assert.ok(ms({ model: experts(layers) }, decodes(batch)) <= all * (1 + 1e-9), `${layers}`);
    }
  }
});

Deno.test("physicalStepTime() shares the experts among data-parallel ranks, for dispatch and combine", () => {
  const { allToAll, exchangeUs } = EASY.coefficients;
  const vector = onlyVector({ ...READING.coefficients, allToAll, exchangeUs });
  const options = { model: MIXTRAL, vector };
  const batch = decodes(100);
  const shared = { ...options, expertParallel: true, dataParallel: 8 };
  const saved = ms(options, batch) - ms(shared, batch);
  const reading = 1.75 * readMs(8 * 32 * 3 * 4096 * 14_336 * 2 * (1 - 1 / 8));
  // Each of 32 layers brings the activations of seven ranks in and their sums back, over 450 GB/s.
  const exchanging = 2 * 32 * (1.3 * 100 * 7 * 4096 * 2 / 450e9 + 10e-6);
  near(saved, reading - exchanging * 1e3);
});

Deno.test("physicalStepTime() reads no less than one whole expert a layer with expert parallelism", () => {
  const oneTokenMs = (expertParallel: boolean) =>
    ms({ model: DEEPSEEK, tensorParallel: 16, expertParallel, vector: READING });
  // 8 of 256 experts on 16 GPUs is half an expert each, of which there are none.
  const half = 0.5 * 58 * 3 * 7168 * 2048;
  near(oneTokenMs(true) - oneTokenMs(false), 1.75 * readMs(half));
});

Deno.test("physicalStepTime() has a data-parallel rank of a dense model to itself", () => {
  assert.equal(ms({ dataParallel: 8, expertParallel: true }), ms({}));
});

Deno.test("physicalStepTime() of a pipeline reads the weights as often, and divides context and compute", () => {
  const [one, two] = [1, 2].map((pipelineParallel) =>
    physicalStepTime({ ...ONE_GPU, pipelineParallel })
  );
  assert.ok(Math.abs(one!.contextPs - 2 * two!.contextPs) <= 1);
  const { stepUs, syncStepUs, exchangeUs, pointToPoint } = EASY.coefficients;
  const host = { stepUs, syncStepUs, exchangeUs, pointToPoint };
  const vector = onlyVector({ ...READING.coefficients, ...host });
  const batch = decodes(8);
  // One more step's overhead, two hops of 10 µs, and the activations of eight tokens over NVLink.
  const added = 1100 + 2 * 10 + 1.7 * 8 * 4096 * 2 / 450e9 * 1e6;
  near((ms({ vector, pipelineParallel: 2 }, batch) - ms({ vector }, batch)) * 1e3, added, 1e-5);
  const computing = onlyVector({ compute: 1.5, attention: 2, activations: 0.5 });
  const long = batchOf([prefill(0, 8192)]);
  near(ms({ vector: computing, pipelineParallel: 2 }, long) / ms({ vector: computing }, long), 0.5);
});

Deno.test("physicalStepTime() all-reduces over the link, by bytes and by number", () => {
  const { allReduce, allReduceUs } = EASY.coefficients;
  const vector = onlyVector({ ...READING.coefficients, allReduce, allReduceUs });
  const batch = decodes(64);
  const [one, two] = [1, 2].map((tensorParallel) =>
    ms({ gpu: A100, tensorParallel, vector }, batch)
  );
  const halved = weightBytesRead(LLAMA_8B, 64) / 2 + 128_256 * 4096 * 2 / 2;
  const reading = 1.25 * halved / 2.039e12;
  // 64 all-reduces of 64 tokens, half of 2·4096·2 bytes each, over 300 GB/s, and 7 µs for each.
  const exchanging = 64 * (1.6 * 64 * 4096 * 2 / 300e9 + 7e-6);
  near(one! - two!, (reading - exchanging) * 1e3);
});

Deno.test("physicalStepTime() caps the context of layers with a window", () => {
  const options = { ...ONE_GPU, model: GPT_OSS };
  const { contextPs, window, fixedPs } = physicalStepTime(options);
  const perLayer = 1.2 * 2 * 8 * 64 * 2 / 3.35e12 * 1e12;
  assert.deepEqual(window, { tokens: 128, contextPs: Math.round(18 * perLayer) });
  assert.equal(contextPs, Math.round(18 * perLayer));
  const parts = [prefill(20_000, 4096)];
  const capped = fixedPs(batchOf(parts, 128));
  // As long as the window is past the context, it makes no difference.
  assert.equal(fixedPs(batchOf(parts)), fixedPs(batchOf(parts, 30_000)));
  // Pairs of half a query and a key that are out of the window: not computed, nor read by tiles.
  const uncapped = 4096 * (2 * 20_000 + 4096) - (2 * 128 * 4096 - 4096);
  const computed = 2 * 18 * 2 * 64 * 64 * uncapped / 989e12;
  const read = 1.1 * 18 * 2 * 8 * 64 * 2 * uncapped / (2 * 128) / 3.35e12;
  near((fixedPs(batchOf(parts)) - capped) / 1e12, computed + read, 1e-9);
});

Deno.test("physicalStepTime() reads the whole latent cache on each GPU, or computes as long as that", () => {
  const contextPs = (gpu: typeof H100, tensorParallel: number) =>
    physicalStepTime({ ...ONE_GPU, model: DEEPSEEK, gpu, tensorParallel }).contextPs;
  const read = 1.2 * 61 * (512 + 64) * 2 / 3.35e12 * 1e12;
  assert.equal(contextPs(H100, 8), Math.round(read));
  assert.equal(contextPs(H100, 16), Math.round(read));
  // An A100 has 153 FLOPs a byte, and 128 heads over 2·512 + 64 want 242: computing is longer.
  const compute = 2 * 61 * 2 * 128 * (2 * 512 + 64) / 312e12 * 1e12;
  assert.equal(contextPs(A100, 1), Math.round(compute));
});

Deno.test("loraWork() counts the 41,943,040 weights of rank 16 on every matrix of Llama-3.1-8B", () => {
  // What peft prints for r=16 and all linear layers of this model.
  assert.equal(loraWork(LLAMA_8B, 16, 1).adapterBytes, 2 * 41_943_040);
  // The half that tensor parallelism does not divide stays: 16·4096 a matrix, 7 in 32 layers.
  const whole = 7 * 32 * 16 * 4096;
  const expected = 2 * (whole + (41_943_040 - whole) / 4);
  assert.equal(loraWork(LLAMA_8B, 16, 4).adapterBytes, expected);
});

Deno.test("physicalStepTime() reads each adapter of the batch once, and runs its kernels once", () => {
  const options = { lora: { rank: 16 } };
  const withAdapters = (adapters: number) => ms(options, { ...decodes(10), adapters });
  assert.equal(withAdapters(0), ms({}, decodes(10)));
  near(withAdapters(3) - withAdapters(2), 1.4 * readMs(2 * 41_943_040));
  const tokens = 1.4 * 10 * 2 * 41_943_040 / 989e12 * 1e3;
  const first = 1.4 * readMs(2 * 41_943_040) + tokens + 8 * 32 * 3e-3;
  near(withAdapters(1) - withAdapters(0), first);
});

const speculating = (tokens: number, batch = 1) => ({
  ...decodes(batch),
  decodeTokens: batch * (1 + tokens),
});

Deno.test("physicalStepTime() has n-grams for nothing and other drafts for their layers", () => {
  const vector = onlyVector({ ...READING.coefficients, layerUs: 20 });
  const step = (method: "ngram" | "eagle" | "mtp", tokens: number) =>
    ms({ speculative: { tokens, method }, vector }, speculating(tokens));
  near(step("ngram", 2), ms({ vector }, speculating(2)));
  // A layer, its output layer, and 2·4096² weights at the entrance; 20 µs for the layer.
  const read = 218_103_808 + 128_256 * 4096 + 2 * 4096 ** 2;
  const draft = 1.25 * readMs(read * 2) + 20e-3;
  for (const tokens of [1, 2, 4]) {
    near(step("eagle", tokens) - step("ngram", tokens), tokens * draft);
    assert.equal(step("mtp", tokens), step("eagle", tokens));
  }
  assert.ok(
    ms({ model: MIXTRAL, speculative: { tokens: 1, method: "mtp" } }, speculating(1)) >
      ms({ model: MIXTRAL, speculative: { tokens: 1, method: "eagle" } }, speculating(1)),
  );
});

Deno.test("physicalStepTime() runs a draft model once a proposed token, its context too", () => {
  const draft = LLAMA_8B_FP8;
  const speculative = { tokens: 3, method: "draft_model", draft } as const;
  const [plain, time, alone] = [
    physicalStepTime(ONE_GPU),
    physicalStepTime({ ...ONE_GPU, speculative }),
    physicalStepTime({ ...ONE_GPU, model: draft }),
  ];
  assert.ok(Math.abs(time.contextPs - plain.contextPs - 3 * alone.contextPs) <= 3);
  // As it takes alone, without the host's part.
  const draftPs = alone.fixedPs(ONE_DECODE) - (100 + 1000 + 5 + 30) * 1e6;
  const batch = speculating(3);
  near((time.fixedPs(batch) - plain.fixedPs(batch) - 3 * draftPs) / 1e6, 0, 1e-5);
  // A prompt goes through it once.
  const prompt = batchOf([prefill(0, 500)]);
  const onPrompt = alone.fixedPs(prompt) - (100 + 1000 + 5 + 30) * 1e6;
  near((time.fixedPs(prompt) - plain.fixedPs(prompt) - onPrompt) / 1e6, 0, 1e-5);
  assert.throws(
    () => physicalStepTime({ ...ONE_GPU, speculative: { tokens: 1, method: "draft_model" } }),
    /names no draft/,
  );
});
