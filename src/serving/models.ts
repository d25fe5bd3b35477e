// What a model is, by its published architecture.

/** One dense decoder-only transformer: its attention and its feed-forward layers, nothing else. */
export interface ModelFacts {
  /** Hugging Face repositories that hold these weights' architecture, lower case. */
  readonly repositories: readonly string[];
  readonly layers: number;
  readonly hidden: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headSize: number;
  readonly feedForward: number;
  /** Matrices of one feed-forward layer: three when gated (SwiGLU, GeGLU; the default), else two. */
  readonly feedForwardMatrices?: number;
  readonly vocabulary: number;
  /** True when the output layer shares the embedding's weights. */
  readonly tiedEmbeddings: boolean;
  readonly bytesPerWeight: number;
  /** The default `--max-model-len`, in tokens. */
  readonly maxPositions: number;
}

/**
 * Source: `config.json` of the first repository named. vLLM's `--dtype auto` serves all of them with
 * two bytes a weight. Sliding windows (Gemma 2, Mistral 7B v0.1) are counted as full attention.
 */
const FACTS: readonly ModelFacts[] = [
  // layers, hidden, heads, kvHeads, feedForward · vocabulary, maxPositions
  gated([80, 8192, 64, 8, 28_672], 128_256, 8192, [
    "meta-llama/meta-llama-3-70b-instruct",
    "meta-llama/meta-llama-3-70b",
  ]),
  gated([80, 8192, 64, 8, 28_672], 128_256, 131_072, [
    "meta-llama/llama-3.1-70b-instruct",
    "meta-llama/llama-3.1-70b",
    "meta-llama/llama-3.3-70b-instruct",
    "deepseek-ai/deepseek-r1-distill-llama-70b",
  ]),
  gated([32, 4096, 32, 8, 14_336], 128_256, 131_072, [
    "meta-llama/llama-3.1-8b-instruct",
    "meta-llama/llama-3.1-8b",
    "deepseek-ai/deepseek-r1-distill-llama-8b",
  ]),
  gated([32, 4096, 32, 8, 14_336], 128_256, 8192, [
    "meta-llama/meta-llama-3-8b-instruct",
    "meta-llama/meta-llama-3-8b",
  ]),
  gated([126, 16_384, 128, 8, 53_248], 128_256, 131_072, [
    "meta-llama/llama-3.1-405b-instruct",
    "meta-llama/llama-3.1-405b",
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
  ]),
  gated([40, 5120, 40, 40, 13_824], 32_000, 4096, [
    "meta-llama/llama-2-13b-hf",
    "meta-llama/llama-2-13b-chat-hf",
  ]),
  gated([32, 4096, 32, 32, 11_008], 32_000, 4096, [
    "meta-llama/llama-2-7b-hf",
    "meta-llama/llama-2-7b-chat-hf",
  ]),
  gated([48, 8192, 64, 8, 22_016], 32_016, 16_384, [
    "codellama/codellama-34b-instruct-hf",
    "codellama/codellama-34b-hf",
  ]),
  gated([22, 2048, 32, 4, 5632], 32_000, 2048, ["tinyllama/tinyllama-1.1b-chat-v1.0"]),

  gated([32, 4096, 32, 8, 14_336], 32_768, 32_768, [
    "mistralai/mistral-7b-instruct-v0.3",
    "mistralai/mistral-7b-v0.3",
  ]),
  gated([32, 4096, 32, 8, 14_336], 32_000, 32_768, [
    "mistralai/mistral-7b-instruct-v0.2",
    "mistralai/mistral-7b-instruct-v0.1",
    "mistralai/mistral-7b-v0.1",
  ]),
  gated([40, 5120, 32, 8, 32_768], 131_072, 32_768, [
    "mistralai/mistral-small-24b-instruct-2501",
    "mistralai/mistral-small-24b-base-2501",
  ], { headSize: 128 }),

  gated([24, 896, 14, 2, 4864], 151_936, 32_768, [
    "qwen/qwen2.5-0.5b-instruct",
  ], { tiedEmbeddings: true }),
  gated([28, 1536, 12, 2, 8960], 151_936, 32_768, [
    "qwen/qwen2.5-1.5b-instruct",
  ], { tiedEmbeddings: true }),
  gated([36, 2048, 16, 2, 11_008], 151_936, 32_768, [
    "qwen/qwen2.5-3b-instruct",
  ], { tiedEmbeddings: true }),
  gated([28, 3584, 28, 4, 18_944], 152_064, 32_768, [
    "qwen/qwen2.5-7b-instruct",
    "qwen/qwen2.5-coder-7b-instruct",
    "qwen/qwen2-7b-instruct",
  ]),
  gated([28, 3584, 28, 4, 18_944], 152_064, 131_072, ["qwen/qwen2.5-7b"]),
  gated([48, 5120, 40, 8, 13_824], 152_064, 32_768, [
    "qwen/qwen2.5-14b-instruct",
    "qwen/qwen2.5-coder-14b-instruct",
  ]),
  gated([64, 5120, 40, 8, 27_648], 152_064, 32_768, [
    "qwen/qwen2.5-32b-instruct",
    "qwen/qwen2.5-coder-32b-instruct",
  ]),
  gated([80, 8192, 64, 8, 29_568], 152_064, 32_768, [
    "qwen/qwen2.5-72b-instruct",
    "qwen/qwen2-72b-instruct",
  ]),
  gated([28, 1024, 16, 8, 3072], 151_936, 40_960, [
    "qwen/qwen3-0.6b",
  ], { headSize: 128, tiedEmbeddings: true }),
  gated([28, 2048, 16, 8, 6144], 151_936, 40_960, [
    "qwen/qwen3-1.7b",
  ], { headSize: 128, tiedEmbeddings: true }),
  gated([36, 2560, 32, 8, 9728], 151_936, 40_960, [
    "qwen/qwen3-4b",
  ], { headSize: 128, tiedEmbeddings: true }),
  gated([36, 4096, 32, 8, 12_288], 151_936, 40_960, ["qwen/qwen3-8b"]),
  gated([40, 5120, 40, 8, 17_408], 151_936, 40_960, ["qwen/qwen3-14b"]),
  gated([64, 5120, 64, 8, 25_600], 151_936, 40_960, ["qwen/qwen3-32b"], { headSize: 128 }),

  gated([40, 4096, 32, 8, 12_800], 49_159, 131_072, [
    "ibm-granite/granite-3.3-8b-instruct",
    "ibm-granite/granite-3.3-8b-base",
  ], { tiedEmbeddings: true }),
  gated([40, 4096, 32, 8, 12_800], 49_155, 131_072, [
    "ibm-granite/granite-3.1-8b-instruct",
    "ibm-granite/granite-3.2-8b-instruct",
  ], { tiedEmbeddings: true }),
  gated([40, 2048, 32, 8, 8192], 49_159, 131_072, [
    "ibm-granite/granite-3.3-2b-instruct",
    "ibm-granite/granite-3.3-2b-base",
  ], { tiedEmbeddings: true }),
  gated([40, 2048, 32, 8, 8192], 49_155, 131_072, [
    "ibm-granite/granite-3.1-2b-instruct",
    "ibm-granite/granite-3.2-2b-instruct",
  ], { tiedEmbeddings: true }),

  gated([32, 3072, 32, 32, 8192], 32_064, 4096, ["microsoft/phi-3-mini-4k-instruct"]),
  gated([32, 3072, 32, 32, 8192], 32_064, 131_072, ["microsoft/phi-3-mini-128k-instruct"]),
  gated([40, 5120, 40, 10, 17_920], 32_064, 4096, ["microsoft/phi-3-medium-4k-instruct"]),
  gated([40, 5120, 40, 10, 17_920], 100_352, 16_384, ["microsoft/phi-4"]),

  gated([26, 2304, 8, 4, 9216], 256_000, 8192, [
    "google/gemma-2-2b-it",
    "google/gemma-2-2b",
  ], { headSize: 256, tiedEmbeddings: true }),
  gated([42, 3584, 16, 8, 14_336], 256_000, 8192, [
    "google/gemma-2-9b-it",
    "google/gemma-2-9b",
  ], { headSize: 256, tiedEmbeddings: true }),
  gated([46, 4608, 32, 16, 36_864], 256_000, 8192, [
    "google/gemma-2-27b-it",
    "google/gemma-2-27b",
  ], { headSize: 128, tiedEmbeddings: true }),

  gated([32, 4096, 32, 4, 11_008], 64_000, 4096, ["01-ai/yi-6b-chat", "01-ai/yi-6b"]),
  gated([48, 4096, 32, 4, 11_008], 64_000, 4096, ["01-ai/yi-1.5-9b-chat", "01-ai/yi-1.5-9b"]),
  gated([60, 7168, 56, 8, 20_480], 64_000, 4096, [
    "01-ai/yi-34b-chat",
    "01-ai/yi-34b",
    "01-ai/yi-1.5-34b-chat",
  ]),

  gelu([12, 768, 12, 3072], 50_257, 1024, ["openai-community/gpt2", "gpt2"]),
  gelu([24, 1024, 16, 4096], 50_257, 1024, ["openai-community/gpt2-medium"]),
  gelu([36, 1280, 20, 5120], 50_257, 1024, ["openai-community/gpt2-large"]),
  gelu([48, 1600, 25, 6400], 50_257, 1024, ["openai-community/gpt2-xl"]),
  gelu([12, 768, 12, 3072], 50_272, 2048, ["facebook/opt-125m"]),
  gelu([24, 2048, 32, 8192], 50_272, 2048, ["facebook/opt-1.3b"]),
  gelu([32, 4096, 32, 16_384], 50_272, 2048, ["facebook/opt-6.7b"]),
  gelu([40, 5120, 40, 20_480], 50_272, 2048, ["facebook/opt-13b"]),
  gelu([48, 7168, 56, 28_672], 50_272, 2048, ["facebook/opt-30b"]),
];

type Unusual = Partial<Pick<ModelFacts, "headSize" | "tiedEmbeddings">>;

/** Llama's layer: grouped-query attention, a gated feed-forward. */
function gated(
  [layers, hidden, heads, kvHeads, feedForward]: readonly [number, number, number, number, number],
  vocabulary: number,
  maxPositions: number,
  repositories: readonly string[],
  { headSize = hidden / heads, tiedEmbeddings = false }: Unusual = {},
): ModelFacts {
  const attention = { layers, hidden, heads, kvHeads, headSize };
  const rest = { feedForward, vocabulary, tiedEmbeddings, bytesPerWeight: 2, maxPositions };
  return { repositories, ...attention, ...rest };
}

/**
 * GPT-2's and OPT's layer: each head has keys of its own, the feed-forward is up and down. Their
 * biases and their table of positions, below 1.5 % of the weights, are left out.
 */
function gelu(
  [layers, hidden, heads, feedForward]: readonly [number, number, number, number],
  vocabulary: number,
  maxPositions: number,
  repositories: readonly string[],
): ModelFacts {
  const shape = [layers, hidden, heads, heads, feedForward] as const;
  const facts = gated(shape, vocabulary, maxPositions, repositories, { tiedEmbeddings: true });
  return { ...facts, feedForwardMatrices: 2 };
}

/** Every repository name that `findModel` knows. */
export const MODEL_NAMES = FACTS.flatMap((model) => model.repositories);

/** The facts of the first name that is known; upper and lower case are the same. */
export function findModel(names: readonly string[]): ModelFacts | undefined {
  for (const name of names) {
    const wanted = name.toLowerCase();
    const model = FACTS.find((facts) => facts.repositories.includes(wanted));
    if (model) return model;
  }
  return undefined;
}

/** Weights of one transformer layer: query, key, value, output and the feed-forward matrices. */
export function layerWeights(model: ModelFacts): number {
  const attention = 2 * (model.heads + model.kvHeads) * model.headSize;
  return model.hidden * (attention + (model.feedForwardMatrices ?? 3) * model.feedForward);
}

/** Bytes of all weights, embedding and output layer included. */
export function weightBytes(model: ModelFacts): number {
  const embeddings = (model.tiedEmbeddings ? 1 : 2) * model.vocabulary * model.hidden;
  return (model.layers * layerWeights(model) + embeddings) * model.bytesPerWeight;
}

/** Bytes of keys and values of one token over all layers, in the weights' precision (vLLM's `auto`). */
export function kvBytesPerToken(model: ModelFacts): number {
  return 2 * model.layers * model.kvHeads * model.headSize * model.bytesPerWeight;
}
