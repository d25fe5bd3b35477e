// vLLM's figures of every ten seconds, out of a run's windows. Knows no pod's life and no text.

import type { EventOf } from "../fleet/events.ts";
import { PPM } from "../metrics/names.ts";
import type { WindowMetrics } from "../metrics/window.ts";

/** vLLM logs its statistics every 10 s (`VLLM_LOG_STATS_INTERVAL`'s default). */
export const BEAT_US = 10_000_000;

const WINDOW_US = 1_000_000;

/** What one beat says; throughputs are tokens a second over the beat, gauges are of its end. */
export interface EngineStats {
  readonly atUs: number;
  /**
   * Older logs tell prompt tokens by revision, not by pod: there it is undefined unless this pod was
   * the only one.
   */
  readonly promptThroughput: number | undefined;
  readonly generationThroughput: number;
  readonly running: number;
  readonly waiting: number;
  readonly kvPpm: number;
  /** Over the last thousand requests; 0 before the first, as vLLM says; undefined in older logs. */
  readonly prefixHitPpm: number | undefined;
}

interface Seen {
  readonly atUs: number;
  readonly running: number;
  readonly waiting: number;
  readonly kvPpm: number;
}

/** vLLM's hit rate is of the most recent requests (`CachingMetrics.max_recent_requests`' default). */
const RECENT_REQUESTS = 1000;

interface Lookups {
  readonly requests: number;
  readonly queries: number;
  readonly hits: number;
}

/**
 * The prefix lookups of a pod's last thousand requests, by seconds. Windows tell the tokens by pod and
 * the admissions by revision: a pod's part of the admissions is taken to be its part of the tokens.
 */
class PrefixLookups {
  readonly #seconds: Lookups[] = [];
  #requests = 0;
  #queries = 0;
  #hits = 0;
  #told = false;

  take({ pods, measured, warmup, mirrored }: EventOf<"window">, mine: number): void {
    this.#told = true;
    const queries = pods.prefixQueries?.[mine] ?? 0;
    if (queries === 0) return;
    const hits = pods.prefixHits?.[mine] ?? 0;
    const all = pods.prefixQueries!.reduce((sum, tokens) => sum + tokens, 0);
    const here = admitted(measured) + admitted(warmup) + admitted(mirrored);
    const requests = here * queries / all;
    this.#add({ requests, queries, hits }, 1);
    this.#seconds.push({ requests, queries, hits });
    while (this.#seconds.length > 1 && this.#requests > RECENT_REQUESTS) {
      this.#add(this.#seconds.shift()!, -1);
    }
  }

  /** Undefined as long as no window told of lookups, not even of none. */
  get hitPpm(): number | undefined {
    if (!this.#told) return undefined;
    return this.#queries === 0 ? 0 : Math.round(this.#hits * PPM / this.#queries);
  }

  #add({ requests, queries, hits }: Lookups, sign: 1 | -1): void {
    this.#requests += sign * requests;
    this.#queries += sign * queries;
    this.#hits += sign * hits;
  }
}

/** First admissions, which is when a prefix is looked up. */
function admitted(metrics: WindowMetrics | undefined): number {
  const buckets = metrics?.latencyUs.queue?.buckets ?? [];
  return buckets.reduce((sum, value, index) => index % 2 === 1 ? sum + value : sum, 0);
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
  readonly #lookups = new PrefixLookups();

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
    this.#outputTokens += pods.outputTokens[mine]!;
    if (pods.promptTokens) {
      this.#promptTokens += pods.promptTokens[mine]!;
      this.#lookups.take(window, mine);
    } else {
      this.#alone &&= pods.name.length === 1;
      this.#promptTokens += (measured?.promptTokens ?? 0) + (warmup?.promptTokens ?? 0);
    }
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
      prefixHitPpm: this.#lookups.hitPpm,
    };
    this.#outputTokens = 0;
    this.#promptTokens = 0;
    this.#alone = true;
    return stats;
  }
}
