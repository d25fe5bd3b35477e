// Which models mtop knows by name, and the door to what is computed from their facts.

import { GEMMA } from "./catalogue/gemma.ts";
import { LLAMA } from "./catalogue/llama.ts";
import { MISTRAL } from "./catalogue/mistral.ts";
import { MIXTURES } from "./catalogue/mixtures.ts";
import { OTHERS } from "./catalogue/others.ts";
import { QWEN } from "./catalogue/qwen.ts";
import type { ModelFacts } from "./model_facts.ts";

export * from "./kv_bytes.ts";
export * from "./model_facts.ts";
export * from "./model_weights.ts";

const CATALOGUE: readonly ModelFacts[] = [
  ...LLAMA,
  ...MISTRAL,
  ...QWEN,
  ...GEMMA,
  ...MIXTURES,
  ...OTHERS,
];

/** Every repository name that `findModel` knows, lower case. */
export const MODEL_NAMES = CATALOGUE.flatMap((model) => model.repositories);

const BY_NAME = new Map(
  CATALOGUE.flatMap((model) => model.repositories.map((name) => [name, model] as const)),
);

/** The facts of the first name that is known; upper and lower case are the same. */
export function findModel(names: readonly string[]): ModelFacts | undefined {
  for (const name of names) {
    const model = BY_NAME.get(name.toLowerCase());
    if (model) return model;
  }
  return undefined;
}
