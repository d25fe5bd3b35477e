// The decoding requests of one engine taken together: what a step of all of them reads, needs and ends.
//
// Each gets the same tokens with each step, so one token clock moves them all: a request stands at
// clock + its offset, and sums over all requests are sums over offsets. Nothing here is done a token.

import { BLOCK_TOKENS } from "./capacity.ts";
import { RequestHeap } from "./request_heap.ts";
import { RequestList } from "./request_list.ts";
import type { RequestId, RequestTable } from "./requests.ts";
import { TallyCounts } from "./tally_counts.ts";

export class Decoders {
  readonly #table: RequestTable;
  /** Tokens beyond the next for which a step wants room: those that speculation proposes. */
  readonly #ahead: number;
  readonly #window: number;
  /** Where they are counted. */
  readonly counts = new TallyCounts();
  #offsets = 0;
  readonly #finishing: RequestHeap;

  /** How many requests get a new block when the clock is so much past a multiple of 16. */
  readonly #crossing = new Int32Array(BLOCK_TOKENS);
  /** Blocks are there for steps up to this clock. */
  #reserved = 0;
  /** Blocks that requests lack which joined since, and who they are. */
  #lacking = 0;
  readonly #joined = new RequestList();

  /** Requests whose context is still shorter than the sliding window. */
  readonly #filling: RequestHeap;
  #fillingOffsets = 0;

  /** `window`: tokens of the sliding window; Infinity without one. */
  constructor(table: RequestTable, ahead: number, window: number) {
    this.#table = table;
    this.#ahead = ahead;
    this.#window = window;
    this.#finishing = new RequestHeap(table, "finishClock", "finishAt");
    this.#filling = new RequestHeap(table, "fullClock", "fullAt");
  }

  get count(): number {
    return this.#finishing.length;
  }

  /** A request whose known tokens are computed but for the last; it stands so at this clock. */
  join(id: RequestId, clock: number): void {
    const columns = this.#table.columns;
    const offset = columns.computedTokens[id]! - clock;
    columns.offset[id] = offset;
    columns.finishClock[id] = columns.promptTokens[id]! + columns.outputTokens[id]! - 1 - offset;
    this.#finishing.push(id);
    this.counts.add(columns.tally[id]!);
    this.#offsets += offset;
    this.#crossing[this.#residue(offset)]!++;
    this.#lacking += this.#blocksAt(offset) - columns.held[id]!;
    this.#joined.push(id);
    if (this.#window === Infinity) return;
    columns.fullClock[id] = this.#window - 1 - offset;
    columns.fullAt[id] = -1;
    if (columns.fullClock[id]! <= clock) return;
    this.#filling.push(id);
    this.#fillingOffsets += offset;
  }

  /** Takes a request out; its columns of tokens and blocks are as of this clock. */
  leave(id: RequestId, clock: number): void {
    const columns = this.#table.columns;
    const offset = columns.offset[id]!;
    this.#finishing.remove(id);
    this.counts.remove(columns.tally[id]!);
    this.#offsets -= offset;
    this.#crossing[this.#residue(offset)]!--;
    if (this.#window !== Infinity && columns.fullAt[id]! >= 0) this.#full(id);
    const computed = offset + clock;
    columns.generatedTokens[id] = computed + 1 - columns.promptTokens[id]!;
    columns.computedTokens[id] = computed;
    columns.full[id] = this.fullBlocks(id);
    if (this.#joined.length > 0 && this.#joined.remove(id)) {
      this.#lacking -= this.#blocksAt(offset) - columns.held[id]!;
    } else {
      columns.held[id] = this.#blocksAt(offset);
    }
  }

  /**
   * Full blocks of a decoding request: a block is full from the step that is planned with its last
   * token. Of one that joined since, no step is planned: what is computed of it is all.
   */
  fullBlocks(id: RequestId): number {
    const { computedTokens, offset, full } = this.#table.columns;
    const tokens = this.#joined.includes(id)
      ? computedTokens[id]!
      : offset[id]! + this.#reserved + 1;
    return Math.max(full[id]!, Math.floor(tokens / BLOCK_TOKENS));
  }

  /** The clock of the step from which on so many blocks of a decoding request are full. */
  clockOfFull(id: RequestId, blocks: number): number {
    return blocks * BLOCK_TOKENS - 1 - this.#table.columns.offset[id]!;
  }

  clear(): void {
    this.#finishing.clear();
    this.#filling.clear();
    this.counts.clear();
    this.#crossing.fill(0);
    this.#offsets = 0;
    this.#fillingOffsets = 0;
    this.#lacking = 0;
    this.#joined.clear();
  }

  /** Tokens of context that a step at this clock reads. */
  contextAt(clock: number): number {
    return this.#offsets + this.count * (clock + 1);
  }

  /** The same, no request's above the sliding window. Call `fill` first. */
  windowContextAt(clock: number): number {
    const filling = this.#filling.length;
    return this.#fillingOffsets + filling * (clock + 1) + (this.count - filling) * this.#window;
  }

  /** Requests whose part of the window still grows. */
  get filling(): number {
    return this.#filling.length;
  }

  /** Leaves out those whose window is full at this clock. */
  fill(clock: number): void {
    const { fullClock } = this.#table.columns;
    while (this.#filling.length > 0 && fullClock[this.#filling.first()]! <= clock) {
      this.#full(this.#filling.first());
    }
  }

  #full(id: RequestId): void {
    const columns = this.#table.columns;
    this.#filling.remove(id);
    this.#fillingOffsets -= columns.offset[id]!;
    columns.fullAt[id] = -1;
  }

  /** The clock at which the next window is full; Infinity when none fills. */
  nextFullClock(): number {
    if (this.#filling.length === 0) return Infinity;
    return this.#table.columns.fullClock[this.#filling.first()]!;
  }

  /** The clock at which the next answer is whole; there must be a request. */
  nextFinishClock(): number {
    return this.#table.columns.finishClock[this.#finishing.first()]!;
  }

  /** Those whose answer is whole at this clock, at least one, in order of admission; they have left. */
  takeFinished(clock: number): RequestId[] {
    // Mostly it is one, and an array that grows takes room for seventeen.
    const finished = [this.#takeFirst(clock)];
    while (this.count > 0 && this.nextFinishClock() <= clock) finished.push(this.#takeFirst(clock));
    return finished.length > 1 ? this.#inOrder(finished) : finished;
  }

  #takeFirst(clock: number): RequestId {
    const id = this.#finishing.first();
    this.leave(id, clock);
    return id;
  }

  #inOrder(ids: RequestId[]): RequestId[] {
    const { order } = this.#table.columns;
    return ids.sort((a, b) => order[a]! - order[b]!);
  }

  /** Blocks they lack for the step at this clock. */
  blocksLacking(clock: number): number {
    return this.#lacking + this.#crossings(this.#reserved, clock);
  }

  /** The blocks for the step at this clock are theirs. */
  reserve(clock: number): void {
    this.#reserved = clock;
    this.#lacking = 0;
    this.#joined.clear();
  }

  /** The last clock, at most `to`, for whose step so many free blocks are enough; all is reserved now. */
  clockWithin(free: number, to: number): number {
    const { count } = this;
    // Sixteen tokens bring each request one block.
    if (Math.ceil((to - this.#reserved) / BLOCK_TOKENS) * count <= free) return to;
    const rounds = Math.max(0, Math.floor(free / count) - 1);
    let clock = this.#reserved + rounds * BLOCK_TOKENS;
    let left = free - rounds * count;
    while (clock < to) {
      left -= this.#crossing[(clock + 1) % BLOCK_TOKENS]!;
      if (left < 0) break;
      clock++;
    }
    return clock;
  }

  #crossings(from: number, to: number): number {
    if (from >= to) return 0;
    const rounds = Math.floor((to - from) / BLOCK_TOKENS);
    let crossings = rounds * this.count;
    for (let clock = from + rounds * BLOCK_TOKENS + 1; clock <= to; clock++) {
      crossings += this.#crossing[clock % BLOCK_TOKENS]!;
    }
    return crossings;
  }

  /** At a clock of this residue the request's next tokens begin a block. */
  #residue(offset: number): number {
    const past = (offset + this.#ahead) % BLOCK_TOKENS;
    return (BLOCK_TOKENS - past) % BLOCK_TOKENS;
  }

  /** Blocks with which a request at this offset has room for the step at the reserved clock. */
  #blocksAt(offset: number): number {
    return Math.floor((offset + this.#reserved + this.#ahead) / BLOCK_TOKENS) + 1;
  }
}
