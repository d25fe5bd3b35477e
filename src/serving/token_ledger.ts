// What an engine tells of its requests' tokens: to the windows, and as counts. It decides nothing.

import type { HeldAnswers } from "./held_answers.ts";
import type { EngineWindows } from "./limits.ts";
import type { RequestId, RequestTable } from "./requests.ts";
import type { StepTime } from "./step_time.ts";
import type { TallyCounts } from "./tally_counts.ts";

export class TokenLedger {
  readonly #table: RequestTable;
  readonly #stepTime: StepTime;
  readonly #windows: EngineWindows;
  /** Where what is put out waits that no client gets now; almost always undefined. */
  held: HeldAnswers | undefined;
  #outputTokens = 0;
  #promptTokens = 0;

  constructor(table: RequestTable, stepTime: StepTime, windows: EngineWindows) {
    this.#table = table;
    this.#stepTime = stepTime;
    this.#windows = windows;
  }

  /** Counts since the last call. */
  takeCounts() {
    const counts = { outputTokens: this.#outputTokens, promptTokens: this.#promptTokens };
    this.#outputTokens = 0;
    this.#promptTokens = 0;
    return counts;
  }

  window(id: RequestId) {
    return this.#windows[this.#table.tallyOf(id).class_];
  }

  /** A prompt was computed for another engine, which has all the rest to tell. */
  prefilled(id: RequestId): void {
    this.#promptTokens += this.#table.columns.promptTokens[id]!;
  }

  /** The first token of a request, or the first after a preemption. */
  token(id: RequestId, nowUs: number): void {
    const { arrivedUs, firstTokenUs, lastTokenUs, promptTokens, generatedTokens, lateUs } =
      this.#table.columns;
    const { tokenUs } = this.#stepTime;
    const { class_, load } = this.#table.tallyOf(id);
    const window = this.#windows[class_];
    this.#outputTokens++;
    if (++generatedTokens[id]! === 1) {
      firstTokenUs[id] = nowUs;
      this.#promptTokens += promptTokens[id]!;
      const ttftUs = nowUs - arrivedUs[id]! + tokenUs + lateUs[id]!;
      if (this.held) this.#hold(id, ttftUs, nowUs);
      else window.firstToken(ttftUs, promptTokens[id]!, load);
    } else {
      window.tokens(nowUs - lastTokenUs[id]! + tokenUs, 1, load);
    }
    lastTokenUs[id] = nowUs;
  }

  /** Tokens of each decoding request from `steps` steps that took `us` altogether. */
  decoded(decoding: TallyCounts, tokens: number, steps: number, us: number): void {
    const sumUs = us + steps * this.#stepTime.tokenUs;
    const { tallies, counts } = decoding;
    for (let at = 0; at < tallies.length; at++) {
      const { class_, load } = this.#table.tally(tallies[at]!);
      const count = counts[at]!;
      this.#outputTokens += tokens * count;
      this.#windows[class_].stepped(sumUs * count, tokens * count, load);
    }
  }

  /** Samples of the gaps before the tokens of each decoding request, of `count` steps. */
  gaps({ tallies, counts }: TallyCounts, gapUs: number, count: number): void {
    for (let at = 0; at < tallies.length; at++) {
      const { class_, load } = this.#table.tally(tallies[at]!);
      this.#windows[class_].steps(gapUs, count * counts[at]!, load);
    }
  }

  /** Speculation may bring more tokens than were asked for; they are not sent. */
  dropSurplus(id: RequestId): void {
    const { outputTokens, generatedTokens } = this.#table.columns;
    const surplus = generatedTokens[id]! - outputTokens[id]!;
    if (surplus <= 0) return;
    this.#outputTokens -= surplus;
    const { class_, load } = this.#table.tallyOf(id);
    this.#windows[class_].stepped(0, -surplus, load);
    generatedTokens[id] = outputTokens[id]!;
  }

  /** An answer is whole. */
  completed(id: RequestId): void {
    const { arrivedUs, firstSentUs, firstTokenUs, lastTokenUs, outputTokens, lateUs } =
      this.#table.columns;
    const tokens = outputTokens[id]!;
    const { tokenUs, completionUs } = this.#stepTime;
    const ttftUs = firstTokenUs[id]! - arrivedUs[id]! + tokenUs + lateUs[id]!;
    const decodeUs = lastTokenUs[id]! - firstTokenUs[id]! + tokenUs * (tokens - 1);
    const tpotUs = tokens > 1 ? Math.round(decodeUs / (tokens - 1)) : undefined;
    const e2eUs = ttftUs + decodeUs + completionUs;
    const triedUs = arrivedUs[id]! - firstSentUs[id]!;
    const slo = this.#table.slos[id];
    const { class_, load } = this.#table.tallyOf(id);
    const window = this.#windows[class_];
    if (!this.held) return window.completed(ttftUs, tpotUs, e2eUs, triedUs, slo, tokens, load);
    const times = { ttftUs, tpotUs, e2eUs, triedUs, atUs: lastTokenUs[id]! };
    this.held.completed(id, { window, ...times, slo, load, tokens });
  }

  #hold(id: RequestId, ttftUs: number, atUs: number): void {
    const promptTokens = this.#table.columns.promptTokens[id]!;
    const { class_, load } = this.#table.tallyOf(id);
    const window = this.#windows[class_];
    this.held!.firstToken(id, { window, promptTokens, ttftUs, atUs, load });
  }
}
