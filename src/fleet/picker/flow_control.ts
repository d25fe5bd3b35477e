// Flow control: requests wait in the picker, by priority and flow, for as long as the pool is saturated.

import type { Clock, EventHandle } from "../../sim/clock.ts";
import type { FleetRequest } from "../fleet_request.ts";
import type { OpenRequest } from "../unfinished_requests.ts";
import { type Rejection, REJECTIONS } from "./rejections.ts";

export interface BandPlan {
  /** Requests and bytes of them that may wait in the band. */
  readonly maxRequests: number;
  readonly maxBytes: number;
  readonly fairness: "global-strict" | "round-robin";
}

export interface FlowPlan {
  /** So long may a request wait, in µs; 0 is for ever. */
  readonly ttlUs: number;
  /** Of all bands together; 0 is any number. */
  readonly maxRequests: number;
  readonly maxBytes: number;
  /** Priorities that have limits of their own. */
  readonly bands: Readonly<Record<string, BandPlan>>;
  readonly defaultBand: BandPlan;
}

/** Documented defaults: 1 GB, 5,000 requests, FCFS over all flows of a band, 60 s. */
export const DEFAULT_BAND: BandPlan = {
  maxRequests: 5000,
  maxBytes: 1e9,
  fairness: "global-strict",
};
export const DEFAULT_TTL_US = 60_000_000;

/** Upstream's own estimate where it knows no tokens, `AverageCharactersPerToken`: the reverse of it. */
const BYTES_A_TOKEN = 4;

/** What flow control knows of the pool, and whom it gives requests to. */
export interface FlowOutlet {
  /** Whether a request may be sent now. */
  isOpen(nowUs: number): boolean;
  isEmpty(): boolean;
  /** When that may be otherwise, if no request ends before. */
  nextLookUs(nowUs: number): number;
  dispatch(request: FleetRequest, arrivedUs: number): void;
  refuse(request: FleetRequest, rejection: Rejection, arrivedUs: number): void;
  /** Its client gave it up. */
  giveUp(request: FleetRequest, arrivedUs: number): void;
}

interface Waiting {
  readonly request: FleetRequest;
  readonly arrivedUs: number;
  readonly bytes: number;
  /** In which it waits. */
  readonly queue: Waiting[];
  expiry: EventHandle | undefined;
  /** Dispatched, refused or given up. */
  over: boolean;
}

interface Band {
  readonly priority: number;
  readonly plan: BandPlan;
  /** By flow, those that are over among them; flows in the order of their ids. */
  readonly flows: Map<string, Waiting[]>;
  ids: string[];
  last: string | undefined;
  requests: number;
  bytes: number;
}

/**
 * The band of the highest priority goes first, always; within a band the request that arrived first
 * (global-strict), or that of the next flow in turn (round-robin). Requests go while the pool is not
 * saturated: at once when they arrive, when metrics are read again, and when one that was sent ends.
 */
export class FlowControl {
  readonly #plan: FlowPlan;
  readonly #clock: Clock;
  readonly #outlet: FlowOutlet;
  /** Highest priority first. */
  #bands: Band[] = [];
  #requests = 0;
  #bytes = 0;
  #look: EventHandle | undefined;
  /** Hears of every request that has to wait. */
  onWait: (() => void) | undefined;

  constructor(plan: FlowPlan, clock: Clock, outlet: FlowOutlet) {
    this.#plan = plan;
    this.#clock = clock;
    this.#outlet = outlet;
  }

  get waiting(): number {
    return this.#requests;
  }

  /** The same one by one. */
  get open(): OpenRequest[] {
    return this.#bands.flatMap(({ flows }) =>
      [...flows.values()].flat().filter(({ over }) => !over)
        .map(({ request, arrivedUs }) => ({ request, sinceUs: arrivedUs }))
    );
  }

  submit(request: FleetRequest): void {
    const nowUs = this.#clock.nowUs;
    const { objective = 0, fairnessId = "", timeoutUs = Infinity } = request.kind;
    const band = this.#band(objective);
    const bytes = request.promptTokens * BYTES_A_TOKEN;
    if (this.#isFull(band, bytes)) return this.#outlet.refuse(request, REJECTIONS.queueFull, nowUs);
    const queue = this.#queue(band, fairnessId);
    const waiting: Waiting = {
      request,
      arrivedUs: nowUs,
      bytes,
      queue,
      expiry: undefined,
      over: false,
    };
    queue.push(waiting);
    this.#count(band, waiting, 1);
    this.look();
    if (waiting.over) return;
    this.onWait?.();
    const ttlUs = this.#plan.ttlUs === 0 ? Infinity : this.#plan.ttlUs;
    const leftUs = Math.min(ttlUs, timeoutUs);
    if (leftUs === Infinity) return;
    const gaveUp = timeoutUs <= ttlUs;
    waiting.expiry = this.#clock.after(leftUs, () => this.#expire(band, waiting, gaveUp));
  }

  /** Sends what may be sent now. */
  look(): void {
    while (this.#requests > 0 && this.#outlet.isOpen(this.#clock.nowUs)) {
      const band = this.#bands.find(({ requests }) => requests > 0)!;
      const waiting = next(band);
      this.#leave(band, waiting);
      this.#outlet.dispatch(waiting.request, waiting.arrivedUs);
    }
    // An empty pool changes when it gets an endpoint, and whoever gives it one calls.
    if (this.#requests === 0 || this.#look !== undefined || this.#outlet.isEmpty()) return;
    this.#look = this.#clock.at(this.#outlet.nextLookUs(this.#clock.nowUs), () => {
      this.#look = undefined;
      this.look();
    });
  }

  /** The picker is going: nobody waits in it any more. */
  shutDown(): void {
    for (const band of this.#bands) {
      for (const waiting of [...band.flows.values()].flat()) {
        if (waiting.over) continue;
        this.#leave(band, waiting);
        this.#outlet.refuse(waiting.request, REJECTIONS.shuttingDown, waiting.arrivedUs);
      }
    }
    this.#bands = [];
  }

  #expire(band: Band, waiting: Waiting, gaveUp: boolean): void {
    waiting.expiry = undefined;
    this.#leave(band, waiting);
    const { request, arrivedUs, queue } = waiting;
    while (queue[0]?.over) queue.shift();
    if (gaveUp) return this.#outlet.giveUp(request, arrivedUs);
    const { expired, expiredWithoutEndpoints } = REJECTIONS;
    const rejection = this.#outlet.isEmpty() ? expiredWithoutEndpoints : expired;
    this.#outlet.refuse(request, rejection, arrivedUs);
  }

  #leave(band: Band, waiting: Waiting): void {
    waiting.over = true;
    if (waiting.expiry !== undefined) this.#clock.cancel(waiting.expiry);
    this.#count(band, waiting, -1);
  }

  #count(band: Band, { bytes }: Waiting, by: 1 | -1): void {
    band.requests += by;
    band.bytes += by * bytes;
    this.#requests += by;
    this.#bytes += by * bytes;
  }

  #isFull({ plan, requests, bytes }: Band, more: number): boolean {
    const { maxRequests, maxBytes } = this.#plan;
    return requests + 1 > plan.maxRequests || bytes + more > plan.maxBytes ||
      (maxRequests > 0 && this.#requests + 1 > maxRequests) ||
      (maxBytes > 0 && this.#bytes + more > maxBytes);
  }

  #band(priority: number): Band {
    const known = this.#bands.find((band) => band.priority === priority);
    if (known) return known;
    const plan = this.#plan.bands[String(priority)] ?? this.#plan.defaultBand;
    const flows = new Map<string, Waiting[]>();
    const band = { priority, plan, flows, ids: [], last: undefined, requests: 0, bytes: 0 };
    this.#bands.push(band);
    this.#bands.sort((a, b) => b.priority - a.priority);
    return band;
  }

  /** Of global-strict one queue is enough: the head of it arrived first of all. */
  #queue(band: Band, flow: string): Waiting[] {
    const id = band.plan.fairness === "global-strict" ? "" : flow;
    const known = band.flows.get(id);
    if (known) return known;
    const queue: Waiting[] = [];
    band.flows.set(id, queue);
    band.ids = [...band.flows.keys()].sort();
    return queue;
  }
}

/** Takes the next request of a band that has one; flows that have none are forgotten. */
function next(band: Band): Waiting {
  const { ids, last } = band;
  const start = last === undefined ? 0 : ids.findIndex((id) => id > last);
  for (let i = 0; i < ids.length; i++) {
    const id = ids[(Math.max(0, start) + i) % ids.length]!;
    const queue = band.flows.get(id)!;
    while (queue[0]?.over) queue.shift();
    const waiting = queue.shift();
    if (!waiting) continue;
    band.last = id;
    return waiting;
  }
  throw new RangeError("Cannot take a request of a band that has none");
}
