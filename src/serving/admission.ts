// Who waits, and who of them is admitted to the batch when: the second half of vLLM V1's `schedule()`.
// Knows of those that run only whether there is room beside them.

import { BLOCK_TOKENS, blocksOf } from "./capacity.ts";
import type { KvCache } from "./kv_cache.ts";
import { KvLoads } from "./kv_loads.ts";
import type { KvOffload } from "./kv_offload.ts";
import type { EngineLimits, EngineWindows } from "./limits.ts";
import { LoraSlots } from "./lora_slots.ts";
import { REQUEST_STATE, type RequestId, type RequestTable } from "./requests.ts";
import { WaitingLine } from "./waiting_line.ts";

/** What an admission needs of those that run. */
export interface Runners {
  readonly running: number;
  /** Whether one more may run, and get tokens in the step that is planned. */
  hasRoom(): boolean;
  /** A request runs from here on; so many of its tokens are there. */
  start(id: RequestId, computed: number): void;
}

export class Admission {
  readonly #table: RequestTable;
  readonly #limits: EngineLimits;
  readonly #windows: EngineWindows;
  readonly #cache: KvCache;
  readonly #line: WaitingLine;
  readonly loras: LoraSlots;
  /** Requests that wait for keys and values from elsewhere. */
  readonly loads: KvLoads;
  #prefixQueries = 0;
  #prefixHits = 0;

  constructor(
    table: RequestTable,
    limits: EngineLimits,
    windows: EngineWindows,
    cache: KvCache,
    offload: KvOffload | undefined,
  ) {
    this.#table = table;
    this.#limits = limits;
    this.#windows = windows;
    this.#cache = cache;
    this.#line = new WaitingLine(table, limits.policy ?? "fcfs");
    this.loras = new LoraSlots(table, limits.maxLoras ?? 0);
    this.loads = new KvLoads(table, cache, offload);
  }

  /** All that wait, for whatever. */
  get waiting(): number {
    return this.#line.length + this.loads.length;
  }

  /** Whether who comes next might be the next that is admitted: by priority, or by its adapter. */
  get mayOvertake(): boolean {
    return this.#line.length === 0 || this.#limits.policy === "priority" ||
      this.#limits.maxLoras !== undefined;
  }

  /** Counts since the last call. */
  takeCounts() {
    const counts = { prefixQueries: this.#prefixQueries, prefixHits: this.#prefixHits };
    this.#prefixQueries = 0;
    this.#prefixHits = 0;
    return counts;
  }

  /** Joins the waiting line. */
  join(id: RequestId): void {
    this.#line.join(id);
  }

  /** Joins it again, after it had to give way. */
  rejoin(id: RequestId): void {
    this.#line.rejoin(id);
  }

  /** Whether a running request is to give way before another. */
  lessUrgent(id: RequestId, than: RequestId): boolean {
    return this.#line.lessUrgent(id, than);
  }

  /** Admits as many as there is room for, in their order. */
  admit(runners: Runners, nowUs: number): void {
    this.#admitLoaded(runners, nowUs);
    for (let place = 0; place < this.#line.length;) {
      if (!runners.hasRoom()) return;
      const id = this.#line.at(place);
      if (!this.loras.admits(id)) {
        place++;
        continue;
      }
      if (!this.#admitOne(id, runners, nowUs)) return;
      this.#line.removeAt(place);
    }
  }

  /** Those whose keys and values came: their blocks are theirs already. */
  #admitLoaded(runners: Runners, nowUs: number): void {
    if (this.loads.loaded.length === 0) return;
    const { computedTokens, cachedTokens } = this.#table.columns;
    for (const id of [...this.loads.loaded]) {
      if (!runners.hasRoom()) return;
      if (!this.loras.admits(id)) continue;
      this.loads.remove(id);
      runners.start(id, computedTokens[id]!);
      this.#tell(id, nowUs, cachedTokens[id]!);
    }
  }

  /** False, and nothing changed, when its known tokens do not all fit. */
  #admitOne(id: RequestId, runners: Runners, nowUs: number): boolean {
    const cache = this.#cache;
    const known = this.#table.known(id);
    const found = cache.find(id);
    const watermark = runners.running > 0 ? this.#limits.watermarkBlocks ?? 0 : 0;
    if (blocksOf(known) - found + cache.foundFree + watermark > cache.free) {
      cache.await();
      return false;
    }
    cache.hold(id);
    if (this.loads.begin(id, found)) return true;
    // A prompt that is all there is computed from its last block on: an answer needs a last token.
    const computed = found * BLOCK_TOKENS === known ? known - BLOCK_TOKENS : found * BLOCK_TOKENS;
    runners.start(id, computed);
    this.#tell(id, nowUs, computed);
    return true;
  }

  /** Of its first admission: so many tokens of its prompt were found in the prefix cache. */
  #tell(id: RequestId, nowUs: number, found: number): void {
    const { scheduledUs, visibleUs, cachedTokens } = this.#table.columns;
    if (scheduledUs[id]! >= 0) return;
    const known = this.#table.known(id);
    scheduledUs[id] = nowUs;
    cachedTokens[id] = found;
    const { class_, load } = this.#table.tallyOf(id);
    const window = this.#windows[class_];
    window.queued(nowUs - visibleUs[id]!, load);
    if (!(this.#limits.prefixCaching ?? true)) return;
    window.prefix(known, found);
    this.#prefixQueries += known;
    this.#prefixHits += found;
  }

  /** Takes out a request that waits; false when it does not. */
  drop(id: RequestId): boolean {
    const { state } = this.#table.columns;
    if (state[id] === REQUEST_STATE.loading) {
      this.loads.remove(id);
      this.#cache.release(id);
      return true;
    }
    if (state[id] !== REQUEST_STATE.waiting) return false;
    this.#cache.forget(id);
    return this.#line.remove(id);
  }

  /** Empties everything, and says who was there. */
  takeAll(): RequestId[] {
    const all = this.loads.takeAll();
    for (; this.#line.length > 0; this.#line.removeAt(0)) all.push(this.#line.at(0));
    this.loras.clear();
    return all;
  }
}
