// One user's conversation: each prompt is all that was said, and what of it a server may have cached.

import { z } from "zod";
import type { AttemptOutcome, SharedContent } from "./load.ts";
import { MAX_TOKENS } from "./tokens.ts";

const bounds = z.strictObject({
  /** After so many answers the user begins anew. */
  maxTurns: z.int().min(1).max(MAX_TOKENS).optional(),
  /** The user begins anew when prompt and answer would be longer; default: the model's context. */
  maxTokens: z.int().min(2).max(MAX_TOKENS).optional(),
});

/** `true`: as long as the model's context allows. */
export const multiTurnSchema = z.union([z.boolean(), bounds]);

export type MultiTurn = z.output<typeof multiTurnSchema>;

export interface Bounds {
  readonly maxTurns: number;
  readonly maxTokens: number;
}

/** The bounds of each conversation; undefined where there are none to be had. */
export function boundsOf(
  multiTurn: MultiTurn | undefined,
  contextTokens: number | undefined,
): Bounds | undefined {
  if (multiTurn === undefined || multiTurn === false) return undefined;
  const { maxTurns, maxTokens } = multiTurn === true ? {} : multiTurn;
  return {
    maxTurns: maxTurns ?? Infinity,
    maxTokens: Math.min(maxTokens ?? Infinity, contextTokens ?? Infinity),
  };
}

const NOTHING: SharedContent = { ids: [], ends: [] };

/**
 * A question and its answer are one segment, so that the next prompt finds both. A question that got no
 * whole answer is forgotten, and the next one follows what was said before it, as in inference-perf
 * (`apis/user_session.py`, `process_failure`).
 */
export class Conversation {
  readonly #bounds: Bounds;
  readonly #newSegment: () => number;
  /** What every conversation of this user begins with. */
  readonly #opening: SharedContent;
  #said: SharedContent;
  #turns = 0;
  #asked: SharedContent = NOTHING;

  constructor(bounds: Bounds, newSegment: () => number, opening = NOTHING) {
    this.#bounds = bounds;
    this.#newSegment = newSegment;
    this.#opening = opening;
    this.#said = opening;
  }

  /** The next prompt, in tokens, for a question to be answered with so many tokens. */
  ask(questionTokens: number, answerTokens: number): { prompt: number; content: SharedContent } {
    const { maxTurns, maxTokens } = this.#bounds;
    const tokens = questionTokens + answerTokens;
    if (this.#turns >= maxTurns || lengthOf(this.#said) + tokens > maxTokens) this.#beginAnew();
    const { ids, ends } = this.#said;
    const said = lengthOf(this.#said);
    this.#asked = {
      ids: [...Array.from(ids), this.#newSegment()],
      ends: [...Array.from(ends), said + tokens],
    };
    return { prompt: said + questionTokens, content: this.#asked };
  }

  /** What was asked last ended so. */
  ended(outcome: AttemptOutcome): void {
    if (outcome === "invalid") this.#beginAnew();
    if (outcome !== "completed") return;
    this.#said = this.#asked;
    this.#turns++;
  }

  #beginAnew(): void {
    this.#said = this.#opening;
    this.#turns = 0;
  }
}

function lengthOf({ ends }: SharedContent): number {
  return ends.length === 0 ? 0 : ends[ends.length - 1]!;
}
