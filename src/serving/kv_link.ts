// A link that carries keys and values, shared equally by all transfers on it. Knows no request and no block.

import type { Clock, EventHandle } from "../sim/clock.ts";
import type { Link } from "./links.ts";

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
 * of one DMA engine do. Times are whole µs, rounded up: a transfer is never faster than alone, and
 * each that ends wastes less than 1 µs of the link.
 */
export class KvLink {
  readonly #clock: Clock;
  readonly #latencyUs: number;
  readonly #bytesPerUs: number;
  readonly #transfers: Transfer[] = [];
  /** What a transfer has got that was there since the link was last unused, in bytes. */
  #got = 0;
  #gotUs = 0;
  #next: EventHandle | undefined;

  constructor(clock: Clock, { gigabytesPerSecond, latencyUs }: Link) {
    this.#clock = clock;
    this.#latencyUs = latencyUs;
    // A GB/s is 1000 bytes a µs.
    this.#bytesPerUs = gigabytesPerSecond * 1000;
  }

  /** Transfers that share the link now; those whose first byte is on the way are not yet among them. */
  get sharing(): number {
    return this.#transfers.length;
  }

  /** Calls `done` when so many bytes (above 0) are over, never at once. */
  start(bytes: number, done: () => void): Transfer {
    const transfer: Transfer = { done, bytes, begins: undefined };
    transfer.begins = this.#clock.after(this.#latencyUs, () => {
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

  /** Counts what everyone got since the last change. */
  #advance(): void {
    const { nowUs } = this.#clock;
    const sharing = this.#transfers.length;
    if (sharing === 0) this.#got = 0;
    else this.#got += (nowUs - this.#gotUs) * this.#bytesPerUs / sharing;
    this.#gotUs = nowUs;
  }

  /** The next that is over: the one that is to get least. */
  #plan(): void {
    if (this.#next !== undefined) this.#clock.cancel(this.#next);
    this.#next = undefined;
    if (this.#transfers.length === 0) return;
    const least = Math.min(...this.#transfers.map(({ bytes }) => bytes));
    const left = (least - this.#got) * this.#transfers.length;
    const us = Math.max(0, Math.ceil(left / this.#bytesPerUs));
    this.#next = this.#clock.after(us, () => this.#end(least));
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
