// KV blocks as runs: which are in use, which are free, and what the free ones still hold.
//
// Blocks with the same fate are one run, since a prompt of 100,000 tokens has 6,250 blocks: the blocks
// of one key as far as the same holders refer to them, or free blocks that nobody can ask for. The free
// runs are vLLM's free queue: taken from its front, what is freed is put at its end, and of a run the
// last block goes first, as vLLM frees a request's blocks in reverse order. It knows no request.
//
// A holder refers to the first blocks of a key, to all of a run or to none of it. So the runs of a key,
// one behind the other, have ever fewer holders; free ones come last, and the last of them is in the
// queue before those that precede it: what is there of a key is always its beginning.

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
  /** The run with the next blocks of the same key. */
  #following = new Int32Array(INITIAL_RUNS);
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

  /** The run of this key's first blocks, in use or not; NONE (−1) when there is none. */
  find(key: number): Run {
    return this.#runOf.get(key) ?? NONE;
  }

  /** The run of the same key's next blocks; NONE when there are no more. */
  following(run: Run): Run {
    return this.#following[run]!;
  }

  /** How many blocks of a key there are. */
  blocksOf(key: number): number {
    let blocks = 0;
    for (let run = this.find(key); run !== NONE; run = this.#following[run]!) {
      blocks += this.#sizes[run]!;
    }
    return blocks;
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

  /** A new run in use, of blocks that were taken, the first of a key. */
  open(key: number, size: number): Run {
    const run = this.#newRun(key, size);
    this.#references[run] = 1;
    this.#runOf.set(key, run);
    return run;
  }

  /**
   * A holder of the first `from` blocks of a key has filled `count` more that it took. Those that are
   * there already it holds from now on, and gives its copies back; the others follow on them.
   */
  fill(key: number, from: number, count: number): void {
    let left = count;
    let last = NONE;
    let run = this.find(key);
    for (let at = 0; run !== NONE && left > 0; run = this.#following[run]!) {
      last = run;
      if (at < from) {
        at += this.#sizes[run]!;
        continue;
      }
      this.holdFirst(run, left);
      this.discard(this.#sizes[run]!);
      left -= this.#sizes[run]!;
    }
    if (left === 0) return;
    if (last === NONE) this.open(key, left);
    else if (this.#references[last] === 1) this.extend(last, left);
    else this.#references[this.#newFollowing(last, left)] = 1;
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

  /** Refers to the first `count` blocks of a run, or to all if it has no more: the others part from them. */
  holdFirst(run: Run, count: number): void {
    const rest = this.#sizes[run]! - count;
    if (rest > 0) this.#part(run, rest);
    this.hold(run);
  }

  /** A holder of the first blocks of a key gives them back, the last first. */
  releaseFirst(key: number, blocks: number): void {
    this.#releaseFrom(this.find(key), blocks);
  }

  #releaseFrom(run: Run, blocks: number): void {
    const left = blocks - this.#sizes[run]!;
    if (left > 0) this.#releaseFrom(this.#following[run]!, left);
    this.release(run);
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
    if (key >= 0) this.#forgetOf(key, run);
    else if (key === PARKED) this.#lost(run);
    this.#unused.push(run);
  }

  /** The last run of a key is gone. */
  #forgetOf(key: number, run: Run): void {
    let before = this.find(key);
    if (before === run) {
      this.#runOf.delete(key);
      return;
    }
    while (this.#following[before] !== run) before = this.#following[before]!;
    this.#following[before] = NONE;
  }

  /** The last `count` blocks of a run are a run of their own from now on. */
  #part(run: Run, count: number): void {
    this.#sizes[run]! -= count;
    const rest = this.#newFollowing(run, count);
    this.#references[rest] = this.#references[run]!;
    if (this.#references[run] === 0) this.#link(rest, this.#before[run]!);
  }

  #newFollowing(run: Run, size: number): Run {
    const next = this.#newRun(this.#keys[run]!, size);
    this.#following[next] = this.#following[run]!;
    this.#following[run] = next;
    return next;
  }

  #append(run: Run): void {
    this.#link(run, this.#before[ENDS]!);
  }

  /** Puts a run into the queue, behind that one. */
  #link(run: Run, before: Run): void {
    const after = this.#after[before]!;
    this.#after[before] = run;
    this.#before[run] = before;
    this.#after[run] = after;
    this.#before[after] = run;
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
    this.#following[run] = NONE;
    return run;
  }

  #grow(): void {
    const length = this.#keys.length * 2;
    this.#keys = copied(new Float64Array(length), this.#keys);
    this.#sizes = copied(new Int32Array(length), this.#sizes);
    this.#references = copied(new Int32Array(length), this.#references);
    this.#before = copied(new Int32Array(length), this.#before);
    this.#after = copied(new Int32Array(length), this.#after);
    this.#following = copied(new Int32Array(length), this.#following);
  }
}

function copied<Column extends Float64Array | Int32Array>(to: Column, from: Column): Column {
  to.set(from);
  return to;
}
