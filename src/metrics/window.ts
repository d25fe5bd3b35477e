// One second of one revision's requests: the accumulator the engines fold into, and its data form.

import {
  type CountedLoad,
  type Latencies,
  type LatencyAccumulators,
  latencyAccumulators,
  type LoadCounts,
  LoadWindow,
  takeLatencies,
} from "./load_window.ts";
import { emptyCounts, type RequestCounts } from "./request_counts.ts";
import { meetsSlo, type Slo } from "./slo.ts";

/** What a window holds of one class of requests; absent histograms had no sample. */
export interface WindowMetrics {
  readonly requests: RequestCounts;
  /** The same of loads that are told apart, each alone; absent: of none was anything told. */
  readonly loads?: Readonly<Record<string, LoadCounts>>;
  readonly promptTokens: number;
  readonly outputTokens: number;
  /** Of answers that met every SLO, whole, in the second in which they end; absent: none. */
  readonly goodTokens?: number;
  /** Tokens that were looked up in the prefix cache (vLLM: prefix_cache_queries); absent: none. */
  readonly prefixQueries?: number;
  /** Those of them that were found there (vLLM: prefix_cache_hits). */
  readonly prefixHits?: number;
  readonly latencyUs: Latencies;
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
  /** Of requests whose latencies no load has. */
  readonly #latency = latencyAccumulators();
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
  readonly #loads = new Map<CountedLoad, LoadWindow>();
  /** Requests that arrived and have not ended. */
  #open = 0;

  constructor(slo?: Slo) {
    this.#slo = slo;
  }

  /** From now on another one: what was counted stays. */
  judge(slo: Slo): void {
    this.#slo = slo;
  }

  /** Nothing to tell, and nobody of whom there could be more to tell. */
  get idle(): boolean {
    return !this.#touched && this.#open === 0;
  }

  #of(load: CountedLoad): LoadWindow {
    let window = this.#loads.get(load);
    if (!window) this.#loads.set(load, window = new LoadWindow());
    return window;
  }

  #latencyOf(load: CountedLoad | undefined): LatencyAccumulators {
    return load?.timed ? this.#of(load).latency : this.#latency;
  }

  /** `load` is the request's, where it is told apart; so below. */
  arrived(load?: CountedLoad): void {
    if (load !== undefined) this.#of(load).counts.arrived++;
    this.#counts.arrived++;
    this.#open++;
    this.#touched = true;
  }

  rejected(load?: CountedLoad): void {
    if (load !== undefined) this.#of(load).counts.rejected++;
    this.#counts.rejected++;
    this.#open--;
    this.#touched = true;
  }

  failed(load?: CountedLoad): void {
    if (load !== undefined) this.#of(load).counts.failed++;
    this.#counts.failed++;
    this.#open--;
    this.#touched = true;
  }

  /** One that failed or was rejected just now is tried again, by its client or by the gateway. */
  retried(byGateway = false, load: CountedLoad | undefined = undefined): void {
    if (load !== undefined) {
      const { counts } = this.#of(load);
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
    load: CountedLoad | undefined = undefined,
  ): void {
    if (!slo || meetsSlo(slo, ttftUs, tpotUs, e2eUs)) return;
    if (load !== undefined) {
      const { counts } = this.#of(load);
      counts.late = (counts.late ?? 0) + 1;
    }
    this.#late++;
    this.#touched = true;
  }

  /** A request left the waiting queue for the first time after `waitUs` µs. */
  queued(waitUs: number, load?: CountedLoad): void {
    this.#latencyOf(load).queue.add(waitUs);
    this.#touched = true;
  }

  /** A request's first token, `ttftUs` µs after its arrival, and the prompt it answers. */
  firstToken(ttftUs: number, promptTokens: number, load?: CountedLoad): void {
    this.#latencyOf(load).ttft.add(ttftUs);
    this.#promptTokens += promptTokens;
    this.#outputTokens++;
    this.#touched = true;
  }

  /** `count` further tokens, each `gapUs` µs after the one before it. */
  tokens(gapUs: number, count: number, load?: CountedLoad): void {
    this.#latencyOf(load).itl.add(gapUs, count);
    this.#outputTokens += count;
    this.#touched = true;
  }

  /** `count` tokens came in steps of `gapUs` µs: their samples alone, `stepped` has the rest. */
  steps(gapUs: number, count: number, load?: CountedLoad): void {
    this.#latencyOf(load).itl.addUnsummed(gapUs, count);
    this.#touched = true;
  }

  /** The exact sum in µs of the gaps that `steps` counted, and the tokens that came with them. */
  stepped(sumUs: number, outputTokens: number, load?: CountedLoad): void {
    this.#latencyOf(load).itl.addSum(sumUs);
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
    load: CountedLoad | undefined = undefined,
  ): void {
    if (load !== undefined) this.#of(load).counts.completed++;
    this.#counts.completed++;
    this.#open--;
    const { e2e, tpot } = this.#latencyOf(load);
    e2e.add(e2eUs);
    if (tpotUs !== undefined) tpot.add(tpotUs);
    if (slo && meetsSlo(slo, triedUs + ttftUs, tpotUs ?? 0, triedUs + e2eUs)) {
      if (load !== undefined) this.#of(load).counts.good++;
      this.#counts.good++;
      this.#goodTokens += tokens;
    }
    this.#touched = true;
  }

  /** The second's data, or undefined when nothing happened; the next second starts empty. */
  take(): WindowMetrics | undefined {
    if (!this.#touched) return undefined;
    const loads = this.#loads.size === 0 ? undefined : this.#takeLoads();
    const latencyUs = takeLatencies(this.#latency);
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
      // Copied for the reason that `HistogramAccumulator.take` has.
      ...{ requests },
      ...(loads ? { loads } : {}),
      ...{ promptTokens, outputTokens },
      ...(goodTokens === 0 ? {} : { goodTokens }),
      ...(prefixQueries === 0 ? {} : { prefixQueries, prefixHits }),
      latencyUs,
    };
    this.#counts = emptyCounts();
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

  #takeLoads(): Record<string, LoadCounts> | undefined {
    let loads: Record<string, LoadCounts> | undefined;
    for (const [{ name }, window] of this.#loads) {
      const taken = window.take(this.#latency);
      if (taken) (loads ??= {})[name] = taken;
    }
    return loads;
  }
}
