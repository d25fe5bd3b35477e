// One engine of a model server: vLLM V1's continuous batching on the virtual clock.
//
// Between two changes of its batch an engine does the same step again and again, so it schedules the
// next change and no step: how the steps between go is arithmetic (`decode_span.ts`, `decoders.ts`).
// A step-by-step engine in the tests does the same, event for event.

import { type Clock, PRIORITY } from "../sim/clock.ts";
import type { EventHandle } from "../sim/event_queue.ts";
import { Batch } from "./batch.ts";
import type { KvSource } from "./kv_loads.ts";
import { type HostMemory, KvOffload } from "./kv_offload.ts";
import type { EngineLimits, EngineWindows } from "./limits.ts";
import { RequestQueue } from "./request_queue.ts";
import { REQUEST_STATE, type RequestId, type RequestTable } from "./requests.ts";
import type { StepTime } from "./step_time.ts";
import { Steps } from "./steps.ts";
import { TokenLedger } from "./token_ledger.ts";

/** What an engine did since it was last asked. */
export interface EngineCounts {
  readonly outputTokens: number;
  /** Prompts whose first token came. */
  readonly promptTokens: number;
  /** Tokens looked up in the prefix cache by requests that were admitted first, and those found. */
  readonly prefixQueries: number;
  readonly prefixHits: number;
  readonly preemptions: number;
}

export type RequestEnd = "completed" | "failed" | "rejected";

/**
 * Each step serves the running requests first, in order of admission, then admits waiting ones, all
 * under one token budget; prompts are cut into chunks that fit. When the running ones find no KV
 * block, one of them gives its blocks up and computes them again later.
 */
export class Engine {
  readonly #clock: Clock;
  readonly #table: RequestTable;
  readonly #stepTime: StepTime;
  readonly #limits: EngineLimits;
  readonly #batch: Batch;
  readonly #ledger: TokenLedger;
  /** Called when the last request left; a pod that terminates waits for it. */
  onIdle: (() => void) | undefined;
  /** Called when a request ends, as long as its row can be read. */
  onEnd: ((id: RequestId, end: RequestEnd) => void) | undefined;

  /**
   * Of role prefill: called when a prompt is computed. Its blocks stay until `handedOver`; when the
   * engine dies before, `onLost` is called. The row is read no more after either.
   */
  onPrefilled: ((id: RequestId) => void) | undefined;
  onLost: ((id: RequestId) => void) | undefined;
  readonly #kept = new Set<RequestId>();
  /** Loads that are over since the last boundary, and whether they brought what was asked for. */
  #loaded: { readonly id: RequestId; readonly brought: boolean }[] = [];

  /** Accepted by the API server, not yet seen by the scheduler; in order of `visibleUs`. */
  readonly #inbox = new RequestQueue();
  #aborted: RequestId[] = [];
  #pending: EventHandle | undefined;
  #frozen = false;

  readonly #steps: Steps;

  readonly #onBoundary = () => this.#boundary();

  /**
   * Throws a RangeError for limits under which a request could wait for ever. `host` is where
   * `offloadBlocks` are.
   */
  constructor(
    clock: Clock,
    table: RequestTable,
    stepTime: StepTime,
    limits: EngineLimits,
    windows: EngineWindows,
    host?: HostMemory,
  ) {
    this.#clock = clock;
    this.#table = table;
    this.#stepTime = stepTime;
    this.#limits = limits;
    const { offloadBlocks = 0, prefixCaching = true } = limits;
    const offload = host && offloadBlocks > 0 && prefixCaching
      ? new KvOffload(table, offloadBlocks, host)
      : undefined;
    this.#batch = new Batch(table, limits, stepTime, windows, offload);
    this.#batch.loads.onFetched = (id) => this.loaded(id);
    this.#ledger = new TokenLedger(table, stepTime, windows);
    const { acceptedPpm } = limits.speculative ?? {};
    this.#steps = new Steps(this.#batch, this.#ledger, stepTime, acceptedPpm);
  }

  get running(): number {
    return this.#batch.running;
  }

  /** Waiting in the scheduler: vLLM does not count those still in its API server. */
  get waiting(): number {
    const { visibleUs } = this.#table.columns;
    const nowUs = this.#clock.nowUs;
    let low = 0, high = this.#inbox.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (visibleUs[this.#inbox.at(middle)]! <= nowUs) low = middle + 1;
      else high = middle;
    }
    return this.#batch.waiting + low;
  }

  /** All that were submitted and have not ended. */
  get inFlight(): number {
    return this.#batch.running + this.#batch.waiting + this.#inbox.length;
  }

  get idle(): boolean {
    return this.inFlight === 0;
  }

  /** The host does not answer, see `freeze`. */
  get frozen(): boolean {
    return this.#frozen;
  }

  /** Where the keys and values of requests with `externalTokens` come from; before the first of them. */
  set source(source: KvSource) {
    this.#batch.loads.source = source;
  }

  /** KV blocks that requests refer to now. */
  get usedBlocks(): number {
    this.settle();
    return this.#batch.usedBlocks;
  }

  get kvBlocks(): number {
    return this.#limits.kvBlocks;
  }

  /** Counts since the last call, up to now. */
  takeCounts(): EngineCounts {
    this.settle();
    return { ...this.#ledger.takeCounts(), ...this.#batch.takeCounts() };
  }

  /**
   * Takes a request that arrived now. A prompt that leaves no room for an answer, or an adapter where
   * there are none, is rejected, as vLLM's API server does (400, 404); an answer that would pass the
   * model's length ends there.
   */
  submit(id: RequestId): void {
    const { promptTokens, outputTokens, visibleUs, adapter } = this.#table.columns;
    const room = this.#limits.maxModelLen - promptTokens[id]!;
    if (room < 1 || (adapter[id]! >= 0 && this.#limits.maxLoras === undefined)) {
      this.#ledger.window(id).rejected();
      this.#end(id, "rejected");
      return;
    }
    if (outputTokens[id]! > room) outputTokens[id] = room;
    visibleUs[id] = this.#clock.nowUs + this.#stepTime.admissionUs;
    this.#inbox.push(id);
    if (this.#pending === undefined) this.#wake();
    else if (this.#batch.mayAdmit()) this.#cutSpan(visibleUs[id]!);
  }

  /**
   * The client gave up: at the next step's end the request fails and its blocks are free. Where no step
   * will end, on a host that does not answer, it fails now.
   */
  abort(id: RequestId): void {
    this.#aborted.push(id);
    if (this.#frozen) this.#failAborted();
    else this.#hurry();
  }

  /** The keys and values that the source was to fetch are here: the request can be admitted. */
  loaded(id: RequestId): void {
    this.#loaded.push({ id, brought: true });
    this.#hurry();
  }

  /** They are not to be had: they are computed here (vLLM: kv_load_failure_policy "recompute"). */
  loadFailed(id: RequestId): void {
    this.#loaded.push({ id, brought: false });
    this.#hurry();
  }

  /** Another engine has fetched what was prefilled for it: the blocks are free, the row is gone. */
  handedOver(id: RequestId): void {
    this.#kept.delete(id);
    this.#batch.free(id);
    this.#table.remove(id);
    if (this.#pending === undefined && this.inFlight > 0) this.#wakeAt(this.#clock.nowUs);
  }

  /** The next boundary comes with the step in progress, or at once if there is none. */
  #hurry(): void {
    if (this.#pending !== undefined) this.#cutSpan(this.#clock.nowUs);
    else if (this.inFlight > 0) this.#wakeAt(this.#clock.nowUs);
  }

  /** The process is gone: every request it held fails, and its memory is empty. */
  crash(): void {
    this.#stop();
    const { clock, toldUs } = this.#steps;
    for (const id of this.#batch.takeAll(clock, toldUs)) this.#fail(id);
    for (let id = this.#inbox.shift(); id !== undefined; id = this.#inbox.shift()) this.#fail(id);
    this.#aborted = [];
    this.#loaded = [];
    this.#frozen = false;
    const kept = [...this.#kept];
    this.#kept.clear();
    for (const id of kept) {
      this.onLost?.(id);
      this.#table.remove(id);
    }
  }

  /** The host no longer answers: nothing moves and requests hang, until `crash`. */
  freeze(): void {
    this.#stop();
    this.#frozen = true;
    this.#failAborted();
  }

  /** Tells the windows all that happened up to now; whoever reads them asks for it. */
  settle(): void {
    this.#steps.tellUntil(this.#pastUs());
  }

  /** What is over: all up to this instant, or to the one before if the engine has yet to act in it. */
  #pastUs(): number {
    const { nowUs, priority } = this.#clock;
    return priority < PRIORITY.engine ? nowUs - 1 : nowUs;
  }

  #stop(): void {
    this.settle();
    if (this.#pending !== undefined) this.#clock.cancel(this.#pending);
    this.#pending = undefined;
    this.#steps.drop();
    this.#batch.chunks.length = 0;
  }

  #fail(id: RequestId): void {
    this.#ledger.window(id).failed();
    this.#end(id, "failed");
  }

  #end(id: RequestId, end: RequestEnd): void {
    this.onEnd?.(id, end);
    this.#table.remove(id);
  }

  /** An idle engine begins when its first request becomes visible. */
  #wake(): void {
    const first = this.#inbox.peek();
    if (first === undefined) return;
    this.#wakeAt(Math.max(this.#table.columns.visibleUs[first]!, this.#clock.nowUs));
  }

  #wakeAt(us: number): void {
    if (!this.#frozen) this.#pending = this.#clock.at(us, this.#onBoundary, PRIORITY.engine);
  }

  /** Ends the span in progress with the first of its steps that ends at `us` or later, and not before now. */
  #cutSpan(us: number): void {
    const endUs = this.#steps.cut(Math.max(us - 1, this.#pastUs()));
    if (endUs !== undefined) this.#pending = this.#clock.reschedule(this.#pending!, endUs);
  }

  /** A step ended, or there is something to begin with. */
  #boundary(): void {
    this.#pending = undefined;
    if (this.#aborted.length > 0) this.#markAborted();
    this.#steps.end();
    const { clock } = this.#steps;
    this.#finishDecoding(clock);
    if (this.#batch.chunks.length > 0) this.#endChunks(clock);
    if (this.#loaded.length > 0) this.#takeLoaded();
    if (this.#aborted.length > 0) this.#takeAborted();
    this.#takeInbox();
    this.#begin(this.#batch.schedule(this.#clock.nowUs, clock));
  }

  /** What the batch has planned begins; whether it is `settled`, see `Batch.schedule`. */
  #begin(settled: boolean): void {
    const { nowUs } = this.#clock;
    if (this.#batch.chunks.length > 0) {
      this.#wakeAt(this.#steps.beginStep(nowUs));
    } else if (this.#batch.decoders.count > 0) {
      const first = this.#batch.mayAdmit() ? this.#inbox.peek() : undefined;
      const arrivalUs = first === undefined ? undefined : this.#table.columns.visibleUs[first]!;
      this.#wakeAt(this.#steps.beginSpan(nowUs, settled, arrivalUs));
    } else {
      this.#steps.rest(nowUs);
      this.#wake();
      if (this.idle) this.onIdle?.();
    }
  }

  /** The step in which it was given up brings a request no token; the others get theirs. */
  #markAborted(): void {
    this.#steps.tellAllButLast();
    const { toldClock, toldUs } = this.#steps;
    for (const id of this.#aborted) this.#batch.silence(id, toldClock, toldUs);
  }

  #failAborted(): void {
    this.#markAborted();
    this.#takeAborted();
  }

  #takeAborted(): void {
    const aborted = this.#aborted;
    this.#aborted = [];
    for (const id of aborted) {
      const place = this.#inbox.placeOf(id);
      if (place >= 0) this.#inbox.removeAt(place);
      else if (!this.#batch.drop(id)) continue;
      this.#fail(id);
    }
  }

  #takeLoaded(): void {
    for (const { id, brought } of this.#loaded) this.#batch.loads.end(id, brought);
    this.#loaded = [];
  }

  #takeInbox(): void {
    const { visibleUs } = this.#table.columns;
    const now = this.#clock.nowUs;
    for (let id = this.#inbox.peek(); id !== undefined && visibleUs[id]! <= now;) {
      this.#batch.join(id);
      this.#inbox.shift();
      id = this.#inbox.peek();
    }
  }

  /** The prompts' part of a step: who has all of it computed gets a token. */
  #endChunks(clock: number): void {
    const { generatedTokens, computedTokens, scheduledTokens, outputTokens } = this.#table.columns;
    for (const id of this.#batch.chunks) {
      computedTokens[id]! += scheduledTokens[id]!;
      scheduledTokens[id] = 0;
      if (computedTokens[id]! < this.#table.known(id)) continue;
      if (this.#limits.role === "prefill") {
        this.#keep(id);
        continue;
      }
      this.#ledger.token(id, this.#clock.nowUs);
      if (generatedTokens[id] === outputTokens[id]) this.#complete(id);
      else this.#batch.decode(id, clock);
    }
    this.#batch.chunks.length = 0;
  }

  /** A prompt is computed for another engine; the client's first token comes from there. */
  #keep(id: RequestId): void {
    this.#ledger.prefilled(id);
    this.#batch.keep(id);
    this.#table.columns.state[id] = REQUEST_STATE.kept;
    this.#kept.add(id);
    this.onPrefilled?.(id);
  }

  #finishDecoding(clock: number): void {
    if (this.#batch.decoders.count === 0) return;
    if (this.#batch.decoders.nextFinishClock() > clock) return;
    const { lastTokenUs } = this.#table.columns;
    for (const id of this.#batch.decoders.takeFinished(clock)) {
      this.#ledger.dropSurplus(id);
      lastTokenUs[id] = this.#clock.nowUs;
      this.#complete(id);
    }
  }

  #complete(id: RequestId): void {
    this.#ledger.completed(id);
    this.#batch.leave(id);
    this.#table.columns.state[id] = REQUEST_STATE.ended;
    this.#end(id, "completed");
  }
}
