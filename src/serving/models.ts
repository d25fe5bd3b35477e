// What a model is, by its published architecture.

/** One decoder-only transformer with SwiGLU feed-forward and grouped-query attention. */
export interface ModelFacts {
  /** Hugging Face repositories that hold these weights' architecture, lower case. */
  readonly repositories: readonly string[];
  readonly layers: number;
  readonly hidden: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headSize: number;
  readonly feedForward: number;
  readonly vocabulary: number;
  /** True when the output layer shares the embedding's weights. */
  readonly tiedEmbeddings: boolean;
  readonly bytesPerWeight: number;
  /** The default `--max-model-len`, in tokens. */
  readonly maxPositions: number;
}

/** Source: `config.json` of the first repository named; bf16 weights, two bytes each. */
const FACTS: readonly ModelFacts[] = [
  {
    repositories: ["meta-llama/meta-llama-3-70b-instruct", "meta-llama/meta-llama-3-70b"],
    ...llama({ layers: 80, hidden: 8192, heads: 64, kvHeads: 8, feedForward: 28672 }),
    vocabulary: 128_256,
    maxPositions: 8192,
  },
  {
    repositories: [
      "meta-llama/llama-3.1-70b-instruct",
      "meta-llama/llama-3.1-70b",
      "meta-llama/llama-3.3-70b-instruct",
    ],
    ...llama({ layers: 80, hidden: 8192, heads: 64, kvHeads: 8, feedForward: 28672 }),
    vocabulary: 128_256,
    maxPositions: 131_072,
  },
  {
    repositories: ["meta-llama/llama-3.1-8b-instruct", "meta-llama/llama-3.1-8b"],
    ...llama({ layers: 32, hidden: 4096, heads: 32, kvHeads: 8, feedForward: 14336 }),
    vocabulary: 128_256,
    maxPositions: 131_072,
  },
  {
    repositories: ["meta-llama/llama-2-70b-hf", "meta-llama/llama-2-70b-chat-hf"],
    ...llama({ layers: 80, hidden: 8192, heads: 64, kvHeads: 8, feedForward: 28672 }),
    vocabulary: 32_000,
    maxPositions: 4096,
  },
  {
    repositories: ["meta-llama/llama-2-7b-hf", "meta-llama/llama-2-7b-chat-hf"],
    ...llama({ layers: 32, hidden: 4096, heads: 32, kvHeads: 32, feedForward: 11008 }),
    vocabulary: 32_000,
    maxPositions: 4096,
  },
  {
    repositories: ["codellama/codellama-34b-instruct-hf", "codellama/codellama-34b-hf"],
    ...llama({ layers: 48, hidden: 8192, heads: 64, kvHeads: 8, feedForward: 22016 }),
    vocabulary: 32_016,
    maxPositions: 16_384,
  },
  {
    repositories: ["qwen/qwen2.5-7b-instruct", "qwen/qwen2.5-7b", "qwen/qwen2-7b-instruct"],
    ...llama({ layers: 28, hidden: 3584, heads: 28, kvHeads: 4, feedForward: 18944 }),
    vocabulary: 152_064,
    maxPositions: 32_768,
  },
];

function llama(shape: Pick<ModelFacts, "layers" | "hidden" | "heads" | "kvHeads" | "feedForward">) {
  return {
    ...shape,
    headSize: shape.hidden / shape.heads,
    tiedEmbeddings: false,
    bytesPerWeight: 2,
  };
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

/** Weights of one transformer layer: query, key, value, output and the three feed-forward matrices. */
export function layerWeights(model: ModelFacts): number {
  const attention = 2 * (model.heads + model.kvHeads) * model.headSize;
  return model.hidden * (attention + 3 * model.feedForward);
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
