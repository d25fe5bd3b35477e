// Which requests of the reference engine compute what in a step, and in which blocks: vLLM V1's
// `schedule()` with everything counted anew. It knows nothing of time and tells no window.
import assert from "node:assert/strict";
import { type ReferenceBlock, ReferenceBlockPool } from "./block_pool_reference.ts";
import {
  adaptersOf,
  BLOCK_TOKENS,
  contentOf,
  type Happening,
  isDecoding,
  known,
  type ReferenceLimits,
  type ReferenceRequest,
  sum,
  type Task,
  wantedBlocks,
} from "./reference_task.ts";

const priority = ({ request }: Task) => request.priority ?? 0;

export class ReferenceScheduler {
  readonly #limits: ReferenceLimits;
  readonly #note: (happening: Happening) => void;
  readonly pool: ReferenceBlockPool;
  /** Blocks that were filled by a token of an answer, and whose. */
  readonly #answered = new Map<ReferenceBlock, Task>();
  waiting: readonly Task[] = [];
  /** In order of admission. */
  running: readonly Task[] = [];
  preemptions = 0;
  #joined = 0;
  #admitted = 0;

  constructor(limits: ReferenceLimits, note: (happening: Happening) => void) {
    this.#limits = limits;
    this.#note = note;
    this.pool = new ReferenceBlockPool(limits.kvBlocks);
  }

  join(task: Task): void {
    task.joined = this.#joined++;
    this.#wait([...this.waiting, task]);
  }

  /** Gone from wherever it is; its blocks are free. */
  leave(task: Task): void {
    this.pool.giveBack(task.blocks);
    task.blocks = [];
    this.running = this.running.filter((other) => other !== task);
    this.waiting = this.waiting.filter((other) => other !== task);
  }

  /** Gives every running request its tokens and blocks; returns the requests admitted now. */
  schedule(): readonly Task[] {
    const preemptions = this.preemptions;
    this.#divideBudget();
    while (sum(this.running.map(wantedBlocks)) > this.pool.free) {
      this.#preempt(this.#victim());
      this.#divideBudget();
    }
    this.#serveRunning();
    if (this.preemptions > preemptions) return [];
    const before = this.running;
    this.#admitWaiting();
    return this.running.filter((task) => !before.includes(task));
  }

  /** vLLM does both for one request after the other: who decodes may lose a free block to who is behind. */
  #serveRunning(): void {
    const decoding = this.running.filter(isDecoding);
    for (const task of decoding) this.#takeBlocks(task);
    for (const task of decoding) this.#rememberBlocks(task);
    for (const task of this.running.filter((task) => !isDecoding(task))) {
      this.#takeBlocks(task);
      this.#rememberBlocks(task);
    }
  }

  #wait(tasks: readonly Task[]): void {
    this.waiting = this.#limits.policy !== "priority"
      ? tasks
      : tasks.toSorted((a, b) =>
        priority(a) - priority(b) || a.record.arrivedUs - b.record.arrivedUs || a.joined - b.joined
      );
  }

  /** Tokens for the running: the decoding first; at most one prefills, and it came last. */
  #divideBudget(): void {
    const drafts = this.#limits.speculative?.tokens ?? 0;
    let budget = this.#limits.maxNumBatchedTokens;
    for (const task of this.running) {
      task.chunk = isDecoding(task) ? 1 + drafts : Math.min(known(task) - task.computed, budget);
      budget -= task.chunk;
    }
    assert.ok(budget >= 0, "the budget does not reach for one token of each decoding request");
  }

  #victim(): Task {
    const last = this.running.at(-1)!;
    if (this.#limits.policy !== "priority") return last;
    return this.running.reduce((victim, task) => {
      const later = priority(task) - priority(victim) ||
        task.record.arrivedUs - victim.record.arrivedUs || task.admitted - victim.admitted;
      return later > 0 ? task : victim;
    });
  }

  #preempt(task: Task): void {
    this.#note("preempted");
    this.preemptions++;
    task.record.preemptions++;
    this.leave(task);
    task.phase = "prefill";
    task.computed = 0;
    task.chunk = 0;
    this.#wait([task, ...this.waiting]);
  }

  #admitWaiting(): void {
    const { maxNumBatchedTokens, maxNumSeqs } = this.#limits;
    for (const task of [...this.waiting]) {
      const budget = maxNumBatchedTokens - sum(this.running.map(({ chunk }) => chunk));
      if (budget === 0 || this.running.length === maxNumSeqs) return;
      if (this.#lacksSlot(task)) {
        this.#note("adapter skipped");
        continue;
      }
      const hits = this.#cachedPrefix((index) => contentOf(task, index), known(task));
      if (!this.#fits(task, hits)) return;
      this.#admit(task, hits, budget);
    }
  }

  /** Whether its adapter would be one more than may be in use at once. */
  #lacksSlot({ request: { adapter } }: Task): boolean {
    if (adapter === undefined) return false;
    const inUse = adaptersOf(this.running);
    return !inUse.has(adapter) && inUse.size >= this.#limits.maxLoras!;
  }

  /** The blocks of a prompt that are there, whoever it is to be asked by. */
  cachedBlocks(request: ReferenceRequest): number {
    return this.#cachedPrefix((index) => contentOf({ index: -1, request }, index), request.prompt)
      .length;
  }

  #cachedPrefix(content: (index: number) => string, tokens: number): ReferenceBlock[] {
    const hits: ReferenceBlock[] = [];
    if (this.#limits.prefixCaching === false) return hits;
    while ((hits.length + 1) * BLOCK_TOKENS <= tokens) {
      const block = this.pool.find(content(hits.length));
      if (block === undefined) break;
      hits.push(block);
    }
    return hits;
  }

  /** Room for all that is known of it, though only a chunk is taken now. */
  #fits(task: Task, hits: readonly ReferenceBlock[]): boolean {
    const revived = hits.filter(({ holders }) => holders === 0).length;
    const needed = Math.ceil(known(task) / BLOCK_TOKENS) - hits.length + revived;
    const { free } = this.pool;
    const fits = needed + (this.#limits.watermarkBlocks ?? 0) <= free;
    if (!fits && needed <= free) this.#note("watermark held back");
    return fits;
  }

  #admit(task: Task, hits: readonly ReferenceBlock[], budget: number): void {
    if (this.waiting.some(({ joined }) => joined < task.joined)) this.#note("overtook");
    this.waiting = this.waiting.filter((other) => other !== task);
    this.running = [...this.running, task];
    task.admitted = this.#admitted++;
    for (const block of hits) this.pool.share(block);
    task.blocks = [...hits];
    task.whole = hits.length;
    task.computed = hits.length * BLOCK_TOKENS;
    if (task.computed === known(task)) {
      // Something must be computed to get a token from: the last block once more, in its place.
      this.#note("last block again");
      task.computed -= BLOCK_TOKENS;
    }
    task.chunk = Math.min(known(task) - task.computed, budget);
    if (task.chunk < known(task) - task.computed) this.#note("chunked");
    this.#noteHits(task, hits);
    this.#takeBlocks(task);
    this.#rememberBlocks(task);
  }

  #noteHits({ index, record }: Task, hits: readonly ReferenceBlock[]): void {
    if (record.scheduledUs === undefined && hits.length > 0) this.#note("prefix hit");
    const own = hits.some(({ content }) => content!.includes(`request ${index},`));
    if (own) this.#note("hit own blocks");
    const writers = hits.map((hit) => this.#answered.get(hit)).filter((task) => task !== undefined);
    if (writers.some((task) => task.index !== index)) this.#note("answer found");
    if (writers.some((task) => task.index !== index && this.running.includes(task))) {
      this.#note("answer found in progress");
    }
  }

  /** Blocks for the chunk. */
  #takeBlocks(task: Task): void {
    const { evictions } = this.pool;
    for (let wanted = wantedBlocks(task); wanted > 0; wanted--) {
      const block = this.pool.take();
      this.#answered.delete(block);
      task.blocks.push(block);
    }
    if (this.pool.evictions > evictions) this.#note("block evicted");
  }

  /** Those it fills with what is known are found by others from now on. */
  #rememberBlocks(task: Task): void {
    if (this.#limits.prefixCaching === false) return;
    const whole = Math.floor(Math.min(task.computed + task.chunk, known(task)) / BLOCK_TOKENS);
    for (; task.whole < whole; task.whole++) {
      const block = task.blocks[task.whole]!;
      const found = this.pool.remember(block, contentOf(task, task.whole));
      if (isDecoding(task) && found === block) this.#answered.set(block, task);
      if (found === block) continue;
      task.blocks[task.whole] = found;
      this.#note(found.holders === 1 ? "free block again" : "content twice");
    }
  }
}
