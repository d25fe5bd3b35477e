// The requests of a run as columns of typed arrays: a request is a small integer, reused when it ends.

/** A row of the table; valid from `open` to `close`. */
export type RequestId = number;

const COLUMNS = {
  arrivedUs: Float64Array,
  /** When the API server hands it to the engine. */
  visibleUs: Float64Array,
  firstTokenUs: Float64Array,
  lastTokenUs: Float64Array,
  promptTokens: Int32Array,
  /** Tokens it will answer with, at least one. */
  outputTokens: Int32Array,
  /** Tokens whose keys and values are in the cache. */
  computedTokens: Int32Array,
  generatedTokens: Int32Array,
  /** Tokens of the step in progress. */
  scheduledTokens: Int32Array,
  blocks: Int32Array,
  /** 1 once it left the waiting queue: queue time is told once. */
  wasScheduled: Uint8Array,
  /** 1 when it arrived during the warm-up, which verdicts leave out. */
  warmup: Uint8Array,
} as const;

type Columns = { -readonly [K in keyof typeof COLUMNS]: InstanceType<(typeof COLUMNS)[K]> };

/** Grows by doubling; memory follows the requests in flight, not the requests of the run. */
export class RequestTable {
  columns: Columns;
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

  /** A new row; `outputTokens` and `promptTokens` are at least 1. */
  add(arrivedUs: number, promptTokens: number, outputTokens: number, warmup: boolean): RequestId {
    const id = this.#free.pop() ?? this.#grow();
    const columns = this.columns;
    columns.arrivedUs[id] = arrivedUs;
    columns.promptTokens[id] = promptTokens;
    columns.outputTokens[id] = outputTokens;
    columns.computedTokens[id] = 0;
    columns.generatedTokens[id] = 0;
    columns.scheduledTokens[id] = 0;
    columns.blocks[id] = 0;
    columns.wasScheduled[id] = 0;
    columns.warmup[id] = warmup ? 1 : 0;
    return id;
  }

  remove(id: RequestId): void {
    this.#free.push(id);
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

function allocate(capacity: number): Columns {
  return Object.fromEntries(
    Object.entries(COLUMNS).map(([name, column]) => [name, new column(capacity)]),
  ) as unknown as Columns;
}
