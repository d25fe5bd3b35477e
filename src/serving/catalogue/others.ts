// IBM's Granite, Microsoft's Phi, OpenAI's GPT-2, Meta's OPT.
//
// Source: config.json of each first repository, checked against what others print of it: pages and
// copies on Hugging Face (Granite 3.0 to 3.3, Phi 3, GPT-2 XL, every OPT), Lightning AI's litgpt
// 0006c97, `litgpt/config.py` (Phi), and karpathy/nanoGPT, `model.py` (GPT-2). Not seen: Granite's
// base models and 3.2 8B, as remembered.

import type { ModelFacts } from "../model_facts.ts";
import { gated, gelu } from "./shape.ts";

const TIED = { tiedEmbeddings: true } as const;

/** Rows: layers, hidden, heads, KV heads, feed-forward; vocabulary, positions. */
const GRANITE: readonly ModelFacts[] = [
  gated([40, 4096, 32, 8, 12_800], 49_159, 131_072, [
    "ibm-granite/granite-3.3-8b-instruct",
    "ibm-granite/granite-3.3-8b-base",
  ], TIED),
  gated([40, 4096, 32, 8, 12_800], 49_155, 131_072, [
    "ibm-granite/granite-3.1-8b-instruct",
    "ibm-granite/granite-3.2-8b-instruct",
  ], TIED),
  gated([40, 4096, 32, 8, 12_800], 49_155, 4096, [
    "ibm-granite/granite-3.0-8b-instruct",
    "ibm-granite/granite-3.0-8b-base",
  ], TIED),
  gated([40, 2048, 32, 8, 8192], 49_159, 131_072, [
    "ibm-granite/granite-3.3-2b-instruct",
    "ibm-granite/granite-3.3-2b-base",
  ], TIED),
  gated([40, 2048, 32, 8, 8192], 49_155, 131_072, [
    "ibm-granite/granite-3.1-2b-instruct",
    "ibm-granite/granite-3.2-2b-instruct",
  ], TIED),
  gated([40, 2048, 32, 8, 8192], 49_155, 4096, [
    "ibm-granite/granite-3.0-2b-instruct",
    "ibm-granite/granite-3.0-2b-base",
  ], TIED),
];

/** Windows that are wider than the positions are left out. */
const PHI: readonly ModelFacts[] = [
  gated([32, 3072, 32, 32, 8192], 32_064, 4096, [
    "microsoft/phi-3-mini-4k-instruct",
  ], { slidingWindow: { tokens: 2047, layers: 32 } }),
  gated([32, 3072, 32, 32, 8192], 32_064, 131_072, [
    "microsoft/phi-3-mini-128k-instruct",
    "microsoft/phi-3.5-mini-instruct",
  ]),
  gated([40, 5120, 40, 10, 17_920], 32_064, 4096, [
    "microsoft/phi-3-medium-4k-instruct",
  ], { slidingWindow: { tokens: 2047, layers: 40 } }),
  gated([40, 5120, 40, 10, 17_920], 32_064, 131_072, ["microsoft/phi-3-medium-128k-instruct"]),
  gated([40, 5120, 40, 10, 17_920], 100_352, 16_384, ["microsoft/phi-4"]),
  gated([32, 3072, 24, 8, 8192], 200_064, 131_072, ["microsoft/phi-4-mini-instruct"], TIED),
];

/** Rows: layers, hidden, heads, feed-forward; vocabulary, positions, rows of the table of positions. */
const LEARNED_POSITIONS: readonly ModelFacts[] = [
  gelu([12, 768, 12, 3072], 50_257, 1024, 1024, ["openai-community/gpt2", "gpt2"]),
  gelu([24, 1024, 16, 4096], 50_257, 1024, 1024, ["openai-community/gpt2-medium"]),
  gelu([36, 1280, 20, 5120], 50_257, 1024, 1024, ["openai-community/gpt2-large"]),
  gelu([48, 1600, 25, 6400], 50_257, 1024, 1024, ["openai-community/gpt2-xl"]),
  // OPT's table begins two rows early.
  gelu([12, 768, 12, 3072], 50_272, 2048, 2050, ["facebook/opt-125m"]),
  gelu([24, 2048, 32, 8192], 50_272, 2048, 2050, ["facebook/opt-1.3b"]),
  gelu([32, 4096, 32, 16_384], 50_272, 2048, 2050, ["facebook/opt-6.7b"]),
  gelu([40, 5120, 40, 20_480], 50_272, 2048, 2050, ["facebook/opt-13b"]),
  gelu([48, 7168, 56, 28_672], 50_272, 2048, 2050, ["facebook/opt-30b"]),
];

export const OTHERS: readonly ModelFacts[] = [...GRANITE, ...PHI, ...LEARNED_POSITIONS];
