// The engines of one server with data parallelism, as one: which of them gets a request; no step.

import type { Engine } from "./engine.ts";
import type { EngineCounts, EngineGauges, Listeners } from "./engine_news.ts";
import type { HeldAnswers } from "./held_answers.ts";
import type { KvSource } from "./kv_loads.ts";
import type { RequestId, SharedContent } from "./requests.ts";
import type { StepTime } from "./step_time.ts";

/** What a server does with requests, whether one engine is behind it or several. */
export type ServingEngine = Pick<Engine, keyof Engine>;

/** vLLM's weight of a waiting request against a running one (`DPLBAsyncMPClient`). */
const WAITING_WEIGHT = 4;

/**
 * A request goes to the rank with the least `4 · waiting + running`, the first of several, as in
 * `DPLBAsyncMPClient.get_core_engine_for_request` with one API server. vLLM knows these counts from
 * up to 100 ms ago, with what it sent since; here they are those of now. Ranks do not wait for each
 * other: those of a dense model do not in vLLM either, those with experts step together there, and an
 * idle one computes for nothing.
 */
export class EngineGroup implements ServingEngine {
  readonly #ranks: readonly Engine[];
  readonly #rankOf = new Map<RequestId, Engine>();
  onIdle: Listeners["onIdle"];
  onEnd: Listeners["onEnd"];
  onPrefilled: Listeners["onPrefilled"];
  onLost: Listeners["onLost"];

  /** At least one rank; nobody else listens to them. */
  constructor(ranks: readonly Engine[]) {
    this.#ranks = ranks;
    for (const rank of ranks) {
      rank.onIdle = () => {
        if (this.idle) this.onIdle?.();
      };
      rank.onEnd = (id, end) => {
        this.#rankOf.delete(id);
        this.onEnd?.(id, end);
      };
      rank.onPrefilled = (id) => this.onPrefilled?.(id);
      rank.onLost = (id) => {
        this.#rankOf.delete(id);
        this.onLost?.(id);
      };
    }
  }

  get running(): number {
    return this.#sum((rank) => rank.running);
  }

  get waiting(): number {
    return this.#sum((rank) => rank.waiting);
  }

  get inFlight(): number {
    return this.#sum((rank) => rank.inFlight);
  }

  get idle(): boolean {
    return this.#ranks.every((rank) => rank.idle);
  }

  get frozen(): boolean {
    return this.#ranks.every((rank) => rank.frozen);
  }

  set source(source: KvSource) {
    for (const rank of this.#ranks) rank.source = source;
  }

  get held(): HeldAnswers | undefined {
    return this.#ranks[0]!.held;
  }

  set held(held: HeldAnswers | undefined) {
    for (const rank of this.#ranks) rank.held = held;
  }

  get usedBlocks(): number {
    return this.#sum((rank) => rank.usedBlocks);
  }

  get kvBlocks(): number {
    return this.#sum((rank) => rank.kvBlocks);
  }

  /** Endpoint pickers add the ranks' metrics up: they are of one pod. */
  get gauges(): EngineGauges {
    const gauges = this.#ranks.map((rank) => rank.gauges);
    const sum = (name: keyof EngineGauges) => gauges.reduce((all, each) => all + each[name], 0);
    return { running: sum("running"), waiting: sum("waiting"), usedBlocks: sum("usedBlocks") };
  }

  /** Of the rank that holds most of it: which of them would get the request does not depend on it. */
  cachedTokens(promptTokens: number, content: SharedContent | undefined, adapter?: string): number {
    const cached = this.#ranks.map((rank) => rank.cachedTokens(promptTokens, content, adapter));
    return Math.max(...cached);
  }

  takeCounts(): EngineCounts {
    const counts = this.#ranks.map((rank) => rank.takeCounts());
    const sum = (name: keyof EngineCounts) => counts.reduce((all, each) => all + each[name], 0);
    return {
      outputTokens: sum("outputTokens"),
      promptTokens: sum("promptTokens"),
      prefixQueries: sum("prefixQueries"),
      prefixHits: sum("prefixHits"),
      preemptions: sum("preemptions"),
      // Each rank has GPUs of its own: of a second their server is busy for so much, on average.
      busyUs: Math.round(sum("busyUs") / counts.length),
      prefillUs: Math.round(sum("prefillUs") / counts.length),
    };
  }

  submit(id: RequestId): void {
    const rank = this.#leastLoaded();
    // Before it is submitted: one that is rejected ends there and then.
    this.#rankOf.set(id, rank);
    rank.submit(id);
  }

  abort(id: RequestId): void {
    this.#rankOf.get(id)?.abort(id);
  }

  loaded(id: RequestId): void {
    this.#rankOf.get(id)?.loaded(id);
  }

  loadFailed(id: RequestId): void {
    this.#rankOf.get(id)?.loadFailed(id);
  }

  handedOver(id: RequestId): void {
    this.#rankOf.get(id)?.handedOver(id);
    this.#rankOf.delete(id);
  }

  crash(): void {
    for (const rank of this.#ranks) rank.crash();
  }

  freeze(): void {
    for (const rank of this.#ranks) rank.freeze();
  }

  retime(stepTime: StepTime): void {
    for (const rank of this.#ranks) rank.retime(stepTime);
  }

  settle(): void {
    for (const rank of this.#ranks) rank.settle();
  }

  #leastLoaded(): Engine {
    let best = this.#ranks[0]!;
    let least = Infinity;
    for (const rank of this.#ranks) {
      const score = WAITING_WEIGHT * (rank.inFlight - rank.running) + rank.running;
      if (score < least) [best, least] = [rank, score];
    }
    return best;
  }

  #sum(of: (rank: Engine) => number): number {
    return this.#ranks.reduce((sum, rank) => sum + of(rank), 0);
  }
}
