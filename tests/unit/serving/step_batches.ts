// What the step time's tests share: batches request by request, and architectures of every kind.
import type { ModelFacts } from "../../../src/serving/models.ts";
import type { StepBatch } from "../../../src/serving/step_time.ts";
import fc from "../../fast_check.ts";

/** A request's share of a step: `tokens` new ones after `before`; `decode` when it answers. */
export interface Part {
  readonly before: number;
  readonly tokens: number;
  readonly decode: boolean;
}

export const prefill = (before: number, tokens: number): Part => ({
  before,
  tokens,
  decode: false,
});
export const decode = (before: number): Part => ({ before, tokens: 1, decode: true });

/** The batch of these requests; with a window, of a model that has one. */
export function batchOf(parts: readonly Part[], window?: number): StepBatch {
  const prefills = parts.filter((part) => !part.decode);
  const sum = (of: (part: Part) => number) => prefills.reduce((all, part) => all + of(part), 0);
  return {
    prefillTokens: sum(({ tokens }) => tokens),
    prefillAttention: sum(({ before, tokens }) => tokens * (2 * before + tokens)),
    ...(window === undefined ? {} : {
      prefillWindowAttention: sum(({ before, tokens }) => {
        let seen = 0;
        for (let i = 1; i <= tokens; i++) seen += Math.min(before + i, window);
        return 2 * seen;
      }),
    }),
    decodeTokens: parts.length - prefills.length,
    requests: parts.length,
  };
}

export const somePart = fc.oneof(
  fc.tuple(fc.nat(100_000), fc.integer({ min: 1, max: 8192 })).map(([s, t]) => prefill(s, t)),
  fc.nat(130_000).map(decode),
);
export const someParts = fc.array(somePart, { minLength: 1, maxLength: 40 });

const bf16 = { precision: "bf16", dtype: "bf16", tiedEmbeddings: false } as const;

/** config.json of mistralai/Mixtral-8x7B-v0.1: eight experts in every layer, two for a token. */
export const MIXTRAL: ModelFacts = {
  ...bf16,
  repositories: ["mixtral"],
  layers: 32,
  hidden: 4096,
  heads: 32,
  kvHeads: 8,
  headSize: 128,
  feedForward: 14_336,
  experts: {
    count: 8,
    active: 2,
    feedForward: 14_336,
    sharedFeedForward: 0,
    layers: 32,
    precision: "bf16",
  },
  vocabulary: 32_000,
  maxPositions: 32_768,
};

/** config.json of deepseek-ai/DeepSeek-V3: latent attention, fp8, a shared expert. */
export const DEEPSEEK: ModelFacts = {
  ...bf16,
  precision: "fp8",
  repositories: ["deepseek"],
  layers: 61,
  hidden: 7168,
  heads: 128,
  kvHeads: 128,
  headSize: 128,
  feedForward: 18_432,
  experts: {
    count: 256,
    active: 8,
    feedForward: 2048,
    sharedFeedForward: 2048,
    layers: 58,
    precision: "fp8",
  },
  latent: { kvRank: 512, ropeHeadSize: 64, queryRank: 1536, nopeHeadSize: 128, valueHeadSize: 128 },
  vocabulary: 129_280,
  maxPositions: 163_840,
};

/** config.json of openai/gpt-oss-120b: experts in mxfp4, every second layer with a window of 128. */
export const GPT_OSS: ModelFacts = {
  ...bf16,
  repositories: ["gpt-oss"],
  layers: 36,
  hidden: 2880,
  heads: 64,
  kvHeads: 8,
  headSize: 64,
  feedForward: 2880,
  experts: {
    count: 128,
    active: 4,
    feedForward: 2880,
    sharedFeedForward: 0,
    layers: 36,
    precision: "mxfp4",
  },
  slidingWindow: { tokens: 128, layers: 18 },
  vocabulary: 201_088,
  maxPositions: 131_072,
};

/** config.json of RedHatAI/Meta-Llama-3.1-8B-Instruct-FP8. */
export const LLAMA_8B_FP8: ModelFacts = {
  ...bf16,
  precision: "fp8",
  repositories: ["llama-fp8"],
  layers: 32,
  hidden: 4096,
  heads: 32,
  kvHeads: 8,
  headSize: 128,
  feedForward: 14_336,
  vocabulary: 128_256,
  maxPositions: 131_072,
};

export const ARCHITECTURES = [MIXTRAL, DEEPSEEK, GPT_OSS, LLAMA_8B_FP8];
