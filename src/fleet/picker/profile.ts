// A scheduling profile: filters, then weighted scores, then the picker.

import type { FleetRequest } from "../fleet_request.ts";
import { type Candidates, type Filter, NOBODY, type Picker, type Scorer } from "./ports.ts";

export interface WeightedScorer {
  readonly scorer: Scorer;
  readonly weight: number;
}

export class Profile {
  readonly #filters: readonly Filter[];
  readonly #scorers: readonly WeightedScorer[];
  readonly #picker: Picker;
  #kept: Candidates = { slots: new Int32Array(0), count: 0 };
  #scores = new Float64Array(0);
  #sums = new Float64Array(0);
  /** Sums of what comes from metrics, for the whole pool as it was at a version. */
  readonly #metricScorers: readonly WeightedScorer[];
  readonly #version: () => number;
  #base = new Float64Array(0);
  #baseVersion = -1;

  /** `version` is another whenever metrics were read or the pool changed. */
  constructor(
    filters: readonly Filter[],
    scorers: readonly WeightedScorer[],
    picker: Picker,
    version: () => number,
  ) {
    this.#filters = filters;
    this.#metricScorers = scorers.filter(({ scorer }) => scorer.fromMetrics);
    this.#scorers = scorers.filter(({ scorer }) => !scorer.fromMetrics);
    this.#picker = picker;
    this.#version = version;
  }

  /** The slot that the request goes to; NOBODY when the filters leave none. */
  run(request: FleetRequest, pool: Candidates): number {
    const candidates = this.#filter(request, pool);
    const { count } = candidates;
    if (count === 0) return NOBODY;
    if (count > this.#sums.length) {
      this.#scores = new Float64Array(count * 2);
      this.#sums = new Float64Array(count * 2);
      this.#base = new Float64Array(count * 2);
      this.#baseVersion = -1;
    }
    this.#begin(request, candidates, candidates === pool);
    this.#add(this.#scorers, request, candidates);
    return candidates.slots[this.#picker.pick(candidates, this.#sums)]!;
  }

  /** The part of the sums that comes from metrics: of the whole pool it is kept until they change. */
  #begin(request: FleetRequest, candidates: Candidates, whole: boolean): void {
    const { count } = candidates;
    const version = this.#version();
    const sums = this.#sums, base = this.#base;
    if (whole && version === this.#baseVersion) {
      for (let i = 0; i < count; i++) sums[i] = base[i]!;
      return;
    }
    sums.fill(0, 0, count);
    this.#add(this.#metricScorers, request, candidates);
    if (!whole) return;
    for (let i = 0; i < count; i++) base[i] = sums[i]!;
    this.#baseVersion = version;
  }

  #add(scorers: readonly WeightedScorer[], request: FleetRequest, candidates: Candidates): void {
    const { count } = candidates;
    const scores = this.#scores, sums = this.#sums;
    for (const { scorer, weight } of scorers) {
      scorer.score(request, candidates, scores);
      for (let i = 0; i < count; i++) {
        const score = scores[i]!;
        sums[i]! += weight * (score > 1 ? 1 : score > 0 ? score : 0);
      }
    }
  }

  /** What filters leave is theirs to change; the pool is everybody's. */
  #filter(request: FleetRequest, pool: Candidates): Candidates {
    if (this.#filters.length === 0) return pool;
    if (this.#kept.slots.length < pool.slots.length) {
      this.#kept = { slots: new Int32Array(pool.slots.length), count: 0 };
    }
    const kept = this.#kept;
    for (let i = 0; i < pool.count; i++) kept.slots[i] = pool.slots[i]!;
    kept.count = pool.count;
    for (const filter of this.#filters) if (kept.count > 0) filter.filter(request, kept);
    return kept;
  }
}
