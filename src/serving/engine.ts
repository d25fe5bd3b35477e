// One replica of a model server: vLLM V1's continuous batching, step by step on the virtual clock.

import type { WindowAccumulator } from "../metrics/window.ts";
import { type Clock, PRIORITY } from "../sim/clock.ts";
import type { EventHandle } from "../sim/event_queue.ts";
import { BLOCK_TOKENS } from "./capacity.ts";
import { RequestQueue } from "./request_queue.ts";
import type { RequestId, RequestTable } from "./requests.ts";
import type { StepTime } from "./step_time.ts";

export interface EngineLimits {
  /** KV-cache blocks of 16 tokens; at least one request of `maxModelLen` tokens must fit. */
  readonly kvBlocks: number;
  readonly maxNumSeqs: number;
  readonly maxNumBatchedTokens: number;
  readonly maxModelLen: number;
}

/** Where a replica's requests are counted: `[measured, arrived in the warm-up]`. */
export type EngineWindows = readonly [WindowAccumulator, WindowAccumulator];

/** What a replica did since it was last asked. */
export interface EngineCounts {
  readonly outputTokens: number;
  readonly preemptions: number;
}

/**
 * Each step serves the running requests first, in order of admission, then admits waiting ones, all
 * under one token budget; prompts are cut into chunks that fit. A running request that finds no KV
 * block preempts the latest admitted, which gives up its blocks and computes them again later.
 */
export class Engine {
  readonly #clock: Clock;
  readonly #table: RequestTable;
  readonly #stepTime: StepTime;
  readonly #limits: EngineLimits;
  readonly #windows: EngineWindows;
  /** Called when the last request left; a pod that terminates waits for it. */
  onIdle: (() => void) | undefined;

  /** Accepted by the API server, not yet seen by the scheduler; in order of `visibleUs`. */
  readonly #inbox = new RequestQueue();
  readonly #waiting = new RequestQueue();
  #running: RequestId[] = [];
  #freeBlocks: number;
  #pending: EventHandle | undefined;
  #stepping = false;
  #frozen = false;

  // Virtual time of a span of equal batches is base + floor(sum / 1e6) µs: exact however long.
  #baseUs = 0;
  #sumPs = 0;
  #spanFixedPs = -1;
  #stepStartUs = 0;

  #outputTokens = 0;
  #preemptions = 0;

  readonly #beginStep = () => this.#begin();
  readonly #endStep = () => this.#end();

  constructor(
    clock: Clock,
    table: RequestTable,
    stepTime: StepTime,
    limits: EngineLimits,
    windows: EngineWindows,
  ) {
    this.#clock = clock;
    this.#table = table;
    this.#stepTime = stepTime;
    this.#limits = limits;
    this.#windows = windows;
    this.#freeBlocks = limits.kvBlocks;
  }

  get running(): number {
    return this.#running.length;
  }

  /** Waiting for admission, those still in the API server included. */
  get waiting(): number {
    return this.#waiting.length + this.#inbox.length;
  }

  get idle(): boolean {
    return this.running + this.waiting === 0;
  }

  get usedBlocks(): number {
    return this.#limits.kvBlocks - this.#freeBlocks;
  }

  get kvBlocks(): number {
    return this.#limits.kvBlocks;
  }

  /** Counts since the last call. */
  takeCounts(): EngineCounts {
    const counts = { outputTokens: this.#outputTokens, preemptions: this.#preemptions };
    this.#outputTokens = 0;
    this.#preemptions = 0;
    return counts;
  }

  /**
   * Takes a request that arrived now. A prompt that leaves no room for an answer is rejected, as
   * vLLM's API server does (400); an answer that would pass the model's length ends there.
   */
  submit(id: RequestId): void {
    const { promptTokens, outputTokens, visibleUs, warmup } = this.#table.columns;
    const room = this.#limits.maxModelLen - promptTokens[id]!;
    if (room < 1) {
      this.#windows[warmup[id] as 0 | 1].rejected();
      this.#table.remove(id);
      return;
    }
    if (outputTokens[id]! > room) outputTokens[id] = room;
    visibleUs[id] = this.#clock.nowUs + this.#stepTime.admissionUs;
    this.#inbox.push(id);
    this.#wake();
  }

  /** The process is gone: every request it held fails, and its memory is empty. */
  crash(): void {
    this.#cancelPending();
    for (const id of this.#running) this.#fail(id);
    for (const queue of [this.#waiting, this.#inbox]) {
      for (let id = queue.shift(); id !== undefined; id = queue.shift()) this.#fail(id);
    }
    this.#running = [];
    this.#freeBlocks = this.#limits.kvBlocks;
    this.#frozen = false;
  }

  /** The host no longer answers: nothing moves and requests hang, until `crash`. */
  freeze(): void {
    this.#cancelPending();
    this.#frozen = true;
  }

  #fail(id: RequestId): void {
    this.#windows[this.#table.columns.warmup[id] as 0 | 1].failed();
    this.#table.remove(id);
  }

  #cancelPending(): void {
    if (this.#pending !== undefined) this.#clock.cancel(this.#pending);
    this.#pending = undefined;
    this.#stepping = false;
  }

  /** An idle engine begins when its first request becomes visible. */
  #wake(): void {
    if (this.#stepping || this.#frozen || this.#pending !== undefined) return;
    const first = this.#inbox.peek();
    if (first === undefined) return;
    const visibleUs = this.#table.columns.visibleUs[first]!;
    this.#pending = this.#clock.at(visibleUs, this.#beginStep, PRIORITY.engine);
  }

  #begin(): void {
    this.#pending = undefined;
    this.#takeInbox();
    if (this.#running.length + this.#waiting.length === 0) {
      this.#stepping = false;
      if (this.#inbox.length > 0) this.#wake();
      else this.onIdle?.();
      return;
    }
    this.#stepping = true;
    this.#stepStartUs = this.#clock.nowUs;
    const budget = this.#scheduleRunning();
    if (budget > 0) this.#admit(budget);
    this.#pending = this.#clock.at(this.#stepEndUs(), this.#endStep, PRIORITY.engine);
  }

  #takeInbox(): void {
    const { visibleUs } = this.#table.columns;
    const now = this.#clock.nowUs;
    for (let id = this.#inbox.peek(); id !== undefined && visibleUs[id]! <= now;) {
      this.#waiting.push(id);
      this.#inbox.shift();
      id = this.#inbox.peek();
    }
  }

  /** The token budget left for admission; none after a preemption, as in vLLM. */
  #scheduleRunning(): number {
    const { promptTokens, generatedTokens, computedTokens, scheduledTokens } = this.#table.columns;
    let budget = this.#limits.maxNumBatchedTokens;
    let preempted = false;
    for (let index = 0; index < this.#running.length; index++) {
      const id = this.#running[index]!;
      const known = promptTokens[id]! + generatedTokens[id]!;
      const tokens = Math.min(known - computedTokens[id]!, budget);
      while (!this.#reserve(id, tokens)) {
        preempted = true;
        const victim = this.#running.pop()!;
        this.#preempt(victim);
        if (victim === id) return 0;
      }
      scheduledTokens[id] = tokens;
      budget -= tokens;
    }
    return preempted ? 0 : budget;
  }

  #admit(budget: number): void {
    const {
      visibleUs,
      promptTokens,
      generatedTokens,
      scheduledTokens,
      wasScheduled,
      warmup,
    } = this.#table.columns;
    while (budget > 0 && this.#running.length < this.#limits.maxNumSeqs) {
      const id = this.#waiting.peek();
      if (id === undefined) return;
      const tokens = Math.min(promptTokens[id]! + generatedTokens[id]!, budget);
      if (!this.#reserve(id, tokens)) return;
      this.#waiting.shift();
      this.#running.push(id);
      scheduledTokens[id] = tokens;
      budget -= tokens;
      if (wasScheduled[id] === 0) {
        wasScheduled[id] = 1;
        this.#windows[warmup[id] as 0 | 1].queued(this.#clock.nowUs - visibleUs[id]!);
      }
    }
  }

  /** Blocks for `tokens` more; false and nothing changed when there are not enough. */
  #reserve(id: RequestId, tokens: number): boolean {
    const { computedTokens, blocks } = this.#table.columns;
    const needed = Math.ceil((computedTokens[id]! + tokens) / BLOCK_TOKENS) - blocks[id]!;
    if (needed <= 0) return true;
    if (needed > this.#freeBlocks) return false;
    this.#freeBlocks -= needed;
    blocks[id]! += needed;
    return true;
  }

  #preempt(id: RequestId): void {
    const { computedTokens, scheduledTokens } = this.#table.columns;
    this.#release(id);
    computedTokens[id] = 0;
    scheduledTokens[id] = 0;
    this.#waiting.pushFirst(id);
    this.#preemptions++;
  }

  #release(id: RequestId): void {
    const { blocks } = this.#table.columns;
    this.#freeBlocks += blocks[id]!;
    blocks[id] = 0;
  }

  #stepEndUs(): number {
    const { promptTokens, generatedTokens, computedTokens, scheduledTokens } = this.#table.columns;
    let prefillTokens = 0;
    let prefillAttention = 0;
    let decodeTokens = 0;
    let context = 0;
    let requests = 0;
    for (const id of this.#running) {
      const tokens = scheduledTokens[id]!;
      if (tokens === 0) continue;
      requests++;
      const computed = computedTokens[id]!;
      if (generatedTokens[id]! > 0 && computed + 1 === promptTokens[id]! + generatedTokens[id]!) {
        decodeTokens++;
        context += computed + 1;
      } else {
        prefillTokens += tokens;
        prefillAttention += tokens * (2 * computed + tokens);
      }
    }
    const fixedPs = this.#stepTime.fixedPs({
      prefillTokens,
      prefillAttention,
      decodeTokens,
      requests,
    });
    if (prefillTokens > 0 || fixedPs !== this.#spanFixedPs) {
      this.#baseUs = this.#clock.nowUs;
      this.#sumPs = 0;
      this.#spanFixedPs = prefillTokens > 0 ? -1 : fixedPs;
    }
    this.#sumPs += fixedPs + context * this.#stepTime.contextPs;
    return this.#baseUs + Math.floor(this.#sumPs / 1e6);
  }

  #end(): void {
    const { promptTokens, outputTokens, generatedTokens, computedTokens, scheduledTokens } =
      this.#table.columns;
    const bulk: [number, number] = [0, 0];
    let finished = 0;
    for (let index = 0; index < this.#running.length; index++) {
      const id = this.#running[index]!;
      computedTokens[id]! += scheduledTokens[id]!;
      scheduledTokens[id] = 0;
      if (computedTokens[id] === promptTokens[id]! + generatedTokens[id]!) {
        this.#token(id, bulk);
        if (generatedTokens[id] === outputTokens[id]) {
          this.#complete(id);
          finished++;
          continue;
        }
      }
      this.#running[index - finished] = id;
    }
    if (finished > 0) {
      this.#running.length -= finished;
      this.#spanFixedPs = -1;
    }
    this.#tellGaps(bulk);
    this.#begin();
  }

  /** One token of one request. Gaps of a whole step are told together, in `bulk`. */
  #token(id: RequestId, bulk: [number, number]): void {
    const { arrivedUs, firstTokenUs, lastTokenUs, promptTokens, generatedTokens, warmup } =
      this.#table.columns;
    const now = this.#clock.nowUs;
    const class_ = warmup[id] as 0 | 1;
    generatedTokens[id]!++;
    this.#outputTokens++;
    if (generatedTokens[id] === 1) {
      firstTokenUs[id] = now;
      const ttftUs = now - arrivedUs[id]! + this.#stepTime.tokenUs;
      this.#windows[class_].firstToken(ttftUs, promptTokens[id]!);
    } else if (lastTokenUs[id] === this.#stepStartUs) {
      bulk[class_]++;
    } else {
      this.#windows[class_].tokens(now - lastTokenUs[id]! + this.#stepTime.tokenUs, 1);
    }
    lastTokenUs[id] = now;
  }

  #tellGaps(bulk: readonly [number, number]): void {
    const gapUs = this.#clock.nowUs - this.#stepStartUs + this.#stepTime.tokenUs;
    for (const class_ of [0, 1] as const) {
      if (bulk[class_] > 0) this.#windows[class_].tokens(gapUs, bulk[class_]);
    }
  }

  #complete(id: RequestId): void {
    const { arrivedUs, firstTokenUs, lastTokenUs, outputTokens, warmup } = this.#table.columns;
    const tokens = outputTokens[id]!;
    const { tokenUs, completionUs } = this.#stepTime;
    const ttftUs = firstTokenUs[id]! - arrivedUs[id]! + tokenUs;
    const decodeUs = lastTokenUs[id]! - firstTokenUs[id]! + tokenUs * (tokens - 1);
    const tpotUs = tokens > 1 ? Math.round(decodeUs / (tokens - 1)) : undefined;
    this.#windows[warmup[id] as 0 | 1].completed(ttftUs, tpotUs, ttftUs + decodeUs + completionUs);
    this.#release(id);
    this.#table.remove(id);
  }
}
