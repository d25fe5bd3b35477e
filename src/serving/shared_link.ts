// A link shared equally by all transfers on it. Knows neither requests, pods nor what the bytes are.

import type { Clock, EventHandle } from "../sim/clock.ts";

/** What a link carries. */
export interface LinkLimits {
  readonly gigabytesPerSecond: number;
  /** Before the first byte, in µs. */
  readonly latencyUs: number;
  /** The most that one transfer gets, however few there are. */
  readonly eachGigabytesPerSecond?: number;
}

/** What a link is held to beside its own limits, for as long as that is in force; 0: nothing moves. */
export type LinkThrottle = Partial<
  Pick<LinkLimits, "gigabytesPerSecond" | "eachGigabytesPerSecond">
>;

/** A transfer that is under way. */
export interface Transfer {
  readonly done: () => void;
  /** Its size, then what each transfer has got by the time this one is over, in bytes. */
  bytes: number;
  /** Its first byte is still on the way. */
  begins: EventHandle | undefined;
}

/**
 * Processor sharing: n transfers get an n-th of the bandwidth each, as RDMA flows of one NIC and copies
 * of one DMA engine do; none gets more than its own most. Times are whole µs, rounded up: a transfer is
 * never faster than alone, and each that ends wastes less than 1 µs of the link.
 */
export class SharedLink {
  readonly #clock: Clock;
  readonly #latencyUs: number;
  readonly #own: Required<LinkThrottle>;
  readonly #throttles = new Set<LinkThrottle>();
  #bytesPerUs = 0;
  #eachBytesPerUs = 0;
  readonly #transfers: Transfer[] = [];
  /** What a transfer has got that was there since the link was last unused, in bytes. */
  #got = 0;
  #gotUs = 0;
  #next: EventHandle | undefined;

  constructor(clock: Clock, limits: LinkLimits) {
    const { gigabytesPerSecond, latencyUs, eachGigabytesPerSecond = Infinity } = limits;
    this.#clock = clock;
    this.#latencyUs = latencyUs;
    this.#own = { gigabytesPerSecond, eachGigabytesPerSecond };
    this.#setRates();
  }

  /** Holds it to this as well, those that are under way too; returns what takes that back. */
  throttle(throttle: LinkThrottle): () => void {
    const change = (how: "add" | "delete") => {
      this.#advance();
      this.#throttles[how](throttle);
      this.#setRates();
      this.#plan();
    };
    change("add");
    return () => change("delete");
  }

  #setRates(): void {
    const all = [this.#own, ...this.#throttles];
    const least = (of: keyof LinkThrottle) => Math.min(...all.map((each) => each[of] ?? Infinity));
    // A GB/s is 1000 bytes a µs.
    this.#bytesPerUs = least("gigabytesPerSecond") * 1000;
    this.#eachBytesPerUs = least("eachGigabytesPerSecond") * 1000;
  }

  /** Transfers that share the link now; those whose first byte is on the way are not yet among them. */
  get sharing(): number {
    return this.#transfers.length;
  }

  /** Calls `done` when so many bytes (above 0) are over, never at once; the first of them so much later. */
  start(bytes: number, done: () => void, laterUs = 0): Transfer {
    const transfer: Transfer = { done, bytes, begins: undefined };
    transfer.begins = this.#clock.after(this.#latencyUs + laterUs, () => {
      transfer.begins = undefined;
      this.#advance();
      transfer.bytes += this.#got;
      this.#transfers.push(transfer);
      this.#plan();
    });
    return transfer;
  }

  /** Gives a transfer up; the others share what it had. False when it is over already. */
  cancel(transfer: Transfer): boolean {
    if (transfer.begins !== undefined) return this.#clock.cancel(transfer.begins);
    const place = this.#transfers.indexOf(transfer);
    if (place < 0) return false;
    this.#advance();
    this.#transfers.splice(place, 1);
    this.#plan();
    return true;
  }

  /** There is enough for all to have their most. */
  get #ample(): boolean {
    return this.#eachBytesPerUs * this.#transfers.length <= this.#bytesPerUs;
  }

  /** Counts what everyone got since the last change. */
  #advance(): void {
    const { nowUs } = this.#clock;
    const sharing = this.#transfers.length;
    if (sharing === 0) this.#got = 0;
    else if (this.#ample) this.#got += (nowUs - this.#gotUs) * this.#eachBytesPerUs;
    else this.#got += (nowUs - this.#gotUs) * this.#bytesPerUs / sharing;
    this.#gotUs = nowUs;
  }

  /** The next that is over: the one that is to get least. */
  #plan(): void {
    if (this.#next !== undefined) this.#clock.cancel(this.#next);
    this.#next = undefined;
    // Where nothing moves nothing ends.
    if (this.#transfers.length === 0 || Math.min(this.#bytesPerUs, this.#eachBytesPerUs) === 0) {
      return;
    }
    const least = this.#transfers.reduce((least, { bytes }) => Math.min(least, bytes), Infinity);
    const left = least - this.#got;
    const us = this.#ample
      ? Math.ceil(left / this.#eachBytesPerUs)
      : Math.ceil(left * this.#transfers.length / this.#bytesPerUs);
    this.#next = this.#clock.after(Math.max(0, us), () => this.#end(least));
  }

  #end(bytes: number): void {
    this.#next = undefined;
    this.#advance();
    // The last bits of the quotient above: what was planned for now is over now.
    this.#got = Math.max(this.#got, bytes);
    const over = this.#transfers.filter((transfer) => transfer.bytes <= this.#got);
    const left = this.#transfers.filter((transfer) => transfer.bytes > this.#got);
    this.#transfers.splice(0, this.#transfers.length, ...left);
    this.#plan();
    for (const { done } of over) done();
  }
}
