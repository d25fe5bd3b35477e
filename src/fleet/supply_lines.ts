// The lines over which a cluster gets images and weights; all that starts at once shares them.

import { SharedLink, type Transfer } from "../serving/shared_link.ts";
import type { Supply } from "../serving/startup.ts";
import type { Clock } from "../sim/clock.ts";
import { type Process, Signal, wait } from "../sim/process.ts";

export class SupplyLines {
  readonly supply: Supply;
  readonly registry: SharedLink;
  readonly hub: SharedLink;
  readonly #clock: Clock;
  readonly #claims = new Map<string, SharedLink>();

  constructor(clock: Clock, supply: Supply) {
    const { registry, pull, hub, download } = supply;
    this.#clock = clock;
    this.supply = supply;
    this.registry = line(clock, registry, pull);
    this.hub = line(clock, hub, download);
  }

  /** The line of a claim, shared by its readers; undefined where nothing limits it. */
  claim(name: string): SharedLink | undefined {
    const { volume } = this.supply;
    if (volume === undefined) return undefined;
    const known = this.#claims.get(name) ?? line(this.#clock, volume);
    this.#claims.set(name, known);
    return known;
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
