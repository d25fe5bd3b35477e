// vLLM's figures of every ten seconds, out of a run's windows. Knows no pod's life and no text.

import type { EventOf } from "../fleet/events.ts";

/** vLLM logs its statistics every 10 s (`VLLM_LOG_STATS_INTERVAL`'s default). */
export const BEAT_US = 10_000_000;

const WINDOW_US = 1_000_000;

/** What one beat says; throughputs are tokens a second over the beat, gauges are of its end. */
export interface EngineStats {
  readonly atUs: number;
  /**
   * Windows tell prompt tokens by revision, not by pod: undefined unless this pod was the only one.
   */
  readonly promptThroughput: number | undefined;
  readonly generationThroughput: number;
  readonly running: number;
  readonly waiting: number;
  readonly kvPpm: number;
}

interface Seen {
  readonly atUs: number;
  readonly running: number;
  readonly waiting: number;
  readonly kvPpm: number;
}

/** Collects a pod's windows into beats, counted from the instant at which it became ready. */
export class EngineBeats {
  readonly #pod: string;
  #nextUs: number;
  #last: Seen | undefined;
  #outputTokens = 0;
  #promptTokens = 0;
  #alone = true;
  #wasActive = false;

  constructor(pod: string, readyUs: number) {
    this.#pod = pod;
    this.#nextUs = readyUs + BEAT_US;
  }

  /** Beats that were over before this window's end. */
  take(window: EventOf<"window">): EngineStats[] {
    const beats = this.until(window.at - 1);
    const { pods, measured, warmup } = window;
    const mine = pods.name.indexOf(this.#pod);
    if (mine < 0) return beats;
    this.#alone &&= pods.name.length === 1;
    this.#outputTokens += pods.outputTokens[mine]!;
    this.#promptTokens += (measured?.promptTokens ?? 0) + (warmup?.promptTokens ?? 0);
    this.#last = {
      atUs: window.at,
      running: pods.running[mine]!,
      waiting: pods.waiting[mine]!,
      kvPpm: pods.kvPpm[mine]!,
    };
    return beats;
  }

  /** Beats that are over at an instant. An idle server says so once, and then nothing, as vLLM does. */
  until(us: number): EngineStats[] {
    const beats: EngineStats[] = [];
    for (; this.#nextUs <= us; this.#nextUs += BEAT_US) {
      const seen = this.#last;
      const stats = this.#close(this.#nextUs);
      const active = seen !== undefined && seen.atUs > this.#nextUs - BEAT_US;
      if (active || this.#wasActive) beats.push(stats);
      this.#wasActive = active;
    }
    return beats;
  }

  #close(atUs: number): EngineStats {
    const seconds = BEAT_US / 1e6;
    // A second without a window is one in which no request was held.
    const now = this.#last && this.#last.atUs > atUs - WINDOW_US ? this.#last : undefined;
    const stats = {
      atUs,
      promptThroughput: this.#alone ? this.#promptTokens / seconds : undefined,
      generationThroughput: this.#outputTokens / seconds,
      running: now?.running ?? 0,
      waiting: now?.waiting ?? 0,
      kvPpm: now?.kvPpm ?? 0,
    };
    this.#outputTokens = 0;
    this.#promptTokens = 0;
    this.#alone = true;
    return stats;
  }
}
