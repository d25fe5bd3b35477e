// Which layers propose tokens ahead of the model (speculative decoding); it knows no time.

import type { ModelFacts } from "./models.ts";

export interface Speculation {
  /** Tokens proposed a step. */
  readonly tokens: number;
  readonly method: "ngram" | "eagle" | "mtp" | "draft_model";
  /** The model that drafts, with `draft_model`. */
  readonly draft?: ModelFacts;
}

/** A draft: the model it amounts to, and the weights that join two hidden states at its entrance. */
export interface DraftModel {
  readonly model: ModelFacts;
  readonly joinWeights: number;
}

/**
 * What runs once a proposed token; undefined for n-grams, which are looked up on the host.
 * - `eagle`: one dense layer of the model, its output layer, and a matrix that joins the token's
 *   embedding with the model's features (EAGLE, arXiv 2401.15077 §4.1).
 * - `mtp`: one layer of the model, with experts where it has any, its output layer, and the same
 *   join (DeepSeek-V3, arXiv 2412.19437 §2.2). One module is used again for every further token.
 * - `draft_model`: a model of its own. Throws without one.
 */
export function draftModel(
  target: ModelFacts,
  { method, draft }: Speculation,
): DraftModel | undefined {
  if (method === "ngram") return undefined;
  if (method === "draft_model") {
    if (!draft) throw new Error("Cannot time speculation: `draft_model` names no draft");
    return { model: draft, joinWeights: 0 };
  }
  const { experts, slidingWindow: _, ...rest } = target;
  const one = { ...rest, layers: 1 };
  const routed = method === "mtp" && experts;
  return {
    model: routed ? { ...one, experts: { ...experts, layers: 1 } } : one,
    joinWeights: 2 * target.hidden * target.hidden,
  };
}
