// `no-hit-lru-scorer`: requests that nobody has anything of go to who got such a one longest ago.

import type { FleetRequest } from "../fleet_request.ts";
import type { Endpoints } from "./endpoints.ts";
import { type Candidates, type Choice, type Listener, NOBODY, type Scorer } from "./ports.ts";
import type { PrefixSource } from "./prefix_source.ts";

/** Endpoints that are remembered (`lruSize`). */
export const NO_HIT_LRU_SIZE = 1024;

/**
 * A request that one candidate or another has a block of scores 0.5 everywhere. Otherwise the score is
 * 1 − rank/(n − 1) over n candidates: those that never got a cold request first, in their order, then
 * by how long ago they got one. As upstream, the rank counts endpoints that are no candidates as well,
 * and is cut to a score of 0.
 */
export class NoHitLru implements Scorer, Listener {
  readonly #endpoints: Endpoints;
  readonly #prefix: PrefixSource;
  readonly #size: number;
  /** Slots that got cold requests, the longest ago first; and by slot the place there. */
  readonly #order: number[] = [];
  #place = new Int32Array(0);
  #cold = false;

  constructor(size: number, endpoints: Endpoints, prefix: PrefixSource) {
    this.#size = size;
    this.#endpoints = endpoints;
    this.#prefix = prefix;
    endpoints.onForget((slot) => this.#forget(slot));
  }

  score(_: FleetRequest, candidates: Candidates, scores: Float64Array): void {
    const { slots, count } = candidates;
    this.#cold = isCold(candidates, this.#prefix.matched);
    if (!this.#cold) {
      scores.fill(0.5, 0, count);
      return;
    }
    this.#makeRoom();
    const place = this.#place;
    let never = 0;
    for (let i = 0; i < count; i++) if (place[slots[i]!] === NOBODY) never++;
    const last = Math.max(1, count - 1);
    let next = 0;
    for (let i = 0; i < count; i++) {
      const at = place[slots[i]!]!;
      const rank = at === NOBODY ? next++ : never + at;
      scores[i] = count === 1 ? 1 : 1 - rank / last;
    }
  }

  picked(_: FleetRequest, { slot, prefillSlot }: Readonly<Choice>): void {
    if (!this.#cold) return;
    this.#makeRoom();
    this.#use(slot);
    if (prefillSlot !== NOBODY) this.#use(prefillSlot);
  }

  #use(slot: number): void {
    this.#remove(slot);
    if (this.#order.length === this.#size) this.#remove(this.#order[0]!);
    this.#place[slot] = this.#order.push(slot) - 1;
  }

  #remove(slot: number): void {
    const place = this.#place[slot]!;
    if (place === NOBODY) return;
    const order = this.#order;
    for (let i = place + 1; i < order.length; i++) {
      const moved = order[i]!;
      order[i - 1] = moved;
      this.#place[moved] = i - 1;
    }
    order.pop();
    this.#place[slot] = NOBODY;
  }

  #forget(slot: number): void {
    if (slot < this.#place.length) this.#remove(slot);
  }

  #makeRoom(): void {
    const { slots } = this.#endpoints;
    const before = this.#place;
    if (slots <= before.length) return;
    this.#place = new Int32Array(slots * 2).fill(NOBODY);
    this.#place.set(before);
  }
}

function isCold({ slots, count }: Candidates, matched: Int32Array): boolean {
  for (let i = 0; i < count; i++) if (matched[slots[i]!]! > 0) return false;
  return true;
}
