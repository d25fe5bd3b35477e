// What plugins are made with: the picker's endpoints, its streams, and what they share.

import type { Clock } from "../../sim/clock.ts";
import type { Stream } from "../../sim/streams.ts";
import { APPROXIMATE_DEFAULTS, ApproximatePrefix, indexingOf } from "./approximate_prefix.ts";
import type { Endpoints } from "./endpoints.ts";
import { InFlight } from "./in_flight.ts";
import type { PrefixSource } from "./prefix_source.ts";
import { type UTILIZATION_DEFAULTS, UtilizationDetector } from "./saturation.ts";

/** Upstream's name of the producer that it makes when nobody declares one. */
export const APPROXIMATE = "approx-prefix-cache-producer";

export class Rig {
  readonly clock: Clock;
  readonly endpoints: Endpoints;
  readonly loraSlots: number;
  readonly #streams: (purpose: string) => Stream;
  readonly #prefixes = new Map<string, PrefixSource>();
  #inFlight: InFlight | undefined;
  /** Whether somebody counts tokens in flight, which end with the first token. */
  countsTokens = false;

  constructor(
    clock: Clock,
    endpoints: Endpoints,
    loraSlots: number,
    streams: (purpose: string) => Stream,
  ) {
    this.clock = clock;
    this.endpoints = endpoints;
    this.loraSlots = loraSlots;
    this.#streams = streams;
  }

  stream(purpose: string): Stream {
    return this.#streams(purpose);
  }

  /** Adds what a producer finds, under the plugin's name. */
  addPrefix(name: string, prefix: PrefixSource): void {
    this.#prefixes.set(name, prefix);
  }

  /** Of the producer of this name, the approximate one if left out, which is made if it must be. */
  prefix(name = APPROXIMATE): PrefixSource {
    const known = this.#prefixes.get(name);
    if (known) return known;
    const made = new ApproximatePrefix(indexingOf(APPROXIMATE_DEFAULTS), this.endpoints);
    this.#prefixes.set(name, made);
    return made;
  }

  get prefixes(): readonly PrefixSource[] {
    return [...this.#prefixes.values()];
  }

  /** Upstream's inflight-load-producer; made when the first asks for it. */
  inFlight(): InFlight {
    return this.#inFlight ??= new InFlight(
      this.endpoints,
      () => this.#discount(),
      this.loraSlots > 0,
    );
  }

  get usedInFlight(): InFlight | undefined {
    return this.#inFlight;
  }

  utilizationDetector(parameters: typeof UTILIZATION_DEFAULTS): UtilizationDetector {
    const now = () => this.clock.nowUs;
    const counts = () => this.#inFlight !== undefined;
    return new UtilizationDetector(parameters, this.endpoints, now, counts);
  }

  /** What endpoints have of a prompt is no load there, if a producer tells of it. */
  #discount(): PrefixSource | undefined {
    return this.#prefixes.get(APPROXIMATE) ?? this.prefixes[0];
  }
}
