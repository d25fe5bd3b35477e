// One engine of a model server: vLLM V1's continuous batching on the virtual clock.
//
// Between two changes of its batch an engine does the same step again and again, so it schedules the
// next change and no step: how the steps between go is arithmetic (`decode_span.ts`, `decoders.ts`).
// A step-by-step engine in the tests does the same, event for event.

import { type Clock, PRIORITY } from "../sim/clock.ts";
import type { EventHandle } from "../sim/event_queue.ts";
import { Batch } from "./batch.ts";
import { BusyTime } from "./busy_time.ts";
import { BLOCK_TOKENS } from "./capacity.ts";
import { Departures } from "./departures.ts";
import type { EngineCounts, EngineGauges, Listeners } from "./engine_news.ts";
import { Gauges } from "./gauges.ts";
import type { HeldAnswers } from "./held_answers.ts";
import { Inbox } from "./inbox.ts";
import { Interruptions } from "./interruptions.ts";
import type { KvSource } from "./kv_loads.ts";
import { type HostMemory, KvOffload } from "./kv_offload.ts";
import type { EngineLimits, EngineWindows } from "./limits.ts";
import { type RequestId, type RequestTable, type SharedContent } from "./requests.ts";
import { blockEnd } from "./shared_segments.ts";
import type { StepTime } from "./step_time.ts";
import { Steps } from "./steps.ts";
import { TokenLedger } from "./token_ledger.ts";

/**
 * Each step serves the running requests first, in order of admission, then admits waiting ones, all
 * under one token budget; prompts are cut into chunks that fit. When the running ones find no KV
 * block, one of them gives its blocks up and computes them again later.
 */
export class Engine implements Listeners {
  readonly #clock: Clock;
  readonly #table: RequestTable;
  readonly #stepTime: StepTime;
  readonly #limits: EngineLimits;
  readonly #batch: Batch;
  readonly #ledger: TokenLedger;
  onIdle: Listeners["onIdle"];
  onEnd: Listeners["onEnd"];
  onPrefilled: Listeners["onPrefilled"];
  onLost: Listeners["onLost"];

  readonly #inbox: Inbox;
  #pending: EventHandle | undefined;
  #frozen = false;

  readonly #departures: Departures;
  readonly #steps: Steps;
  readonly #interruptions: Interruptions;
  readonly #busy = new BusyTime();
  readonly #gauges: Gauges;

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
    this.#inbox = new Inbox(table);
    this.#stepTime = stepTime;
    this.#limits = limits;
    const { offloadBlocks = 0, prefixCaching = true } = limits;
    const offload = host && offloadBlocks > 0 && prefixCaching
      ? new KvOffload(table, offloadBlocks, host)
      : undefined;
    this.#batch = new Batch(table, limits, stepTime, windows, offload);
    this.#batch.loads.onFetched = (id) => this.loaded(id);
    this.#ledger = new TokenLedger(table, stepTime, windows);
    this.#departures = new Departures(
      table,
      this.#batch,
      this.#ledger,
      this,
      limits.role === "prefill",
    );
    this.#steps = new Steps(this.#batch, this.#ledger, stepTime, limits);
    this.#interruptions = new Interruptions({
      batch: this.#batch,
      inbox: this.#inbox,
      steps: this.#steps,
      departures: this.#departures,
    });
    this.#gauges = new Gauges(this.#batch, this.#inbox, this.#steps);
  }

  get running(): number {
    return this.#batch.running;
  }

  /** Waiting in the scheduler: vLLM does not count those still in its API server. */
  get waiting(): number {
    return this.#batch.waiting + this.#inbox.visible(this.#clock.nowUs);
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

  /** Where its answers wait while none of them leaves the host; undefined: they leave. */
  get held(): HeldAnswers | undefined {
    return this.#ledger.held;
  }

  set held(held: HeldAnswers | undefined) {
    this.#ledger.held = held;
  }

  /** KV blocks that requests refer to now. */
  get usedBlocks(): number {
    this.settle();
    return this.#batch.usedBlocks;
  }

  get kvBlocks(): number {
    return this.#limits.kvBlocks;
  }

  /**
   * How many tokens of such a prompt the prefix cache holds now, in whole blocks: what a precise
   * endpoint picker knows of this engine. Nothing counts as used by it. The content is that of
   * `RequestTable.add`; what follows the prompt in it is left out.
   */
  cachedTokens(promptTokens: number, content: SharedContent | undefined, adapter?: string): number {
    if (!content) return 0;
    const number = this.#table.adapterNumber(adapter);
    // An adapter that nobody asked for yet has nothing here.
    if (adapter !== undefined && number < 0) return 0;
    // Steps that nobody has asked for may have filled blocks of an answer, or taken cached ones.
    this.settle();
    return this.#batch.cachedBlocks(content, number, blockEnd(promptTokens)) * BLOCK_TOKENS;
  }

  /** What its metrics say now, see `Gauges`; to be read at once, it is written over. */
  get gauges(): EngineGauges {
    this.settle();
    return this.#gauges.current;
  }

  /** Counts since the last call, up to now. */
  takeCounts(): EngineCounts {
    this.settle();
    const { outputTokens, promptTokens } = this.#ledger.takeCounts();
    const { prefixQueries, prefixHits, preemptions } = this.#batch.takeCounts();
    const { busyUs, prefillUs } = this.#busy.take(this.#clock.nowUs);
    // By their names: spread they would be copied key by key, for each pod in each second.
    return {
      outputTokens,
      promptTokens,
      prefixQueries,
      prefixHits,
      preemptions,
      busyUs,
      prefillUs,
    };
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
      this.#departures.reject(id);
      return;
    }
    if (outputTokens[id]! > room) outputTokens[id] = room;
    const { admissionUs, admissionTokenUs } = this.#stepTime;
    const wayUs = admissionUs + Math.round(admissionTokenUs * promptTokens[id]!);
    this.#inbox.push(id, this.#clock.nowUs + wayUs);
    if (this.#pending === undefined) this.#wake();
    else if (this.#batch.mayAdmit()) {
      this.#endAt(this.#steps.cutFor(visibleUs[id]!, this.#pastUs()));
    }
  }

  /**
   * The client gave up: at the next step's end the request fails and its blocks are free. Where no step
   * will end, on a host that does not answer, it fails now.
   */
  abort(id: RequestId): void {
    this.#interruptions.abort(id);
    if (this.#frozen) this.#failAborted();
    else this.#hurry();
  }

  /** The keys and values that the source was to fetch are here: the request can be admitted. */
  loaded(id: RequestId): void {
    this.#interruptions.loaded(id, true);
    this.#hurry();
  }

  /** They are not to be had: they are computed here (vLLM: kv_load_failure_policy "recompute"). */
  loadFailed(id: RequestId): void {
    this.#interruptions.loaded(id, false);
    this.#hurry();
  }

  /** Another engine has fetched what was prefilled for it: the blocks are free, the row is gone. */
  handedOver(id: RequestId): void {
    this.#departures.handedOver(id);
    if (this.#pending === undefined && this.inFlight > 0) this.#wakeAt(this.#clock.nowUs);
  }

  /** The next boundary comes with the step in progress, or at once if there is none. */
  #hurry(): void {
    if (this.#pending !== undefined) this.#endAt(this.#steps.cut(this.#pastUs()));
    else if (this.inFlight > 0) this.#wakeAt(this.#clock.nowUs);
  }

  /** The process is gone: every request it held fails, and its memory is empty. */
  crash(): void {
    this.#stop();
    const { clock, toldUs } = this.#steps;
    for (const id of this.#batch.takeAll(clock, toldUs)) this.#departures.fail(id);
    for (const id of this.#inbox.takeAll()) this.#departures.fail(id);
    this.#interruptions.clear();
    this.#gauges.clear();
    this.#frozen = false;
    this.#departures.loseKept();
    this.held?.lose();
    this.held = undefined;
  }

  /** The host no longer answers: nothing moves and requests hang, until `crash`. */
  freeze(): void {
    this.#stop();
    this.#frozen = true;
    this.#failAborted();
  }

  /**
   * Its GPUs are slower or faster now: steps that begin from now on take so long, the one in progress ends
   * as it began. What a step time says beside steps (admission, tokens' way, a window) stays as it was.
   */
  retime(stepTime: StepTime): void {
    this.#batch.retime(stepTime);
    if (this.#pending !== undefined) this.#endAt(this.#steps.cut(this.#pastUs()));
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
    this.#busy.turnTo("nothing", this.#clock.nowUs);
    this.#steps.drop();
    this.#batch.chunks.clear();
  }

  /** An idle engine begins when its first request becomes visible, at once where that is past. */
  #wake(): void {
    const { firstUs } = this.#inbox;
    if (firstUs !== undefined) this.#wakeAt(Math.max(firstUs, this.#clock.nowUs));
  }

  #wakeAt(us: number): void {
    if (!this.#frozen) this.#pending = this.#clock.at(us, this.#onBoundary, PRIORITY.engine);
  }

  /** The span in progress was cut to end then; undefined: it was not. */
  #endAt(us: number | undefined): void {
    if (us !== undefined) this.#pending = this.#clock.reschedule(this.#pending!, us);
  }

  /** A step ended, or there is something to begin with. */
  #boundary(): void {
    this.#pending = undefined;
    this.#interruptions.markAborted();
    const { nowUs } = this.#clock;
    const startedUs = this.#steps.startedUs(nowUs);
    const plannedUs = this.#steps.end(nowUs);
    const { clock } = this.#steps;
    this.#departures.finishDecoding(clock, nowUs);
    this.#departures.finishPrompts(clock, nowUs);
    this.#interruptions.takeLoaded();
    this.#interruptions.takeAborted();
    const ahead = plannedUs < nowUs;
    if (!ahead && startedUs < nowUs) this.#gauges.tell(startedUs);
    this.#takeInbox(plannedUs);
    const settled = this.#batch.schedule(nowUs, clock);
    // What is planned ahead was planned before the output of the step that ended now was there.
    if (ahead) this.#gauges.tell(startedUs);
    this.#begin(settled);
  }

  /** What the batch has planned begins; whether it is `settled`, see `Batch.schedule`. */
  #begin(settled: boolean): void {
    const { nowUs } = this.#clock;
    if (this.#batch.chunks.length > 0) {
      this.#busy.turnTo("prompts", nowUs);
      this.#wakeAt(this.#steps.beginStep(nowUs));
    } else if (this.#batch.decoders.count > 0) {
      this.#busy.turnTo("answers", nowUs);
      const arrivalUs = this.#batch.mayAdmit() ? this.#inbox.firstUs : undefined;
      this.#wakeAt(this.#steps.beginSpan(nowUs, settled, arrivalUs));
    } else {
      this.#busy.turnTo("nothing", nowUs);
      this.#steps.rest(nowUs);
      this.#wake();
      if (this.idle) this.onIdle?.();
    }
  }

  #failAborted(): void {
    this.#interruptions.markAborted();
    this.#interruptions.takeAborted();
  }

  /** Those who were visible then. */
  #takeInbox(us: number): void {
    for (let id = this.#inbox.takeVisible(us); id !== undefined;) {
      this.#batch.join(id);
      id = this.#inbox.takeVisible(us);
    }
  }
}
