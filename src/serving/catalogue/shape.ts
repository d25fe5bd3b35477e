// How the catalogue writes a model down: shapes in a line, and the same weights in another precision.

import type { ModelFacts, Precision } from "../model_facts.ts";

type Unusual =
  & Partial<Omit<ModelFacts, "repositories" | "layers" | "hidden" | "heads" | "kvHeads">>
  & Partial<Pick<ModelFacts, "dtype">>;

/** Layers, hidden, heads, KV heads, width of the feed-forward. */
type GatedShape = readonly [number, number, number, number, number];

/** Llama's layer: grouped-query attention, a gated feed-forward. */
export function gated(
  [layers, hidden, heads, kvHeads, feedForward]: GatedShape,
  vocabulary: number,
  maxPositions: number,
  repositories: readonly string[],
  { headSize = hidden / heads, tiedEmbeddings = false, dtype = "bf16", ...unusual }: Unusual = {},
): ModelFacts {
  const attention = { layers, hidden, heads, kvHeads, headSize };
  const rest = { feedForward, vocabulary, tiedEmbeddings, precision: dtype, dtype, maxPositions };
  return { repositories, ...attention, ...rest, ...unusual };
}

/**
 * GPT-2's and OPT's layer: each head has keys of its own, the feed-forward is up and down, positions
 * are learned. They were published in 32 or 16 bits; vLLM's `--dtype auto` serves both in fp16.
 */
export function gelu(
  [layers, hidden, heads, feedForward]: readonly [number, number, number, number],
  vocabulary: number,
  maxPositions: number,
  learnedPositions: number,
  repositories: readonly string[],
): ModelFacts {
  const shape = [layers, hidden, heads, heads, feedForward] as const;
  const unusual = { tiedEmbeddings: true, feedForwardMatrices: 2, learnedPositions } as const;
  return gated(shape, vocabulary, maxPositions, repositories, { ...unusual, dtype: "fp16" });
}

/** The same model with its layers' matrices quantised; embeddings and output layer stay as they are. */
export function quantised(
  model: ModelFacts,
  precision: Precision,
  repositories: readonly string[],
): ModelFacts {
  const { experts } = model;
  return {
    ...model,
    repositories,
    precision,
    ...(experts ? { experts: { ...experts, precision } } : {}),
  };
}
