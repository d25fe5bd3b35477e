// Who runs, and what the next step computes: vLLM V1's scheduler. It knows no time of its own.

import { Admission, type Runners } from "./admission.ts";
import { BatchTime } from "./batch_time.ts";
import { blocksOf } from "./capacity.ts";
import { Decoders } from "./decoders.ts";
import { KvCache } from "./kv_cache.ts";
import type { KvLoads } from "./kv_loads.ts";
import type { KvOffload } from "./kv_offload.ts";
import { checkLimits, type EngineLimits, type EngineWindows } from "./limits.ts";
import { RequestList } from "./request_list.ts";
import {
  REQUEST_STATE,
  type RequestId,
  type RequestTable,
  type SharedContent,
} from "./requests.ts";
import { RunningList } from "./running_list.ts";
import type { StepTime } from "./step_time.ts";

const NONE = -1;

export class Batch implements Runners {
  readonly #table: RequestTable;
  readonly #limits: EngineLimits;
  readonly #cache: KvCache;
  readonly #admission: Admission;
  readonly decoders: Decoders;
  readonly #time: BatchTime;
  readonly #runners: RunningList;
  /** Requests whose prompt has a chunk in this step, in order of admission. */
  readonly chunks = new RequestList();

  /** The one whose prompt did not fit into the budget; always the last admitted. */
  #partial: RequestId = NONE;
  /** The running requests are others than in the last span. */
  #changed = false;
  /** Tokens of the budget that the running requests leave. */
  #budget = 0;

  #preemptions = 0;

  constructor(
    table: RequestTable,
    limits: EngineLimits,
    stepTime: StepTime,
    windows: EngineWindows,
    offload?: KvOffload,
  ) {
    checkLimits(limits);
    const ahead = limits.speculative?.tokens ?? 0;
    this.#table = table;
    this.#limits = limits;
    const filled = offload && ((id: RequestId, full: number) => offload.store(id, full));
    const { kvBlocks, prefixCaching = true } = limits;
    this.decoders = new Decoders(table, ahead, stepTime.window?.tokens ?? Infinity);
    this.#cache = new KvCache(table, kvBlocks, prefixCaching, this.decoders, filled);
    this.#admission = new Admission(table, limits, windows, this.#cache, offload);
    this.#time = new BatchTime(table, stepTime, this.decoders, 1 + ahead);
    this.#runners = new RunningList(table);
  }

  /** See `BatchTime.retime`. */
  retime(stepTime: StepTime): void {
    this.#time.retime(stepTime);
  }

  get running(): number {
    return this.#runners.length;
  }

  get waiting(): number {
    return this.#admission.waiting;
  }

  /** Requests that wait for keys and values from elsewhere. */
  get loads(): KvLoads {
    return this.#admission.loads;
  }

  get usedBlocks(): number {
    return this.#cache.used;
  }

  get freeBlocks(): number {
    return this.#cache.free;
  }

  /** See `KvCache.cached`. */
  cachedBlocks(content: SharedContent, adapter: number, blocks: number): number {
    return this.#cache.cached(content, adapter, blocks);
  }

  takeCounts() {
    const { prefixQueries, prefixHits } = this.#admission.takeCounts();
    const preemptions = this.#preemptions;
    this.#preemptions = 0;
    return { prefixQueries, prefixHits, preemptions };
  }

  /** Whether the running requests are others than when it was last asked. */
  takeChanged(): boolean {
    const changed = this.#changed;
    this.#changed = false;
    return changed;
  }

  /**
   * Whether a request that comes while this batch runs may be admitted at the end of a step, before
   * anything else has changed.
   */
  mayAdmit(): boolean {
    return this.hasRoom() && this.#admission.mayOvertake;
  }

  /** Joins the waiting line. */
  join(id: RequestId): void {
    this.#admission.join(id);
  }

  /**
   * Plans the step that begins now, at this token clock. False when nobody was admitted since somebody
   * had to give way: one step later that may be otherwise.
   */
  schedule(nowUs: number, clock: number): boolean {
    const preempted = this.#scheduleRunning(nowUs, clock);
    if (preempted && this.#runners.length > 0) return false;
    this.#admission.admit(this, nowUs);
    return true;
  }

  /** Blocks and budget for those that run; true when one of them had to give way. */
  #scheduleRunning(nowUs: number, clock: number): boolean {
    const { computedTokens, scheduledTokens, held } = this.#table.columns;
    let preempted = false;
    for (;;) {
      this.#budget = this.#limits.maxNumBatchedTokens - this.decoders.count * this.#tokensAStep;
      const partial = this.#partial;
      let known = 0, tokens = 0, blocks = 0;
      if (partial !== NONE) {
        known = this.#table.known(partial);
        tokens = Math.max(0, Math.min(known - computedTokens[partial]!, this.#budget));
        blocks = blocksOf(computedTokens[partial]! + tokens);
      }
      const lacking = this.decoders.blocksLacking(clock);
      const lackingOfPrompt = partial === NONE ? 0 : Math.max(0, blocks - held[partial]!);
      if (lacking + lackingOfPrompt <= this.#cache.free) {
        this.#cache.take(lacking);
        this.decoders.reserve(clock);
        this.#cache.fillAnswers();
        if (tokens > 0) {
          this.#cache.grow(partial, blocks, computedTokens[partial]! + tokens);
          scheduledTokens[partial] = tokens;
          this.chunks.push(partial);
          this.#budget -= tokens;
          if (computedTokens[partial]! + tokens === known) this.#partial = NONE;
        }
        return preempted;
      }
      this.#preempt(this.#victim(), nowUs, clock);
      preempted = true;
    }
  }

  get #tokensAStep(): number {
    return 1 + (this.#limits.speculative?.tokens ?? 0);
  }

  /** First come, first served: the last admitted. By priority: the least urgent, the latest of them. */
  #victim(): RequestId {
    if (this.#limits.policy !== "priority") return this.#runners.last;
    const { before } = this.#table.columns;
    let victim = this.#runners.last;
    for (let id = this.#runners.last; id !== NONE; id = before[id]!) {
      if (this.#admission.lessUrgent(id, victim)) victim = id;
    }
    return victim;
  }

  #preempt(id: RequestId, nowUs: number, clock: number): void {
    const columns = this.#table.columns;
    if (columns.state[id] === REQUEST_STATE.decoding) this.#stopDecoding(id, clock, nowUs);
    this.#cache.preempt(id);
    this.#unlink(id);
    columns.computedTokens[id] = 0;
    columns.preemptions[id]!++;
    columns.state[id] = REQUEST_STATE.waiting;
    this.#admission.rejoin(id);
    this.#preemptions++;
  }

  hasRoom(): boolean {
    return this.#budget > 0 && this.#runners.length < this.#limits.maxNumSeqs;
  }

  start(id: RequestId, computed: number): void {
    const columns = this.#table.columns;
    const known = this.#table.known(id);
    const tokens = Math.min(known - computed, this.#budget);
    this.#cache.grow(id, blocksOf(computed + tokens), computed + tokens);
    columns.computedTokens[id] = computed;
    columns.scheduledTokens[id] = tokens;
    columns.state[id] = REQUEST_STATE.prefilling;
    this.#budget -= tokens;
    this.chunks.push(id);
    if (computed + tokens < known) this.#partial = id;
    this.#link(id);
  }

  #link(id: RequestId): void {
    this.#runners.push(id);
    this.#changed = true;
    this.#admission.loras.hold(id);
  }

  #unlink(id: RequestId): void {
    this.#runners.remove(id);
    this.#changed = true;
    this.#admission.loras.release(id);
    if (this.#partial === id) this.#partial = NONE;
  }

  /** How long the planned step with prompts in it takes, in ps. */
  mixedStepPs(clock: number): number {
    this.#changed = true;
    return this.#time.mixedStepPs(this.chunks, clock, this.#admission.loras.used);
  }

  /** How long a step of the decoding requests alone takes, in ps. */
  decodeStepPs(clock: number): number {
    return this.#time.decodeStepPs(clock, this.#admission.loras.used);
  }

  /** By how much such a step gets longer with each token that all of them get, in ps. */
  get slopePs(): number {
    return this.#time.slopePs;
  }

  /** The clock of the step by which somebody fills a block that may change something; or Infinity. */
  get nextFillClock(): number {
    return this.#cache.nextFillClock();
  }

  /** Takes the blocks of all steps up to the one at this clock. */
  reserve(clock: number): void {
    this.#cache.take(this.decoders.blocksLacking(clock));
    this.decoders.reserve(clock);
  }

  /** A request whose prompt is done gets a token with each step from now on. */
  decode(id: RequestId, clock: number): void {
    this.#table.columns.state[id] = REQUEST_STATE.decoding;
    this.decoders.join(id, clock);
    this.#cache.answer(id);
  }

  #stopDecoding(id: RequestId, clock: number, lastTokenUs: number): void {
    this.decoders.leave(id, clock);
    this.#table.columns.lastTokenUs[id] = lastTokenUs;
  }

  /** A running request is over; it decodes no more. */
  leave(id: RequestId): void {
    this.#cache.release(id);
    this.#unlink(id);
  }

  /** A running request's prompt is done and its blocks stay, until `free`: another engine fetches them. */
  keep(id: RequestId): void {
    this.#unlink(id);
  }

  /** Gives back what `keep` kept. */
  free(id: RequestId): void {
    this.#cache.release(id);
  }

  /** A running request gets nothing from the step that ends. */
  silence(id: RequestId, clock: number, lastTokenUs: number): void {
    const { state, scheduledTokens } = this.#table.columns;
    if (state[id] === REQUEST_STATE.decoding) this.#stopDecoding(id, clock, lastTokenUs);
    else if (state[id] !== REQUEST_STATE.prefilling) return;
    this.chunks.remove(id);
    scheduledTokens[id] = 0;
    state[id] = REQUEST_STATE.aborted;
  }

  /** Takes out a request that waits or was silenced; false when it is over already. */
  drop(id: RequestId): boolean {
    const { state } = this.#table.columns;
    if (state[id] === REQUEST_STATE.aborted) {
      this.leave(id);
      return true;
    }
    return this.#admission.drop(id);
  }

  /** Empties everything, and says who was there. */
  takeAll(clock: number, lastTokenUs: number): RequestId[] {
    const { state } = this.#table.columns;
    const all = this.#runners.takeAll();
    for (const id of all) {
      if (state[id] === REQUEST_STATE.decoding) this.#stopDecoding(id, clock, lastTokenUs);
    }
    all.push(...this.#admission.takeAll());
    this.#partial = NONE;
    this.#changed = true;
    this.decoders.clear();
    this.#cache.clear();
    return all;
  }
}
