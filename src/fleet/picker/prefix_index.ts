// Which endpoint was sent which prompts lately: an LRU of blocks for each, kept as runs of blocks.
//
// The blocks of a segment are asked for together and in the same order each time, so they are one run
// in the order of use, and eviction takes a run's first blocks first. In exactly this way the runs hold
// what block-by-block LRUs would; the tests compare the two. It knows no engine and no real cache.

import type { SharedContent } from "../../serving/requests.ts";

type Run = number;

const NONE = -1;
/** Blocks that nobody asks for again: the unshared end of a prompt. */
const UNSHARED = -1;
const INITIAL_RUNS = 256;

/** An adapter's prompts are others than the model's own: the first block's hash has the model's name. */
const KEYS_AN_ADAPTER = 2 ** 31;

interface Server {
  /** The run between the newest and the oldest: after it the oldest, before it the newest. */
  readonly ends: Run;
  capacity: number;
  blocks: number;
}

/** A prompt as the index sees it: keys of its shared segments and where each ends, in whole blocks. */
export interface IndexedPrompt {
  readonly keys: number[];
  readonly ends: number[];
  count: number;
  /** All blocks of it; the last one may be partial. */
  blocks: number;
}

export class PrefixIndex {
  readonly #servers: (Server | undefined)[] = [];
  /** The first run of a segment; the others follow, one for each server that has some of it. */
  readonly #first = new Map<number, Run>();
  #keys = new Float64Array(INITIAL_RUNS);
  #server = new Int32Array(INITIAL_RUNS);
  /** The blocks of its segment that it holds: from … to. */
  #from = new Int32Array(INITIAL_RUNS);
  #to = new Int32Array(INITIAL_RUNS);
  #older = new Int32Array(INITIAL_RUNS);
  #newer = new Int32Array(INITIAL_RUNS);
  #previous = new Int32Array(INITIAL_RUNS);
  #next = new Int32Array(INITIAL_RUNS);
  readonly #unused: number[] = [];
  #runs = 0;

  /** Blocks that a server is believed to have. */
  blocks(server: number): number {
    return this.#servers[server]?.blocks ?? 0;
  }

  /**
   * Adds up in `matched`, by server, how many blocks of the prompt each has. As upstream, blocks are
   * counted up to the first that no server has, whether or not a server has those before.
   */
  match({ keys, ends, count }: IndexedPrompt, matched: Int32Array): void {
    for (let segment = 0, start = 0; segment < count; segment++) {
      const length = ends[segment]! - start;
      start = ends[segment]!;
      if (length === 0) continue;
      const first = this.#first.get(keys[segment]!);
      if (first === undefined) return;
      const covered = this.#covered(first, length);
      for (let run = first; run !== NONE; run = this.#next[run]!) {
        const blocks = Math.min(this.#to[run]!, covered) - this.#from[run]!;
        if (blocks > 0) matched[this.#server[run]!]! += blocks;
      }
      if (covered < length) return;
    }
  }

  /** Blocks from a segment's first on, at most `length`, that one server or another has. */
  #covered(first: Run, length: number): number {
    let covered = 0;
    for (let grew = true; grew && covered < length;) {
      grew = false;
      for (let run = first; run !== NONE; run = this.#next[run]!) {
        if (this.#from[run]! > covered || this.#to[run]! <= covered) continue;
        covered = this.#to[run]!;
        grew = true;
      }
    }
    return Math.min(covered, length);
  }

  /** A prompt is sent to a server; `capacity` blocks are kept of it, set when it gets its first. */
  record({ keys, ends, count, blocks }: IndexedPrompt, server: number, capacity: number): void {
    const of = this.#servers[server] ??= this.#newServer(server, capacity);
    let start = 0;
    for (let segment = 0; segment < count; segment++) {
      const length = ends[segment]! - start;
      start = ends[segment]!;
      if (length > 0) this.#use(of, server, keys[segment]!, length);
    }
    if (blocks > start) this.#useUnshared(of, server, blocks - start);
    this.#evict(of);
  }

  #newServer(server: number, capacity: number): Server {
    const ends = this.#newRun(UNSHARED, server, 0);
    this.#older[ends] = ends;
    this.#newer[ends] = ends;
    return { ends, capacity, blocks: 0 };
  }

  #use(of: Server, server: number, key: number, length: number): void {
    const first = this.#first.get(key) ?? NONE;
    let run = first;
    while (run !== NONE && this.#server[run] !== server) run = this.#next[run]!;
    if (run === NONE) {
      run = this.#newRun(key, server, length);
      this.#next[run] = first;
      if (first !== NONE) this.#previous[first] = run;
      this.#first.set(key, run);
      of.blocks += length;
    } else {
      const to = Math.max(this.#to[run]!, length);
      of.blocks += to - (this.#to[run]! - this.#from[run]!);
      this.#from[run] = 0;
      this.#to[run] = to;
      this.#unlink(run);
    }
    this.#append(of, run);
  }

  #useUnshared(of: Server, server: number, length: number): void {
    of.blocks += length;
    const newest = this.#older[of.ends]!;
    if (newest !== of.ends && this.#keys[newest] === UNSHARED) this.#to[newest]! += length;
    else this.#append(of, this.#newRun(UNSHARED, server, length));
  }

  #evict(of: Server): void {
    while (of.blocks > of.capacity) {
      const over = of.blocks - of.capacity;
      const run = this.#newer[of.ends]!;
      const size = this.#to[run]! - this.#from[run]!;
      if (size > over) {
        this.#from[run]! += over;
        of.blocks = of.capacity;
        return;
      }
      of.blocks -= size;
      this.#drop(run);
    }
  }

  /** Another server has this number from now on, or it was forgotten. */
  forget(server: number): void {
    const of = this.#servers[server];
    if (!of) return;
    while (this.#newer[of.ends] !== of.ends) this.#drop(this.#newer[of.ends]!);
    this.#unused.push(of.ends);
    this.#servers[server] = undefined;
  }

  #drop(run: Run): void {
    this.#unlink(run);
    const key = this.#keys[run]!;
    if (key !== UNSHARED) {
      const previous = this.#previous[run]!, next = this.#next[run]!;
      if (next !== NONE) this.#previous[next] = previous;
      if (previous !== NONE) this.#next[previous] = next;
      else if (next !== NONE) this.#first.set(key, next);
      else this.#first.delete(key);
    }
    this.#unused.push(run);
  }

  #append(of: Server, run: Run): void {
    const newest = this.#older[of.ends]!;
    this.#newer[newest] = run;
    this.#older[run] = newest;
    this.#newer[run] = of.ends;
    this.#older[of.ends] = run;
  }

  #unlink(run: Run): void {
    const older = this.#older[run]!, newer = this.#newer[run]!;
    this.#newer[older] = newer;
    this.#older[newer] = older;
  }

  #newRun(key: number, server: number, length: number): Run {
    const run = this.#unused.pop() ?? this.#runs++;
    if (run === this.#keys.length) this.#grow();
    this.#keys[run] = key;
    this.#server[run] = server;
    this.#from[run] = 0;
    this.#to[run] = length;
    this.#previous[run] = NONE;
    this.#next[run] = NONE;
    return run;
  }

  #grow(): void {
    const length = this.#keys.length * 2;
    const grown = (from: Int32Array): Int32Array<ArrayBuffer> => {
      const to = new Int32Array(length);
      to.set(from);
      return to;
    };
    const keys = new Float64Array(length);
    keys.set(this.#keys);
    this.#keys = keys;
    this.#server = grown(this.#server);
    this.#from = grown(this.#from);
    this.#to = grown(this.#to);
    this.#older = grown(this.#older);
    this.#newer = grown(this.#newer);
    this.#previous = grown(this.#previous);
    this.#next = grown(this.#next);
  }
}

/** Reads a prompt into `into`: blocks of `blockTokens`, at most `maxBlocks` of them. */
export function indexPrompt(
  into: IndexedPrompt,
  promptTokens: number,
  content: SharedContent | undefined,
  adapter: number,
  blockTokens: number,
  maxBlocks: number,
): void {
  into.count = 0;
  into.blocks = Math.min(Math.ceil(promptTokens / blockTokens), maxBlocks);
  if (!content) return;
  // A block is shared up to its last token; what follows the prompt in the content is no part of it.
  const whole = Math.min(Math.floor(promptTokens / blockTokens), maxBlocks);
  const { ids, ends } = content;
  for (let segment = 0, start = 0; segment < ids.length && start < whole; segment++) {
    const end = Math.min(Math.floor(ends[segment]! / blockTokens), whole);
    into.keys[segment] = ids[segment]! + (adapter + 1) * KEYS_AN_ADAPTER;
    into.ends[segment] = end;
    into.count = segment + 1;
    start = end;
  }
}
