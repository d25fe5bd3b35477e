// The lines over which a cluster gets images and weights; all that starts at once shares them.

import { type LinkThrottle, SharedLink, type Transfer } from "../serving/shared_link.ts";
import type { Supply } from "../serving/startup.ts";
import type { Clock } from "../sim/clock.ts";
import { type Process, Signal, wait } from "../sim/process.ts";
import { isClaim, SupplyTroubles } from "./supply_troubles.ts";

interface SlowClaim {
  /** Undefined: every one. */
  readonly claim: string | undefined;
  readonly throttle: LinkThrottle;
  /** Hears of each pod that reads it. */
  readonly used?: () => void;
}

export class SupplyLines {
  readonly supply: Supply;
  readonly registry: SharedLink;
  readonly hub: SharedLink;
  /** What is wrong beside how fast they are. */
  readonly troubles = new SupplyTroubles();
  readonly #clock: Clock;
  readonly #claims = new Map<string, SharedLink>();
  readonly #slowClaims = new Map<SlowClaim, (() => void)[]>();

  constructor(clock: Clock, supply: Supply) {
    const { registry, pull, hub, download } = supply;
    this.#clock = clock;
    this.supply = supply;
    this.registry = line(clock, registry, pull);
    this.hub = line(clock, hub, download);
  }

  /** The line of a claim, shared by its readers; what a reader's GPUs take limits it as well. */
  claim(name: string): SharedLink {
    for (const slow of this.#slowClaims.keys()) if (isClaim(slow.claim, name)) slow.used?.();
    const known = this.#claims.get(name);
    if (known) return known;
    const { volume = Infinity, load } = this.supply;
    const made = line(this.#clock, volume, load);
    this.#claims.set(name, made);
    for (const [slow, undo] of this.#slowClaims) {
      if (isClaim(slow.claim, name)) undo.push(made.throttle(slow.throttle));
    }
    return made;
  }

  /** Slows a claim, or all of them; returns what takes that back. */
  slowClaims(slow: SlowClaim): () => void {
    const lines = [...this.#claims]
      .filter(([name]) => isClaim(slow.claim, name));
    if (lines.some(([, { sharing }]) => sharing > 0)) slow.used?.();
    this.#slowClaims.set(slow, lines.map(([, line]) => line.throttle(slow.throttle)));
    return () => {
      for (const undo of this.#slowClaims.get(slow) ?? []) undo();
      this.#slowClaims.delete(slow);
    };
  }
}

function line(clock: Clock, bytesPerSecond: number, each = Infinity): SharedLink {
  return new SharedLink(clock, {
    gigabytesPerSecond: bytesPerSecond / 1e9,
    latencyUs: 0,
    eachGigabytesPerSecond: each / 1e9,
  });
}

/** Waits until so many bytes have come over a line; one that is interrupted gives its share back. */
export function* transfer(link: SharedLink, bytes: number): Process {
  if (bytes <= 0) return;
  const over = new Signal<void>();
  let running: Transfer | undefined = link.start(bytes, () => {
    running = undefined;
    over.fire();
  });
  try {
    yield* wait(over);
  } finally {
    if (running) link.cancel(running);
  }
}
