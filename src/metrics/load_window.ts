// One load's part of a second of a revision: counts, and its latencies where those are told apart as well.

import { HistogramAccumulator, type SparseHistogram } from "./histogram.ts";
import { type Latency, LATENCY_NAMES } from "./names.ts";
import { emptyCounts, type MutableCounts, type RequestCounts } from "./request_counts.ts";

/** Values of a window by latency; one that is absent had no sample. */
export type Latencies = { readonly [metric in Latency]?: SparseHistogram };

export type LatencyAccumulators = Readonly<Record<Latency, HistogramAccumulator>>;

export function latencyAccumulators(): LatencyAccumulators {
  return Object.fromEntries(
    LATENCY_NAMES.map((name) => [name, new HistogramAccumulator()]),
  ) as LatencyAccumulators;
}

/** What was added since the last call. */
export function takeLatencies(accumulators: LatencyAccumulators): Latencies {
  const taken: { [metric in Latency]?: SparseHistogram } = {};
  for (const name of LATENCY_NAMES) {
    const histogram = accumulators[name].take();
    if (histogram) taken[name] = histogram;
  }
  return taken;
}

/** A load whose requests are told apart in windows; one object for all of them. */
export interface CountedLoad {
  readonly name: string;
  /** Their latencies too, not their counts alone. */
  readonly timed: boolean;
}

/** Of the requests of one load. */
export interface LoadCounts extends Omit<RequestCounts, "retriedByGateway"> {
  /** Of a load whose latencies are told apart; absent: no sample. */
  readonly latencyUs?: Latencies;
}

/** The current second of one load. */
export class LoadWindow {
  readonly latency = latencyAccumulators();
  #counts: MutableCounts = emptyCounts();
  #touched = false;

  /** Counts to add to. */
  get counts(): MutableCounts {
    this.#touched = true;
    return this.#counts;
  }

  /** The second's data, its latencies added to `all`; undefined when nothing happened. */
  take(all: LatencyAccumulators): LoadCounts | undefined {
    const latencyUs = takeLatencies(this.latency);
    let timed = false;
    for (const name of LATENCY_NAMES) {
      const histogram = latencyUs[name];
      if (!histogram) continue;
      all[name].merge(histogram);
      timed = true;
    }
    if (!this.#touched && !timed) return undefined;
    const taken = timed ? { ...this.#counts, latencyUs } : this.#counts;
    this.#counts = emptyCounts();
    this.#touched = false;
    return taken;
  }
}
