// KV blocks as runs: which are in use, which are free, and what the free ones still hold.
//
// Blocks with the same fate are one run, since a prompt of 100,000 tokens has 6,250 blocks: the blocks
// of one shared segment, or free blocks that nobody can ask for. The free runs are vLLM's free queue:
// taken from its front, what is freed is put at its end, and of a run the last block goes first, as
// vLLM frees a request's blocks in reverse order. It knows no request.

/** A run of blocks; valid until all of its blocks were taken. */
export type Run = number;

const NONE = -1;
/** The key of a run that its owner may ask for, by the run itself. */
const PARKED = -2;
/** The ends of the free queue meet here. */
const ENDS = 0;
const INITIAL_RUNS = 64;

export class BlockPool {
  readonly blocks: number;
  #free = 0;
  /** What a run holds; NONE when nobody can ask for it. */
  #keys = new Float64Array(INITIAL_RUNS);
  #sizes = new Int32Array(INITIAL_RUNS);
  #references = new Int32Array(INITIAL_RUNS);
  #before = new Int32Array(INITIAL_RUNS);
  #after = new Int32Array(INITIAL_RUNS);
  readonly #unused: number[] = [];
  #runs = 1;
  readonly #runOf = new Map<number, Run>();
  /** Called when the last block of a run without key, kept by `park`, was taken. */
  readonly #lost: (run: Run) => void;

  constructor(blocks: number, lost: (run: Run) => void = () => {}) {
    this.blocks = blocks;
    this.#lost = lost;
    this.#keys[ENDS] = PARKED;
    this.discard(blocks);
  }

  /** Blocks that nobody refers to, whatever they hold. */
  get free(): number {
    return this.#free;
  }

  /** The run of this key, in use or not; NONE (−1) when there is none. */
  find(key: number): Run {
    return this.#runOf.get(key) ?? NONE;
  }

  size(run: Run): number {
    return this.#sizes[run]!;
  }

  inUse(run: Run): boolean {
    return this.#references[run]! > 0;
  }

  /** Takes blocks from the front of the free queue; there must be as many. What they held is gone. */
  take(count: number): void {
    this.#free -= count;
    for (let left = count; left > 0;) {
      const run = this.#after[ENDS]!;
      const size = this.#sizes[run]!;
      if (size > left) {
        this.#sizes[run] = size - left;
        return;
      }
      left -= size;
      this.#sizes[run] = 0;
      this.#unlink(run);
      this.#forget(run);
    }
  }

  /** A new run in use, of blocks that were taken. */
  open(key: number, size: number): Run {
    const run = this.#newRun(key, size);
    this.#references[run] = 1;
    this.#runOf.set(key, run);
    return run;
  }

  /** Adds taken blocks to the end of a run in use. */
  extend(run: Run, count: number): void {
    this.#sizes[run]! += count;
  }

  /** Refers to a run once more; a free one leaves the queue. */
  hold(run: Run): void {
    if (this.#references[run]!++ > 0) return;
    this.#free -= this.#sizes[run]!;
    this.#unlink(run);
  }

  /** Refers to it once less; after the last time it is put at the end of the queue. */
  release(run: Run): void {
    if (--this.#references[run]! > 0) return;
    const size = this.#sizes[run]!;
    this.#free += size;
    if (size > 0) this.#append(run);
    else this.#forget(run);
  }

  /** Frees taken blocks that nobody can ask for; they join the last run of the queue if it is alike. */
  discard(count: number): void {
    if (count === 0) return;
    this.#free += count;
    const last = this.#before[ENDS]!;
    if (this.#keys[last] === NONE) this.#sizes[last]! += count;
    else this.#append(this.#newRun(NONE, count));
  }

  /** Frees taken blocks that their owner may ask for by the run that is returned. */
  park(count: number): Run {
    const run = this.#newRun(PARKED, count);
    this.#free += count;
    this.#append(run);
    return run;
  }

  /** Takes a parked run out of the queue; its blocks are in use, and it is no run any more. */
  unpark(run: Run): void {
    this.#free -= this.#sizes[run]!;
    this.#unlink(run);
    this.#unused.push(run);
  }

  /** Its owner will not ask for a parked run; its blocks keep their place. */
  abandon(run: Run): void {
    this.#keys[run] = NONE;
  }

  #forget(run: Run): void {
    const key = this.#keys[run]!;
    if (key >= 0) this.#runOf.delete(key);
    else if (key === PARKED) this.#lost(run);
    this.#unused.push(run);
  }

  #append(run: Run): void {
    const last = this.#before[ENDS]!;
    this.#after[last] = run;
    this.#before[run] = last;
    this.#after[run] = ENDS;
    this.#before[ENDS] = run;
  }

  #unlink(run: Run): void {
    const before = this.#before[run]!, after = this.#after[run]!;
    this.#after[before] = after;
    this.#before[after] = before;
  }

  #newRun(key: number, size: number): Run {
    const run = this.#unused.pop() ?? this.#runs++;
    if (run === this.#keys.length) this.#grow();
    this.#keys[run] = key;
    this.#sizes[run] = size;
    this.#references[run] = 0;
    return run;
  }

  #grow(): void {
    const length = this.#keys.length * 2;
    this.#keys = copied(new Float64Array(length), this.#keys);
    this.#sizes = copied(new Int32Array(length), this.#sizes);
    this.#references = copied(new Int32Array(length), this.#references);
    this.#before = copied(new Int32Array(length), this.#before);
    this.#after = copied(new Int32Array(length), this.#after);
  }
}

function copied<Column extends Float64Array | Int32Array>(to: Column, from: Column): Column {
  to.set(from);
  return to;
}
