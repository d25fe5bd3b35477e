// What an endpoint picker knows of its endpoints: a column a metric, as old as its last scrape.

import type { ServingEngine } from "../../serving/data_parallel.ts";
import type { NetworkPath } from "../network_path.ts";
import type { Candidates } from "./ports.ts";

/** `--refresh-metrics-interval` of the endpoint picker when left out (llm-d-router 45c3854). */
export const REFRESH_US = 50_000;

/** How often upstream looks for pods that are no endpoints any more (`podActiveCheckInterval`). */
const FORGET_US = 120_000_000;

/** What a picker sees of a pod. */
export interface PickedPod {
  readonly name: string;
  /** Its process answers. */
  readonly alive: boolean;
  readonly gone: boolean;
  readonly engine: ServingEngine | undefined;
  readonly image: string;
  /** Above 0: no scrape of a picker reaches it. */
  readonly unscraped?: number;
  /** What is wrong on the way there. */
  readonly path?: NetworkPath | undefined;
}

export interface PoolMember {
  readonly pod: PickedPod;
  readonly labels: Readonly<Record<string, string>>;
}

/** Hears that a slot is another's from now on, or that its endpoint was away for long. */
export type Forget = (slot: number) => void;

const INITIAL_SLOTS = 8;

/**
 * Metrics are those of the first request in each interval of `refreshUs`: while requests come, that is
 * what a scrape at its beginning would have found, and while none come nobody reads them. So nothing is
 * done for an idle pool, and no value is older than the interval, as upstream. An endpoint that does not
 * answer keeps its last values and grows stale.
 */
export class Endpoints {
  /** Endpoints that are ready, in the order of their pods. */
  readonly pool: Candidates = { slots: new Int32Array(INITIAL_SLOTS), count: 0 };
  waiting = new Int32Array(INITIAL_SLOTS);
  running = new Int32Array(INITIAL_SLOTS);
  /** KV-cache usage, from 0 to 1. */
  kvUsage = new Float64Array(INITIAL_SLOTS);
  /** When the metrics were read last; −1 before the first time. */
  readUs = new Float64Array(INITIAL_SLOTS);
  /** Requests and uncached prompt tokens that the picker sent there and that have not ended. */
  requests = new Int32Array(INITIAL_SLOTS);
  tokens = new Float64Array(INITIAL_SLOTS);
  readonly #members: (PoolMember | undefined)[] = [];
  /** Since when an endpoint is out of the pool; Infinity while it is in it. */
  readonly #awayUs: number[] = [];
  readonly #slotOf = new Map<PickedPod, number>();
  readonly #forget: Forget[] = [];
  readonly #refreshUs: number;
  #readFrom = -1;
  #version = 0;

  constructor(refreshUs = REFRESH_US) {
    this.#refreshUs = refreshUs;
  }

  /** One more than the highest slot ever used. */
  get slots(): number {
    return this.#members.length;
  }

  /** Another one whenever the pool changed or metrics were read. */
  get version(): number {
    return this.#version;
  }

  pod(slot: number): PickedPod {
    return this.#members[slot]!.pod;
  }

  labels(slot: number): Readonly<Record<string, string>> {
    return this.#members[slot]!.labels;
  }

  onForget(forget: Forget): void {
    this.#forget.push(forget);
  }

  /** The pool is these from now on; a pod keeps its slot until it is gone for good. */
  update(members: readonly PoolMember[], nowUs: number): void {
    const now = new Set(members.map(({ pod }) => pod));
    for (const [pod, slot] of this.#slotOf) {
      if (now.has(pod)) continue;
      this.#awayUs[slot] = Math.min(this.#awayUs[slot]!, nowUs);
      // A slot whose requests have not all ended would count them to the next pod in it.
      if (!pod.gone || this.requests[slot]! > 0) continue;
      this.#slotOf.delete(pod);
      this.#members[slot] = undefined;
      this.#tellForget(slot);
    }
    this.pool.count = 0;
    for (const member of members) {
      const slot = this.#slotOf.get(member.pod) ?? this.#take(member);
      if (forgottenBy(this.#awayUs[slot]!, nowUs)) this.#tellForget(slot);
      this.#awayUs[slot] = Infinity;
      this.pool.slots[this.pool.count++] = slot;
    }
    this.#readFrom = -1;
    this.#version++;
  }

  /** The picker's process is another: nothing is known but who is there. */
  forgetAll(): void {
    for (const slot of this.#slotOf.values()) {
      this.waiting[slot] = 0;
      this.running[slot] = 0;
      this.kvUsage[slot] = 0;
      this.readUs[slot] = -1;
      this.#tellForget(slot);
    }
    this.#readFrom = -1;
    this.#version++;
  }

  #tellForget(slot: number): void {
    for (const forget of this.#forget) forget(slot);
  }

  #take(member: PoolMember): number {
    const free = this.#members.indexOf(undefined);
    const slot = free < 0 ? this.#members.length : free;
    this.#members[slot] = member;
    this.#slotOf.set(member.pod, slot);
    this.#awayUs[slot] = Infinity;
    if (slot === this.waiting.length) this.#grow();
    this.waiting[slot] = 0;
    this.running[slot] = 0;
    this.kvUsage[slot] = 0;
    this.readUs[slot] = -1;
    this.requests[slot] = 0;
    this.tokens[slot] = 0;
    return slot;
  }

  #grow(): void {
    const length = this.waiting.length * 2;
    const integers = (from: Int32Array) => {
      const to = new Int32Array(length);
      to.set(from);
      return to;
    };
    const numbers = (from: Float64Array) => {
      const to = new Float64Array(length);
      to.set(from);
      return to;
    };
    (this.pool as { slots: Int32Array }).slots = integers(this.pool.slots);
    this.waiting = integers(this.waiting);
    this.running = integers(this.running);
    this.kvUsage = numbers(this.kvUsage);
    this.readUs = numbers(this.readUs);
    this.requests = integers(this.requests);
    this.tokens = numbers(this.tokens);
  }

  /** Reads the metrics if this is the first call in an interval; whether it was. */
  refresh(nowUs: number): boolean {
    const from = nowUs - nowUs % this.#refreshUs;
    if (from === this.#readFrom) return false;
    this.#readFrom = from;
    this.#version++;
    const { slots, count } = this.pool;
    for (let i = 0; i < count; i++) {
      const slot = slots[i]!;
      const { pod } = this.#members[slot]!;
      const { engine } = pod;
      if (!pod.alive || !engine || engine.frozen || pod.unscraped) continue;
      const { waiting, running, usedBlocks } = engine.gauges;
      this.waiting[slot] = waiting;
      this.running[slot] = running;
      this.kvUsage[slot] = usedBlocks / engine.kvBlocks;
      this.readUs[slot] = nowUs;
    }
    return true;
  }

  /** When the metrics will be read again at the earliest, after now. */
  nextRefreshUs(nowUs: number): number {
    return nowUs - nowUs % this.#refreshUs + this.#refreshUs;
  }

  /** Whether the metrics of an endpoint are older than so much, or were never read. */
  isStale(slot: number, thresholdUs: number, nowUs: number): boolean {
    const readUs = this.readUs[slot]!;
    return readUs < 0 || nowUs - readUs > thresholdUs;
  }
}

/** Whether upstream looked between the two: then it forgot what it believed of the endpoint. */
function forgottenBy(awayUs: number, nowUs: number): boolean {
  return awayUs !== Infinity && Math.floor(awayUs / FORGET_US) < Math.floor(nowUs / FORGET_US);
}
