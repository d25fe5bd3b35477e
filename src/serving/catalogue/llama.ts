// Meta's Llama models and those of the same architecture.
//
// Source: config.json of each first repository, checked against what others print of it: Lightning
// AI's litgpt 0006c97, `litgpt/config.py` (Llama 2 to 3.3, CodeLlama, TinyLlama), copies on Hugging
// Face (Yi, Red Hat's 405B, Hugging Quants' 70B), AMD-AGI/Primus#165 (Llama 4 Scout) and
// tenstorrent/tt-inference-server#564 (positions of Scout-Instruct). Not seen: those of the other
// quantised repositories, which are as remembered.

import type { ModelFacts } from "../model_facts.ts";
import { gated, quantised } from "./shape.ts";

const LLAMA_31_8B = gated([32, 4096, 32, 8, 14_336], 128_256, 131_072, [
  "meta-llama/llama-3.1-8b-instruct",
  "meta-llama/llama-3.1-8b",
  "meta-llama/meta-llama-3.1-8b-instruct",
  "meta-llama/meta-llama-3.1-8b",
  "deepseek-ai/deepseek-r1-distill-llama-8b",
]);

const LLAMA_31_70B = gated([80, 8192, 64, 8, 28_672], 128_256, 131_072, [
  "meta-llama/llama-3.1-70b-instruct",
  "meta-llama/llama-3.1-70b",
  "meta-llama/meta-llama-3.1-70b-instruct",
  "meta-llama/meta-llama-3.1-70b",
  "meta-llama/llama-3.3-70b-instruct",
  "deepseek-ai/deepseek-r1-distill-llama-70b",
]);

/** Meta first published it with 16 KV heads; copies of that time still have them. */
const LLAMA_31_405B = gated([126, 16_384, 128, 8, 53_248], 128_256, 131_072, [
  "meta-llama/llama-3.1-405b-instruct",
  "meta-llama/llama-3.1-405b",
  "meta-llama/meta-llama-3.1-405b-instruct",
  "meta-llama/meta-llama-3.1-405b",
]);

/**
 * Llama 4's chunks of 8,192 tokens are counted as a window of as many: as much KV cache, and at most
 * the attention that they compute. Its router adds one expert to a shared one; beside the decoder are
 * the vision tower and its projector, by the 108,641,793,536 parameters that Hugging Face counts.
 */
const LLAMA_4_SCOUT = gated([48, 5120, 40, 8, 16_384], 202_048, 10_485_760, [
  "meta-llama/llama-4-scout-17b-16e-instruct",
], {
  experts: {
    count: 16,
    active: 1,
    feedForward: 8192,
    sharedFeedForward: 8192,
    layers: 48,
    precision: "bf16",
  },
  slidingWindow: { tokens: 8192, layers: 36 },
  besideDecoder: 870_000_000,
});

/**
 * Rows: layers, hidden, heads, KV heads, feed-forward; vocabulary, positions. Red Hat's (once Neural
 * Magic's) FP8, w8a8 and w4a16 and Hugging Quants' AWQ leave embeddings and output layer in 16 bits
 * (`ignore: ["lm_head"]`); AWQ's 16 bits are fp16. Meta's own 405B-FP8 keeps attention in bf16: not
 * among them.
 */
export const LLAMA: readonly ModelFacts[] = [
  gated([80, 8192, 64, 8, 28_672], 128_256, 8192, [
    "meta-llama/meta-llama-3-70b-instruct",
    "meta-llama/meta-llama-3-70b",
  ]),
  gated([32, 4096, 32, 8, 14_336], 128_256, 8192, [
    "meta-llama/meta-llama-3-8b-instruct",
    "meta-llama/meta-llama-3-8b",
  ]),
  LLAMA_31_8B,
  LLAMA_31_70B,
  LLAMA_31_405B,
  quantised(LLAMA_31_8B, "fp8", [
    "redhatai/meta-llama-3.1-8b-instruct-fp8",
    "neuralmagic/meta-llama-3.1-8b-instruct-fp8",
    "redhatai/meta-llama-3.1-8b-instruct-fp8-dynamic",
    "neuralmagic/meta-llama-3.1-8b-instruct-fp8-dynamic",
  ]),
  quantised(LLAMA_31_70B, "fp8", [
    "redhatai/meta-llama-3.1-70b-instruct-fp8",
    "neuralmagic/meta-llama-3.1-70b-instruct-fp8",
    "redhatai/meta-llama-3.1-70b-instruct-fp8-dynamic",
    "neuralmagic/meta-llama-3.1-70b-instruct-fp8-dynamic",
    "redhatai/llama-3.3-70b-instruct-fp8-dynamic",
    "neuralmagic/llama-3.3-70b-instruct-fp8-dynamic",
  ]),
  quantised(LLAMA_31_405B, "fp8", [
    "redhatai/meta-llama-3.1-405b-instruct-fp8",
    "neuralmagic/meta-llama-3.1-405b-instruct-fp8",
    "redhatai/meta-llama-3.1-405b-instruct-fp8-dynamic",
    "neuralmagic/meta-llama-3.1-405b-instruct-fp8-dynamic",
  ]),
  quantised(LLAMA_31_8B, "int8", [
    "redhatai/meta-llama-3.1-8b-instruct-quantized.w8a8",
    "neuralmagic/meta-llama-3.1-8b-instruct-quantized.w8a8",
  ]),
  quantised(LLAMA_31_70B, "int8", [
    "redhatai/meta-llama-3.1-70b-instruct-quantized.w8a8",
    "neuralmagic/meta-llama-3.1-70b-instruct-quantized.w8a8",
  ]),
  quantised(LLAMA_31_8B, "int4", [
    "redhatai/meta-llama-3.1-8b-instruct-quantized.w4a16",
    "neuralmagic/meta-llama-3.1-8b-instruct-quantized.w4a16",
  ]),
  quantised({ ...LLAMA_31_8B, dtype: "fp16" }, "int4", [
    "hugging-quants/meta-llama-3.1-8b-instruct-awq-int4",
  ]),
  quantised(LLAMA_31_70B, "int4", [
    "redhatai/meta-llama-3.1-70b-instruct-quantized.w4a16",
    "neuralmagic/meta-llama-3.1-70b-instruct-quantized.w4a16",
  ]),
  quantised({ ...LLAMA_31_70B, dtype: "fp16" }, "int4", [
    "hugging-quants/meta-llama-3.1-70b-instruct-awq-int4",
  ]),
  gated([16, 2048, 32, 8, 8192], 128_256, 131_072, [
    "meta-llama/llama-3.2-1b-instruct",
    "meta-llama/llama-3.2-1b",
  ], { tiedEmbeddings: true }),
  gated([28, 3072, 24, 8, 8192], 128_256, 131_072, [
    "meta-llama/llama-3.2-3b-instruct",
    "meta-llama/llama-3.2-3b",
  ], { tiedEmbeddings: true }),
  gated([80, 8192, 64, 8, 28_672], 32_000, 4096, [
    "meta-llama/llama-2-70b-hf",
    "meta-llama/llama-2-70b-chat-hf",
  ], { dtype: "fp16" }),
  gated([40, 5120, 40, 40, 13_824], 32_000, 4096, [
    "meta-llama/llama-2-13b-hf",
    "meta-llama/llama-2-13b-chat-hf",
  ], { dtype: "fp16" }),
  gated([32, 4096, 32, 32, 11_008], 32_000, 4096, [
    "meta-llama/llama-2-7b-hf",
    "meta-llama/llama-2-7b-chat-hf",
  ], { dtype: "fp16" }),
  // Its smaller sisters have 32,016 tokens, for infilling.
  gated([48, 8192, 64, 8, 22_016], 32_000, 16_384, [
    "codellama/codellama-34b-instruct-hf",
    "codellama/codellama-34b-hf",
  ]),
  LLAMA_4_SCOUT,
  { ...LLAMA_4_SCOUT, repositories: ["meta-llama/llama-4-scout-17b-16e"], maxPositions: 262_144 },
  gated([22, 2048, 32, 4, 5632], 32_000, 2048, ["tinyllama/tinyllama-1.1b-chat-v1.0"]),
  gated([32, 4096, 32, 4, 11_008], 64_000, 4096, ["01-ai/yi-6b-chat", "01-ai/yi-6b"]),
  gated([48, 4096, 32, 4, 11_008], 64_000, 4096, ["01-ai/yi-1.5-9b-chat", "01-ai/yi-1.5-9b"]),
  gated([60, 7168, 56, 8, 20_480], 64_000, 4096, [
    "01-ai/yi-34b-chat",
    "01-ai/yi-34b",
    "01-ai/yi-1.5-34b-chat",
  ]),
];
