// One second of one revision's requests: the accumulator the engines fold into, and its data form.

import { HistogramAccumulator, type SparseHistogram } from "./histogram.ts";
import { type Latency, LATENCY_NAMES } from "./names.ts";
import { emptyCounts, type MutableCounts, type RequestCounts } from "./request_counts.ts";
import { meetsSlo, type Slo } from "./slo.ts";

/** Of the requests of one load. */
export type LoadCounts = Omit<RequestCounts, "retriedByGateway">;

/** What a window holds of one class of requests; absent histograms had no sample. */
export interface WindowMetrics {
  readonly requests: RequestCounts;
  /** The same of each load alone, where the service's loads are counted apart; absent: none was. */
  readonly loads?: Readonly<Record<string, LoadCounts>>;
  readonly promptTokens: number;
  readonly outputTokens: number;
  /** Of answers that met every SLO, whole, in the second in which they end; absent: none. */
  readonly goodTokens?: number;
  /** Tokens that were looked up in the prefix cache (vLLM: prefix_cache_queries); absent: none. */
  readonly prefixQueries?: number;
  /** Those of them that were found there (vLLM: prefix_cache_hits). */
  readonly prefixHits?: number;
  readonly latencyUs: { readonly [metric in Latency]?: SparseHistogram };
}

/** Parallel columns, one entry a pod: gauges as of the window's end, counts of that second. */
export interface PodColumns {
  readonly name: readonly string[];
  readonly running: readonly number[];
  readonly waiting: readonly number[];
  /** KV-cache usage in parts per million. */
  readonly kvPpm: readonly number[];
  /** Absent in logs of mtop before it told them. */
  readonly promptTokens?: readonly number[];
  readonly outputTokens: readonly number[];
  /** Tokens looked up in the pod's prefix cache, and those found; absent when no pod looked any up. */
  readonly prefixQueries?: readonly number[];
  readonly prefixHits?: readonly number[];
  readonly preemptions: readonly number[];
  /**
   * Time in which the pod's engine computed, of several engines their mean, and the part of it in steps
   * with prompts in them. Absent in logs of mtop before it told them.
   */
  readonly busyUs?: readonly number[];
  readonly prefillUs?: readonly number[];
}

/** Collects one class of requests (measured, or arrived in the warm-up) for the current second. */
export class WindowAccumulator {
  readonly #latency: Record<Latency, HistogramAccumulator>;
  #slo: Slo | undefined;
  #counts = emptyCounts();
  #retried = 0;
  #late = 0;
  #retriedByGateway = 0;
  #promptTokens = 0;
  #outputTokens = 0;
  #goodTokens = 0;
  #prefixQueries = 0;
  #prefixHits = 0;
  #touched = false;
  #loads: Record<string, MutableCounts> | undefined;
  /** Requests that arrived and have not ended. */
  #open = 0;

  constructor(slo?: Slo) {
    this.#slo = slo;
    this.#latency = Object.fromEntries(
      LATENCY_NAMES.map((name) => [name, new HistogramAccumulator()]),
    ) as Record<Latency, HistogramAccumulator>;
  }

  /** From now on another one: what was counted stays. */
  judge(slo: Slo): void {
    this.#slo = slo;
  }

  /** Nothing to tell, and nobody of whom there could be more to tell. */
  get idle(): boolean {
    return !this.#touched && this.#open === 0;
  }

  /** The counts of a load that is counted apart as well. */
  #of(load: string): MutableCounts {
    return (this.#loads ??= {})[load] ??= emptyCounts();
  }

  /** `load` is the request's, where it is counted apart; so below. */
  arrived(load?: string): void {
    if (load !== undefined) this.#of(load).arrived++;
    this.#counts.arrived++;
    this.#open++;
    this.#touched = true;
  }

  rejected(load?: string): void {
    if (load !== undefined) this.#of(load).rejected++;
    this.#counts.rejected++;
    this.#open--;
    this.#touched = true;
  }

  failed(load?: string): void {
    if (load !== undefined) this.#of(load).failed++;
    this.#counts.failed++;
    this.#open--;
    this.#touched = true;
  }

  /** One that failed or was rejected just now is tried again, by its client or by the gateway. */
  retried(byGateway = false, load: string | undefined = undefined): void {
    if (load !== undefined) {
      const counts = this.#of(load);
      counts.retried = (counts.retried ?? 0) + 1;
    }
    this.#retried++;
    if (byGateway) this.#retriedByGateway++;
    this.#touched = true;
  }

  /**
   * The run ends and this one is in flight, its latencies so far at least these, its client's earlier
   * attempts included: it is late when it can be good no more.
   */
  unfinished(
    ttftUs: number,
    tpotUs: number,
    e2eUs: number,
    slo: Slo | undefined = this.#slo,
    load: string | undefined = undefined,
  ): void {
    if (!slo || meetsSlo(slo, ttftUs, tpotUs, e2eUs)) return;
    if (load !== undefined) {
      const counts = this.#of(load);
      counts.late = (counts.late ?? 0) + 1;
    }
    this.#late++;
    this.#touched = true;
  }

  /** A request left the waiting queue for the first time after `waitUs` µs. */
  queued(waitUs: number): void {
    this.#latency.queue.add(waitUs);
    this.#touched = true;
  }

  /** A request's first token, `ttftUs` µs after its arrival, and the prompt it answers. */
  firstToken(ttftUs: number, promptTokens: number): void {
    this.#latency.ttft.add(ttftUs);
    this.#promptTokens += promptTokens;
    this.#outputTokens++;
    this.#touched = true;
  }

  /** `count` further tokens, each `gapUs` µs after the one before it. */
  tokens(gapUs: number, count: number): void {
    this.#latency.itl.add(gapUs, count);
    this.#outputTokens += count;
    this.#touched = true;
  }

  /** `count` tokens came in steps of `gapUs` µs: their samples alone, `stepped` has the rest. */
  steps(gapUs: number, count: number): void {
    this.#latency.itl.addUnsummed(gapUs, count);
    this.#touched = true;
  }

  /** The exact sum in µs of the gaps that `steps` counted, and the tokens that came with them. */
  stepped(sumUs: number, outputTokens: number): void {
    this.#latency.itl.addSum(sumUs);
    this.#outputTokens += outputTokens;
    this.#touched = true;
  }

  /** A request was admitted first: its tokens were looked up in the prefix cache, so many found. */
  prefix(queriedTokens: number, hitTokens: number): void {
    this.#prefixQueries += queriedTokens;
    this.#prefixHits += hitTokens;
    this.#touched = true;
  }

  /**
   * A request's last token; `tpotUs` is undefined for an answer of a single token. Its client had tried
   * for `triedUs` before this attempt: that is no latency of the server, but it is of the request, which
   * is held against `slo`. Its answer has `tokens`.
   */
  completed(
    ttftUs: number,
    tpotUs: number | undefined,
    e2eUs: number,
    triedUs = 0,
    slo: Slo | undefined = this.#slo,
    tokens = 0,
    load: string | undefined = undefined,
  ): void {
    if (load !== undefined) this.#of(load).completed++;
    this.#counts.completed++;
    this.#open--;
    this.#latency.e2e.add(e2eUs);
    if (tpotUs !== undefined) this.#latency.tpot.add(tpotUs);
    if (slo && meetsSlo(slo, triedUs + ttftUs, tpotUs ?? 0, triedUs + e2eUs)) {
      if (load !== undefined) this.#of(load).good++;
      this.#counts.good++;
      this.#goodTokens += tokens;
    }
    this.#touched = true;
  }

  /** The second's data, or undefined when nothing happened; the next second starts empty. */
  take(): WindowMetrics | undefined {
    if (!this.#touched) return undefined;
    const latencyUs: { [metric in Latency]?: SparseHistogram } = {};
    for (const name of LATENCY_NAMES) {
      const histogram = this.#latency[name].take();
      if (histogram) latencyUs[name] = histogram;
    }
    const retried = this.#retried;
    const retriedByGateway = this.#retriedByGateway;
    const late = this.#late;
    const requests = retried === 0 && late === 0 ? this.#counts : {
      ...this.#counts,
      ...(retried === 0 ? {} : { retried }),
      ...(late === 0 ? {} : { late }),
      ...(retriedByGateway === 0 ? {} : { retriedByGateway }),
    };
    const promptTokens = this.#promptTokens;
    const outputTokens = this.#outputTokens;
    const goodTokens = this.#goodTokens;
    const prefixQueries = this.#prefixQueries;
    const prefixHits = this.#prefixHits;
    const window: WindowMetrics = {
      requests,
      ...(this.#loads ? { loads: this.#loads } : {}),
      ...{ promptTokens, outputTokens },
      ...(goodTokens === 0 ? {} : { goodTokens }),
      ...(prefixQueries === 0 ? {} : { prefixQueries, prefixHits }),
      latencyUs,
    };
    this.#counts = emptyCounts();
    this.#loads = undefined;
    this.#retried = 0;
    this.#late = 0;
    this.#retriedByGateway = 0;
    this.#promptTokens = 0;
    this.#outputTokens = 0;
    this.#goodTokens = 0;
    this.#prefixQueries = 0;
    this.#prefixHits = 0;
    this.#touched = false;
    return window;
  }
}
