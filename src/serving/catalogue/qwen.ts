// Alibaba's Qwen models.
//
// Source: config.json of each first repository, checked against what others print of it: Lightning
// AI's litgpt 0006c97, `litgpt/config.py` (shapes of Qwen 2.5, QwQ, Qwen 3 and its 2507 editions),
// copies on Hugging Face (Qwen 2, DeepSeek's distillations, positions of 3B, 32B and 72B Instruct,
// both Qwen 3 Coders) and QwenLM/QwQ#26 (QwQ's positions, 128K at first). Not seen: positions of
// the other Instruct models and the quantised repositories but for Coder 480B's FP8, as remembered.

import type { ExpertFacts, ModelFacts } from "../model_facts.ts";
import { gated, quantised } from "./shape.ts";

/** Eight experts a token in every layer. */
function mixture(count: number, feedForward: number, layers: number): ExpertFacts {
  return { count, active: 8, feedForward, sharedFeedForward: 0, layers, precision: "bf16" };
}

const QWEN25_7B = gated([28, 3584, 28, 4, 18_944], 152_064, 32_768, [
  "qwen/qwen2.5-7b-instruct",
  "qwen/qwen2.5-coder-7b-instruct",
  "qwen/qwen2-7b-instruct",
]);
const QWEN25_14B = gated([48, 5120, 40, 8, 13_824], 152_064, 32_768, [
  "qwen/qwen2.5-14b-instruct",
  "qwen/qwen2.5-coder-14b-instruct",
]);
const QWEN25_32B = gated([64, 5120, 40, 8, 27_648], 152_064, 32_768, [
  "qwen/qwen2.5-32b-instruct",
  "qwen/qwen2.5-coder-32b-instruct",
]);

/** Qwen 2 and 2.5, and DeepSeek's distillations into them. AWQ in groups of 128, else fp16. */
const QWEN2: readonly ModelFacts[] = [
  gated([24, 896, 14, 2, 4864], 151_936, 32_768, [
    "qwen/qwen2.5-0.5b-instruct",
  ], { tiedEmbeddings: true }),
  gated([28, 1536, 12, 2, 8960], 151_936, 32_768, [
    "qwen/qwen2.5-1.5b-instruct",
  ], { tiedEmbeddings: true }),
  gated([36, 2048, 16, 2, 11_008], 151_936, 32_768, [
    "qwen/qwen2.5-3b-instruct",
  ], { tiedEmbeddings: true }),
  QWEN25_7B,
  QWEN25_14B,
  QWEN25_32B,
  quantised({ ...QWEN25_7B, dtype: "fp16" }, "int4", ["qwen/qwen2.5-7b-instruct-awq"]),
  quantised({ ...QWEN25_14B, dtype: "fp16" }, "int4", ["qwen/qwen2.5-14b-instruct-awq"]),
  quantised({ ...QWEN25_32B, dtype: "fp16" }, "int4", ["qwen/qwen2.5-32b-instruct-awq"]),
  gated([28, 3584, 28, 4, 18_944], 152_064, 131_072, [
    "qwen/qwen2.5-7b",
    "qwen/qwen2-7b",
    "deepseek-ai/deepseek-r1-distill-qwen-7b",
  ]),
  gated([48, 5120, 40, 8, 13_824], 152_064, 131_072, ["deepseek-ai/deepseek-r1-distill-qwen-14b"]),
  gated([64, 5120, 40, 8, 27_648], 152_064, 131_072, ["deepseek-ai/deepseek-r1-distill-qwen-32b"]),
  gated([64, 5120, 40, 8, 27_648], 152_064, 40_960, ["qwen/qwq-32b"]),
  gated([80, 8192, 64, 8, 29_568], 152_064, 32_768, [
    "qwen/qwen2.5-72b-instruct",
    "qwen/qwen2-72b-instruct",
  ]),
];

const SMALL = { headSize: 128, tiedEmbeddings: true } as const;
const QWEN3_06B = gated([28, 1024, 16, 8, 3072], 151_936, 40_960, ["qwen/qwen3-0.6b"], SMALL);
const QWEN3_17B = gated([28, 2048, 16, 8, 6144], 151_936, 40_960, ["qwen/qwen3-1.7b"], SMALL);
const QWEN3_4B = gated([36, 2560, 32, 8, 9728], 151_936, 40_960, ["qwen/qwen3-4b"], SMALL);
const QWEN3_8B = gated([36, 4096, 32, 8, 12_288], 151_936, 40_960, ["qwen/qwen3-8b"]);
const QWEN3_14B = gated([40, 5120, 40, 8, 17_408], 151_936, 40_960, ["qwen/qwen3-14b"]);
const QWEN3_32B = gated([64, 5120, 64, 8, 25_600], 151_936, 40_960, [
  "qwen/qwen3-32b",
], { headSize: 128 });

const SHAPE_30B = [48, 2048, 32, 4, 6144] as const;
const EXPERTS_30B = { headSize: 128, experts: mixture(128, 768, 48) } as const;
const QWEN3_30B = gated(SHAPE_30B, 151_936, 40_960, ["qwen/qwen3-30b-a3b"], EXPERTS_30B);
const QWEN3_30B_LONG = gated(SHAPE_30B, 151_936, 262_144, [
  "qwen/qwen3-30b-a3b-instruct-2507",
  "qwen/qwen3-30b-a3b-thinking-2507",
  "qwen/qwen3-coder-30b-a3b-instruct",
], EXPERTS_30B);

const SHAPE_235B = [94, 4096, 64, 4, 12_288] as const;
const EXPERTS_235B = { headSize: 128, experts: mixture(128, 1536, 94) } as const;
const QWEN3_235B = gated(SHAPE_235B, 151_936, 40_960, ["qwen/qwen3-235b-a22b"], EXPERTS_235B);
const QWEN3_235B_LONG = gated(SHAPE_235B, 151_936, 262_144, [
  "qwen/qwen3-235b-a22b-instruct-2507",
  "qwen/qwen3-235b-a22b-thinking-2507",
], EXPERTS_235B);

const QWEN3_CODER_480B = gated([62, 6144, 96, 8, 8192], 151_936, 262_144, [
  "qwen/qwen3-coder-480b-a35b-instruct",
], { headSize: 128, experts: mixture(160, 2560, 62) });

/** Qwen 3. Its FP8 repositories scale blocks of 128 × 128 and leave output layer and routers alone. */
const QWEN3: readonly ModelFacts[] = [
  ...[QWEN3_06B, QWEN3_17B, QWEN3_4B, QWEN3_8B, QWEN3_14B, QWEN3_32B],
  gated([36, 2560, 32, 8, 9728], 151_936, 262_144, [
    "qwen/qwen3-4b-instruct-2507",
    "qwen/qwen3-4b-thinking-2507",
  ], SMALL),
  ...[QWEN3_30B, QWEN3_30B_LONG, QWEN3_235B, QWEN3_235B_LONG, QWEN3_CODER_480B],
];

const WITH_FP8 = [QWEN3_06B, QWEN3_17B, QWEN3_4B, QWEN3_8B, QWEN3_14B, QWEN3_32B].concat(
  [QWEN3_30B, QWEN3_30B_LONG, QWEN3_235B, QWEN3_235B_LONG, QWEN3_CODER_480B],
);

export const QWEN: readonly ModelFacts[] = [
  ...QWEN2,
  ...QWEN3,
  ...WITH_FP8.map((model) =>
    quantised(model, "fp8", model.repositories.map((repository) => `${repository}-fp8`))
  ),
];
