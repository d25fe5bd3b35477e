// Mistral AI's models.
//
// Source: config.json of each first repository, checked against what others print of it: Lightning
// AI's litgpt 0006c97, `litgpt/config.py` (7B, Mixtral, shape of Small 24B) and pages and copies on
// Hugging Face (7B v0.1, Nemo, whose positions were 1,024,000 at first, Small 2501 and 3.1, both
// Mixtrals). Mixtral 8x22B's base has 32,000 tokens: its v0.3 extends them to 32,768 (README of
// mistralai/mistral-inference).

import type { ExpertFacts, ModelFacts } from "../model_facts.ts";
import { gated } from "./shape.ts";

/** Two of eight experts in every layer. */
function mixture(feedForward: number, layers: number): ExpertFacts {
  return { count: 8, active: 2, feedForward, sharedFeedForward: 0, layers, precision: "bf16" };
}

const MIXTRAL_8X22B = [56, 6144, 48, 8, 16_384] as const;

/** Rows: layers, hidden, heads, KV heads, feed-forward; vocabulary, positions. */
export const MISTRAL: readonly ModelFacts[] = [
  gated([32, 4096, 32, 8, 14_336], 32_768, 32_768, [
    "mistralai/mistral-7b-instruct-v0.3",
    "mistralai/mistral-7b-v0.3",
  ]),
  gated([32, 4096, 32, 8, 14_336], 32_000, 32_768, ["mistralai/mistral-7b-instruct-v0.2"]),
  gated([32, 4096, 32, 8, 14_336], 32_000, 32_768, [
    "mistralai/mistral-7b-instruct-v0.1",
    "mistralai/mistral-7b-v0.1",
  ], { slidingWindow: { tokens: 4096, layers: 32 } }),
  gated([40, 5120, 32, 8, 14_336], 131_072, 131_072, [
    "mistralai/mistral-nemo-instruct-2407",
  ], { headSize: 128 }),
  gated([40, 5120, 32, 8, 32_768], 131_072, 32_768, [
    "mistralai/mistral-small-24b-instruct-2501",
    "mistralai/mistral-small-24b-base-2501",
  ], { headSize: 128 }),
  // The same with a vision tower, by the 24,011,361,280 parameters that Hugging Face counts.
  gated([40, 5120, 32, 8, 32_768], 131_072, 131_072, [
    "mistralai/mistral-small-3.1-24b-instruct-2503",
    "mistralai/mistral-small-3.1-24b-base-2503",
    "mistralai/mistral-small-3.2-24b-instruct-2506",
  ], { headSize: 128, besideDecoder: 438_958_080 }),
  gated([32, 4096, 32, 8, 14_336], 32_000, 32_768, [
    "mistralai/mixtral-8x7b-instruct-v0.1",
    "mistralai/mixtral-8x7b-v0.1",
  ], { experts: mixture(14_336, 32) }),
  gated(MIXTRAL_8X22B, 32_768, 65_536, [
    "mistralai/mixtral-8x22b-instruct-v0.1",
  ], { experts: mixture(16_384, 56) }),
  gated(MIXTRAL_8X22B, 32_000, 65_536, [
    "mistralai/mixtral-8x22b-v0.1",
  ], { experts: mixture(16_384, 56) }),
];
