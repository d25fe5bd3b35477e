// The requests of a run as columns of typed arrays: a request is a small integer, reused when it ends.

import type { CountedLoad } from "../metrics/load_window.ts";
import type { Slo } from "../metrics/slo.ts";

/** A row of the table; valid from `add` to `remove`. */
export type RequestId = number;

/** What the requests of one load have in common; one object for all of them. */
export interface RequestKind {
  /** vLLM's: the lower the earlier; 0 when absent. It counts only under the priority policy. */
  readonly priority?: number;
  /** The LoRA adapter it asks for. */
  readonly adapter?: string;
  /** What it is held against for goodput; absent, the service's. */
  readonly slo?: Slo;
  /** The load as which its requests are told apart in windows; absent: they are not. */
  readonly countedAs?: CountedLoad;
}

/**
 * The tokens that other requests may have too, of a prompt and of the answer that follows it: segment
 * `ids[i]` ends before token `ends[i]`. Ids are integers from 0 to 2^31 − 1; an id has the same segments
 * before it and the same end wherever it occurs, so that equal ids mean equal tokens. What follows the
 * last segment is the request's own. A turn of a session has segments for its answer too, which is in
 * the prompt of the next turn.
 */
export interface SharedContent {
  readonly ids: ArrayLike<number>;
  readonly ends: ArrayLike<number>;
}

const COLUMNS = {
  arrivedUs: Float64Array,
  /** When its client sent its first attempt; when it arrived, if this is the first. */
  firstSentUs: Float64Array,
  /** How much later than others' its answer reaches its client, for what is wrong on its way. */
  lateUs: Float64Array,
  /** When the API server hands it to the scheduler. */
  visibleUs: Float64Array,
  /** When it was first admitted; −1 before. */
  scheduledUs: Float64Array,
  firstTokenUs: Float64Array,
  /** Kept up only while it is not decoding: a decoding one has a token at the end of each step. */
  lastTokenUs: Float64Array,
  promptTokens: Int32Array,
  /** Tokens it will answer with, at least one. */
  outputTokens: Int32Array,
  /** Tokens whose keys and values are in the cache; while it decodes, see `offset`. */
  computedTokens: Int32Array,
  generatedTokens: Int32Array,
  /** Tokens of the step in progress, while it prefills. */
  scheduledTokens: Int32Array,
  /** Prompt tokens found in the prefix cache when it was first admitted. */
  cachedTokens: Int32Array,
  preemptions: Int32Array,
  priority: Int32Array,
  /** An adapter's number; −1 without. */
  adapter: Int32Array,
  /** Where it is counted, see `REQUEST_CLASS`. */
  counted: Uint8Array,
  /** The same and its load, a number for `RequestTable.tally`. */
  tally: Int32Array,
  /** Where it is, see `REQUEST_STATE`. */
  state: Uint8Array,
  /** Its place among all that ever joined the waiting queue, and among all admissions. */
  joined: Float64Array,
  order: Float64Array,
  /** The running requests in order of admission are a list. */
  before: Int32Array,
  after: Int32Array,
  /** While it decodes: its computed tokens less the engine's token clock. */
  offset: Float64Array,
  /** The token clock at which its answer is whole; its place in the heap of those. */
  finishClock: Float64Array,
  finishAt: Int32Array,
  /** The token clock from which its sliding window is full; its place in the heap of those. */
  fullClock: Float64Array,
  fullAt: Int32Array,
  /** KV blocks it refers to, and how many of them from its start are full; while it decodes, see `offset`. */
  held: Int32Array,
  full: Int32Array,
  /** How many of the full ones are found by others; an answer's may lag behind, see `Answers`. */
  shared: Int32Array,
  /** Where its own blocks wait for it in the cache after a preemption; −1 when nowhere. */
  ownSlot: Int32Array,
  /** Tokens of its prompt whose keys and values come from elsewhere, until they are here; see `KvSource`. */
  externalTokens: Int32Array,
} as const;

type Columns = { -readonly [K in keyof typeof COLUMNS]: InstanceType<(typeof COLUMNS)[K]> };

/** Where a request is counted. */
export const REQUEST_CLASS = {
  measured: 0,
  /** It arrived during the warm-up, which verdicts leave out. */
  warmup: 1,
  /** A copy of another's: it loads the engine as any does, and nobody reads its answer. */
  mirrored: 2,
} as const;

export type RequestClass = (typeof REQUEST_CLASS)[keyof typeof REQUEST_CLASS];

/** Where requests are counted; one object for all that are counted together. */
export interface Tally {
  readonly class_: RequestClass;
  /** The load as which they are told apart. */
  readonly load: CountedLoad | undefined;
}

/** Where a request is within its engine. */
export const REQUEST_STATE = {
  waiting: 0,
  /** Its blocks are there and wait for keys and values from elsewhere. */
  loading: 1,
  prefilling: 2,
  decoding: 3,
  /** Given up by its client: it gets no token any more, and its blocks are free after the step. */
  aborted: 4,
  /** Over; its row is another's next. */
  ended: 5,
  /** Prefilled for another engine that has yet to fetch its blocks. */
  kept: 6,
} as const;

const NO_KIND: RequestKind = {};

/** Grows by doubling; memory follows the requests in flight, not the requests of the run. */
export class RequestTable {
  columns: Columns;
  readonly contents: (SharedContent | undefined)[] = [];
  /** Those whose answers their server breaks off when all of their tokens are there. */
  readonly cut = new Set<RequestId>();
  /** What each is held against, where that is not the service's. */
  readonly slos: (Slo | undefined)[] = [];
  readonly #tallies: Tally[] = talliesOf(undefined);
  /** The number of the first tally of a load; of those without it is 0. */
  readonly #talliesByLoad = new Map<CountedLoad, number>();
  readonly #adapters = new Map<string, number>();
  readonly #free: number[] = [];
  #next = 0;
  #capacity = 1024;

  constructor() {
    this.columns = allocate(this.#capacity);
  }

  /** Requests open now. */
  get open(): number {
    return this.#next - this.#free.length;
  }

  /** Those that are. */
  openIds(): RequestId[] {
    const free = new Set(this.#free);
    return Array.from({ length: this.#next }, (_, id) => id).filter((id) => !free.has(id));
  }

  /**
   * A new row; `outputTokens` and `promptTokens` are at least 1. Throws a RangeError when the shared
   * content is longer than the prompt and its answer.
   */
  add(
    arrivedUs: number,
    promptTokens: number,
    outputTokens: number,
    counted: RequestClass,
    kind?: RequestKind,
    content?: SharedContent,
    firstSentUs: number = arrivedUs,
  ): RequestId {
    const shared = content?.ends[content.ends.length - 1] ?? 0;
    if (shared > promptTokens + outputTokens) {
      throw new RangeError(
        `Cannot share ${shared} tokens of a prompt of ${promptTokens} and an answer of ${outputTokens}`,
      );
    }
    const id = this.#free.pop() ?? this.#grow();
    const columns = this.columns;
    columns.arrivedUs[id] = arrivedUs;
    columns.firstSentUs[id] = firstSentUs;
    columns.lateUs[id] = 0;
    columns.scheduledUs[id] = -1;
    columns.promptTokens[id] = promptTokens;
    columns.outputTokens[id] = outputTokens;
    columns.computedTokens[id] = 0;
    columns.generatedTokens[id] = 0;
    columns.scheduledTokens[id] = 0;
    columns.cachedTokens[id] = 0;
    columns.preemptions[id] = 0;
    const { priority = 0, adapter, slo, countedAs } = kind ?? NO_KIND;
    this.slos[id] = slo;
    columns.priority[id] = priority;
    columns.adapter[id] = adapter === undefined ? -1 : this.#adapter(adapter);
    columns.counted[id] = counted;
    columns.tally[id] = this.#firstTally(countedAs) + counted;
    columns.state[id] = REQUEST_STATE.waiting;
    columns.held[id] = 0;
    columns.full[id] = 0;
    columns.shared[id] = 0;
    columns.ownSlot[id] = -1;
    columns.externalTokens[id] = 0;
    this.contents[id] = content && content.ids.length > 0 ? content : undefined;
    return id;
  }

  /** Where a request is counted. */
  tallyOf(id: RequestId): Tally {
    return this.#tallies[this.columns.tally[id]!]!;
  }

  /** The tally of this number, as the column `tally` has it. */
  tally(number: number): Tally {
    return this.#tallies[number]!;
  }

  #firstTally(load: CountedLoad | undefined): number {
    if (load === undefined) return 0;
    let first = this.#talliesByLoad.get(load);
    if (first === undefined) {
      this.#talliesByLoad.set(load, first = this.#tallies.length);
      this.#tallies.push(...talliesOf(load));
    }
    return first;
  }

  /** By which the requests of an adapter are told apart; −1 without one, or while nobody asked for it. */
  adapterNumber(name: string | undefined): number {
    return name === undefined ? -1 : this.#adapters.get(name) ?? -1;
  }

  /** Tokens of its prompt and its answer so far. */
  known(id: RequestId): number {
    return this.columns.promptTokens[id]! + this.columns.generatedTokens[id]!;
  }

  remove(id: RequestId): void {
    this.contents[id] = undefined;
    if (this.cut.size > 0) this.cut.delete(id);
    this.#free.push(id);
  }

  #adapter(name: string): number {
    let number = this.#adapters.get(name);
    if (number === undefined) this.#adapters.set(name, number = this.#adapters.size);
    return number;
  }

  #grow(): RequestId {
    if (this.#next === this.#capacity) {
      this.#capacity *= 2;
      const larger = allocate(this.#capacity);
      for (const name of Object.keys(COLUMNS) as (keyof Columns)[]) {
        larger[name].set(this.columns[name]);
      }
      this.columns = larger;
    }
    return this.#next++;
  }
}

function talliesOf(load: CountedLoad | undefined): Tally[] {
  return Object.values(REQUEST_CLASS).map((class_) => ({ class_, load }));
}

function allocate(capacity: number): Columns {
  return Object.fromEntries(
    Object.entries(COLUMNS).map(([name, column]) => [name, new column(capacity)]),
  ) as unknown as Columns;
}
