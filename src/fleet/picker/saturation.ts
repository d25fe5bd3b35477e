// Saturation detectors: how full a pool is, by what endpoints tell or by what is in flight there.

import type { Endpoints } from "./endpoints.ts";
import type { Candidates, Filter, SaturationDetector } from "./ports.ts";

/** Defaults of utilization-detector (llm-d-router 683100d); the threshold of age in µs. */
export const UTILIZATION_DEFAULTS = {
  queueDepthThreshold: 5,
  kvCacheUtilThreshold: 0.8,
  metricsStalenessThresholdUs: 200_000,
  headroom: 0,
};

/**
 * The pool's saturation is the mean over its endpoints of max(waiting/queueDepthThreshold, KV usage /
 * kvCacheUtilThreshold); an endpoint with stale metrics is at 1, and so is an empty pool. Where requests
 * in flight are counted, those that the metrics do not know yet wait too (llm-d-router 96391d1); where
 * they are not, all that waits goes out between two readings of the metrics. As a filter it drops
 * endpoints at (1 + headroom) times one threshold or the other, and stale ones, unless that would be all.
 */
export class UtilizationDetector implements SaturationDetector, Filter {
  readonly #parameters: typeof UTILIZATION_DEFAULTS;
  readonly #endpoints: Endpoints;
  readonly #now: () => number;
  readonly #countsInFlight: () => boolean;

  constructor(
    parameters: typeof UTILIZATION_DEFAULTS,
    endpoints: Endpoints,
    now: () => number,
    countsInFlight: () => boolean = () => false,
  ) {
    this.#parameters = parameters;
    this.#endpoints = endpoints;
    this.#now = now;
    this.#countsInFlight = countsInFlight;
  }

  saturation({ slots, count }: Candidates, nowUs: number): number {
    if (count === 0) return 1;
    const { queueDepthThreshold, kvCacheUtilThreshold } = this.#parameters;
    const { kvUsage } = this.#endpoints;
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const slot = slots[i]!;
      sum += this.#isStale(slot, nowUs) ? 1 : Math.max(
        this.#waiting(slot) / queueDepthThreshold,
        kvUsage[slot]! / kvCacheUtilThreshold,
      );
    }
    return sum / count;
  }

  #waiting(slot: number): number {
    const { waiting, running, requests } = this.#endpoints;
    const told = waiting[slot]!;
    if (!this.#countsInFlight()) return told;
    return told + Math.max(0, requests[slot]! - told - running[slot]!);
  }

  filter(_: unknown, candidates: Candidates): void {
    const { queueDepthThreshold, kvCacheUtilThreshold, headroom } = this.#parameters;
    const mostWaiting = queueDepthThreshold * (1 + headroom);
    const mostKv = kvCacheUtilThreshold * (1 + headroom);
    const { waiting, kvUsage } = this.#endpoints;
    const nowUs = this.#now();
    const kept = [...candidates.slots.subarray(0, candidates.count)].filter((slot) =>
      !this.#isStale(slot, nowUs) && waiting[slot]! < mostWaiting && kvUsage[slot]! < mostKv
    );
    if (kept.length === 0) return;
    candidates.slots.set(kept);
    candidates.count = kept.length;
  }

  #isStale(slot: number, nowUs: number): boolean {
    const { metricsStalenessThresholdUs } = this.#parameters;
    return this.#endpoints.isStale(slot, metricsStalenessThresholdUs, nowUs);
  }
}

/** Defaults of concurrency-detector (llm-d-router 45c3854). */
export const CONCURRENCY_DEFAULTS = {
  concurrencyMode: "requests" as "requests" | "tokens" | "hybrid",
  maxConcurrency: 100,
  maxTokenConcurrency: 1_000_000,
  headroom: 0,
};

/**
 * All that is in flight over all that may be: requests, tokens, or the larger of the two ratios. As a
 * filter it drops endpoints at (1 + headroom) times their share; there may be none left then.
 */
export class ConcurrencyDetector implements SaturationDetector, Filter {
  readonly #parameters: typeof CONCURRENCY_DEFAULTS;
  readonly #endpoints: Endpoints;

  constructor(parameters: typeof CONCURRENCY_DEFAULTS, endpoints: Endpoints) {
    this.#parameters = parameters;
    this.#endpoints = endpoints;
  }

  saturation({ slots, count }: Candidates): number {
    if (count === 0) return 1;
    let sum = 0;
    const mode = this.#parameters.concurrencyMode;
    let requests = 0, tokens = 0;
    for (let i = 0; i < count; i++) {
      requests += this.#endpoints.requests[slots[i]!]!;
      tokens += this.#endpoints.tokens[slots[i]!]!;
    }
    if (mode !== "tokens") sum = requests / (count * this.#parameters.maxConcurrency);
    if (mode === "requests") return sum;
    return Math.max(sum, tokens / (count * this.#parameters.maxTokenConcurrency));
  }

  filter(_: unknown, candidates: Candidates): void {
    const { concurrencyMode, maxConcurrency, maxTokenConcurrency, headroom } = this.#parameters;
    const byRequests = concurrencyMode !== "tokens", byTokens = concurrencyMode !== "requests";
    const mostRequests = Math.floor(maxConcurrency * (1 + headroom));
    const mostTokens = Math.floor(maxTokenConcurrency * (1 + headroom));
    const { requests, tokens } = this.#endpoints;
    const { slots, count } = candidates;
    let left = 0;
    for (let i = 0; i < count; i++) {
      const slot = slots[i]!;
      if (byRequests && requests[slot]! >= mostRequests) continue;
      if (byTokens && tokens[slot]! >= mostTokens) continue;
      slots[left++] = slot;
    }
    candidates.count = left;
  }
}
