// DeepSeek's and OpenAI's mixtures of experts.
//
// Source: config.json of each first repository, checked against copies that others print of it: V3
// and V2-Lite as a whole; gpt-oss by EchoCog/gpt-oss-20b (its architecture notes) and the defaults
// of vLLM's and Transformers' GptOssConfig, which are gpt-oss-120b's.

import type { ModelFacts } from "../model_facts.ts";
import { gated } from "./shape.ts";

/** DeepSeek-V2's attention without compressed queries; the same in Lite models. */
const LITE_LATENT = {
  kvRank: 512,
  ropeHeadSize: 64,
  queryRank: 0,
  nopeHeadSize: 128,
  valueHeadSize: 128,
};

/** DeepSeek publishes V3 and R1 in fp8, with one layer for multi-token prediction. */
const DEEPSEEK: readonly ModelFacts[] = [
  gated([61, 7168, 128, 128, 18_432], 129_280, 163_840, [
    "deepseek-ai/deepseek-v3",
    "deepseek-ai/deepseek-r1",
    "deepseek-ai/deepseek-v3-0324",
    "deepseek-ai/deepseek-r1-0528",
    "deepseek-ai/deepseek-v3.1",
  ], {
    headSize: 128,
    latent: { ...LITE_LATENT, queryRank: 1536 },
    experts: {
      count: 256,
      active: 8,
      feedForward: 2048,
      sharedFeedForward: 2048,
      layers: 58,
      precision: "fp8",
    },
    predictionLayers: 1,
    precision: "fp8",
  }),
  gated([27, 2048, 16, 16, 10_944], 102_400, 163_840, [
    "deepseek-ai/deepseek-v2-lite",
    "deepseek-ai/deepseek-v2-lite-chat",
    "deepseek-ai/deepseek-coder-v2-lite-instruct",
  ], {
    headSize: 128,
    latent: LITE_LATENT,
    experts: {
      count: 64,
      active: 6,
      feedForward: 1408,
      sharedFeedForward: 2 * 1408,
      layers: 26,
      precision: "bf16",
    },
  }),
];

/** Experts in mxfp4, the rest in bf16; every second layer attends to 128 tokens. */
function gptOss(layers: number, count: number, repository: string): ModelFacts {
  return gated([layers, 2880, 64, 8, 2880], 201_088, 131_072, [repository], {
    headSize: 64,
    slidingWindow: { tokens: 128, layers: layers / 2 },
    experts: {
      count,
      active: 4,
      feedForward: 2880,
      sharedFeedForward: 0,
      layers,
      precision: "mxfp4",
    },
  });
}

export const MIXTURES: readonly ModelFacts[] = [
  ...DEEPSEEK,
  gptOss(24, 32, "openai/gpt-oss-20b"),
  gptOss(36, 128, "openai/gpt-oss-120b"),
];
