// What a model is, by its published architecture, as plain data; it knows no model by name.

/** How weights are stored, on disk and on the GPU. */
export type Precision = "bf16" | "fp16" | "fp32" | "fp8" | "int8" | "int4" | "mxfp4";

/** What the KV cache and the activations are in: vLLM's `--dtype auto` of a model in 16 or 32 bits. */
export type Dtype = "bf16" | "fp16";

/** vLLM's `--kv-cache-dtype`, by its width: `auto` is the model's dtype. */
export type KvDtype = "auto" | "fp8";

/**
 * Bytes of one weight, scales included. Sources: a block of mxfp4 is 32 values of 4 bits and a scale
 * of 8 (OCP Microscaling Formats 1.0, table 1); int4 is what AWQ and GPTQ write by default, groups of
 * 128 with a 16-bit scale and a 4-bit zero point each. Scales of fp8 and int8 are one a tensor, a row
 * or a block of 128 × 128: below 0.1 %, not counted.
 */
const BYTES_PER_WEIGHT: Readonly<Record<Precision, number>> = {
  bf16: 2,
  fp16: 2,
  fp32: 4,
  fp8: 1,
  int8: 1,
  int4: (4 + (16 + 4) / 128) / 8,
  mxfp4: (4 + 8 / 32) / 8,
};

/** Bytes of one weight in this precision, its share of the scales included. */
export function bytesPerWeight(precision: Precision): number {
  return BYTES_PER_WEIGHT[precision];
}

/** The mixture of experts of some of the layers; the others have one dense feed-forward. */
export interface ExpertFacts {
  /** Experts of a layer, the shared ones not counted. */
  readonly count: number;
  /** Experts that a router picks for a token. */
  readonly active: number;
  /** Width of one expert. */
  readonly feedForward: number;
  /** Width of what every token goes through beside its experts; 0 without. */
  readonly sharedFeedForward: number;
  /** How many of the layers have experts; the others, the first ones, are dense. */
  readonly layers: number;
  /** Of the routed experts; shared ones are in the model's precision. */
  readonly precision: Precision;
}

/** Layers that attend to the last tokens only; the rest have full attention. */
export interface SlidingWindowFacts {
  readonly tokens: number;
  readonly layers: number;
}

/** Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434 §2.1): one small vector a token is cached. */
export interface LatentAttentionFacts {
  /** Width of the compressed keys and values. */
  readonly kvRank: number;
  /** Width of the key's part with a rotary position, which all heads share. */
  readonly ropeHeadSize: number;
  /** Width of the compressed queries; 0 where queries are not compressed. */
  readonly queryRank: number;
  readonly nopeHeadSize: number;
  readonly valueHeadSize: number;
}

/** One decoder-only transformer. */
export interface ModelFacts {
  /** Hugging Face repositories that hold these weights' architecture, lower case. */
  readonly repositories: readonly string[];
  readonly layers: number;
  readonly hidden: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headSize: number;
  /** Width of a dense layer's feed-forward. */
  readonly feedForward: number;
  /** Matrices of one feed-forward layer: three when gated (SwiGLU, GeGLU; the default), else two. */
  readonly feedForwardMatrices?: number;
  readonly experts?: ExpertFacts;
  readonly slidingWindow?: SlidingWindowFacts;
  readonly latent?: LatentAttentionFacts;
  readonly vocabulary: number;
  /** True when the output layer shares the embedding's weights. */
  readonly tiedEmbeddings: boolean;
  /** Rows of a learned table of positions (GPT-2, OPT), where there is one. */
  readonly learnedPositions?: number;
  /** Weights that are held beside the decoder and that no text token touches: a vision tower. */
  readonly besideDecoder?: number;
  /** Layers for multi-token prediction: in the checkpoint, not held unless they speculate. */
  readonly predictionLayers?: number;
  /** Of the layers' matrices; embeddings and output layer stay in `dtype`. */
  readonly precision: Precision;
  /** Of KV cache, activations and embeddings. */
  readonly dtype: Dtype;
  /** The default `--max-model-len`, in tokens. */
  readonly maxPositions: number;
}
