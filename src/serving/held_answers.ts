// What a server puts out while nothing of it reaches the gateway: it waits in its sockets. Knows no network.

import type { CountedLoad } from "../metrics/load_window.ts";
import type { Slo } from "../metrics/slo.ts";
import type { WindowAccumulator } from "../metrics/window.ts";
import type { RequestId } from "./requests.ts";

interface FirstToken {
  readonly window: WindowAccumulator;
  readonly promptTokens: number;
  /** As its client would have had it, and when that was. */
  readonly ttftUs: number;
  readonly atUs: number;
  /** The load as which it is told apart. */
  readonly load: CountedLoad | undefined;
}

/** An answer that is whole, with its times as its client would have had them. */
export interface WholeAnswer {
  readonly window: WindowAccumulator;
  readonly atUs: number;
  readonly ttftUs: number;
  readonly tpotUs: number | undefined;
  readonly e2eUs: number;
  readonly triedUs: number;
  readonly slo: Slo | undefined;
  readonly load: CountedLoad | undefined;
  readonly tokens: number;
  /** It was put out meanwhile too. */
  readonly first?: FirstToken | undefined;
}

/** How late its client has the first token and the last. */
export interface Lateness {
  readonly ttftUs: number;
  readonly e2eUs: number;
}

/** Undefined reason: it reached its client. */
export type SettleAnswer = (reason: string | undefined, late: Lateness) => void;

interface Waiting {
  readonly answer: WholeAnswer;
  readonly settle: SettleAnswer;
}

const IN_TIME: Lateness = { ttftUs: 0, e2eUs: 0 };

/**
 * Tokens after the first count as they are put out, and so do the gaps between them: what a client sees
 * of those is one long gap. All that waits arrives in the instant of `deliver`.
 */
export class HeldAnswers {
  readonly #first = new Map<RequestId, FirstToken>();
  readonly #waiting = new Set<Waiting>();
  #whole: WholeAnswer | undefined;

  /** Answers that are whole and wait. */
  get size(): number {
    return this.#waiting.size;
  }

  firstToken(id: RequestId, first: FirstToken): void {
    this.#first.set(id, first);
  }

  /** Its first token was put out and waits. */
  holdsFirst(id: RequestId): boolean {
    return this.#first.has(id);
  }

  /** The run ends: what its answers are at the least if they arrive now. */
  tellUnfinished(nowUs: number): void {
    for (const { answer } of this.#waiting) {
      const { triedUs, slo, load, window } = answer;
      const { ttftUs, tpotUs = 0, e2eUs } = arrivingAt(answer, nowUs);
      window.unfinished(triedUs + ttftUs, tpotUs, triedUs + e2eUs, slo, load);
    }
  }

  /** Before `ended` of the same request. */
  completed(id: RequestId, answer: WholeAnswer): void {
    this.#whole = { ...answer, first: this.#first.get(id) };
  }

  /** The engine has it no more; its answer, if that is whole. */
  ended(id: RequestId): WholeAnswer | undefined {
    this.#first.delete(id);
    const whole = this.#whole;
    this.#whole = undefined;
    return whole;
  }

  /** `settle` is called once; returns what gives it up before. */
  wait(answer: WholeAnswer, settle: SettleAnswer): (reason: string) => void {
    const waiting = { answer, settle };
    this.#waiting.add(waiting);
    return (reason) => {
      if (this.#waiting.delete(waiting)) settle(reason, IN_TIME);
    };
  }

  /** The connections broke. */
  lose(): void {
    this.#first.clear();
    this.#takeAll((settle) => settle("lost", IN_TIME));
  }

  deliver(nowUs: number): void {
    for (const first of this.#first.values()) deliverFirst(first, nowUs);
    this.#first.clear();
    this.#takeAll((settle, answer) => settle(undefined, deliverWhole(answer, nowUs)));
  }

  #takeAll(each: (settle: SettleAnswer, answer: WholeAnswer) => void): void {
    const all = [...this.#waiting];
    this.#waiting.clear();
    for (const { settle, answer } of all) each(settle, answer);
  }
}

function deliverFirst(
  { window, ttftUs, promptTokens, atUs, load }: FirstToken,
  nowUs: number,
): void {
  window.firstToken(ttftUs + nowUs - atUs, promptTokens, load);
}

/** Its times where it reaches its client then. */
function arrivingAt(answer: WholeAnswer, nowUs: number) {
  const { first, tokens } = answer;
  const late = { ttftUs: first ? nowUs - first.atUs : 0, e2eUs: nowUs - answer.atUs };
  const ttftUs = answer.ttftUs + late.ttftUs;
  const e2eUs = answer.e2eUs + late.e2eUs;
  const tpotUs = answer.tpotUs === undefined
    ? undefined
    : Math.max(0, answer.tpotUs + Math.round((late.e2eUs - late.ttftUs) / (tokens - 1)));
  return { ttftUs, tpotUs, e2eUs, late };
}

function deliverWhole(answer: WholeAnswer, nowUs: number): Lateness {
  const { window, first, tokens, triedUs, slo, load } = answer;
  if (first) deliverFirst(first, nowUs);
  const { ttftUs, tpotUs, e2eUs, late } = arrivingAt(answer, nowUs);
  window.completed(ttftUs, tpotUs, e2eUs, triedUs, slo, tokens, load);
  return late;
}
