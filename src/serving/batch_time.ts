// How long a batch's steps take: its requests summed up as a step time asks for them. It plans nothing.

import type { Decoders } from "./decoders.ts";
import type { RequestList } from "./request_list.ts";
import type { RequestTable } from "./requests.ts";
import type { StepTime } from "./step_time.ts";

export class BatchTime {
  readonly #table: RequestTable;
  #stepTime: StepTime;
  readonly #decoders: Decoders;
  readonly #tokensAStep: number;

  /** `tokensAStep` of each that decodes, drafts included. */
  constructor(
    table: RequestTable,
    stepTime: StepTime,
    decoders: Decoders,
    tokensAStep: number,
  ) {
    this.#table = table;
    this.#stepTime = stepTime;
    this.#decoders = decoders;
    this.#tokensAStep = tokensAStep;
  }

  /** Steps that are planned from now on take so long. */
  retime(stepTime: StepTime): void {
    this.#stepTime = stepTime;
  }

  /** A step with these prompts' chunks in it, at this token clock, in ps. */
  mixedStepPs(chunks: RequestList, clock: number, adapters: number): number {
    const { computedTokens, scheduledTokens } = this.#table.columns;
    const window = this.#stepTime.window?.tokens;
    let prefillTokens = 0, prefillAttention = 0, prefillWindowAttention = 0;
    for (let place = 0; place < chunks.length; place++) {
      const id = chunks.at(place);
      const before = computedTokens[id]!, tokens = scheduledTokens[id]!;
      prefillTokens += tokens;
      prefillAttention += tokens * (2 * before + tokens);
      if (window !== undefined) prefillWindowAttention += windowAttention(before, tokens, window);
    }
    const batch = {
      prefillTokens,
      prefillAttention,
      decodeTokens: this.#decoders.count * this.#tokensAStep,
      requests: this.#decoders.count + chunks.length,
      adapters,
    };
    const fixedPs = this.#stepTime.fixedPs(
      window === undefined ? batch : { ...batch, prefillWindowAttention },
    );
    return fixedPs + this.#contextPs(clock);
  }

  /** A step of the decoding requests alone, in ps. */
  decodeStepPs(clock: number, adapters: number): number {
    const requests = this.#decoders.count;
    const decodePs = this.#stepTime.fixedPs({
      prefillTokens: 0,
      prefillAttention: 0,
      decodeTokens: requests * this.#tokensAStep,
      requests,
      adapters,
    });
    return decodePs + this.#contextPs(clock);
  }

  /** By how much such a step gets longer with each token that all of them get, in ps. */
  get slopePs(): number {
    const { contextPs, window } = this.#stepTime;
    return contextPs * this.#decoders.count + (window?.contextPs ?? 0) * this.#decoders.filling;
  }

  #contextPs(clock: number): number {
    const { contextPs, window } = this.#stepTime;
    if (this.#decoders.count === 0) return 0;
    const allPs = contextPs * this.#decoders.contextAt(clock);
    if (!window) return allPs;
    this.#decoders.fill(clock);
    return allPs + window.contextPs * this.#decoders.windowContextAt(clock);
  }
}

/** 2·Σ min(before + i, window) for i from 1 to `tokens`. */
function windowAttention(before: number, tokens: number, window: number): number {
  const below = Math.max(0, Math.min(tokens, window - before));
  return below * (2 * before + below + 1) + 2 * (tokens - below) * window;
}
