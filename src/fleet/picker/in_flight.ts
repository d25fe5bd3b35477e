// `inflight-load-producer`: what the picker itself sent to each endpoint and has not ended there.

import type { AttemptOutcome } from "../../load/load.ts";
import type { FleetRequest } from "../fleet_request.ts";
import type { Endpoints } from "./endpoints.ts";
import { type Choice, NOBODY } from "./ports.ts";
import type { PrefixSource } from "./prefix_source.ts";

/** Whether the answer of a request that has not ended has begun; by its row. */
export type HasFirstToken = (id: number) => boolean;

/**
 * Requests count from the choice to their end, for the endpoint that computes the prompt as well, as
 * upstream. Tokens are those of the prompt that the endpoint does not have, and count until the first
 * token, which is looked for when metrics are read; where another endpoint computes the prompt, until
 * the end (upstream releases them earlier).
 */
export class InFlight {
  readonly #endpoints: Endpoints;
  readonly #prefix: () => PrefixSource | undefined;
  readonly #adapters: boolean;
  readonly #open = new Set<Flight>();
  /** By slot: adapters in flight, in the order in which they were first asked for, and how often. */
  readonly #adaptersOf: Map<string, number>[] = [];

  /** Called after a request ended. */
  onEnd: (() => void) | undefined;

  /** `prefix` tells what of a prompt is no load; without one all of it is. */
  constructor(
    endpoints: Endpoints,
    prefix: () => PrefixSource | undefined,
    adapters: boolean,
  ) {
    this.#endpoints = endpoints;
    this.#prefix = prefix;
    this.#adapters = adapters;
  }

  /** A request that is sent now; `Flight.sent` is what to send. */
  begin(request: FleetRequest, { slot, prefillSlot }: Readonly<Choice>): Flight {
    const flight = new Flight(request, slot, prefillSlot, this);
    flight.tokens = this.#uncached(request, slot);
    this.#count(flight, 1);
    this.#open.add(flight);
    return flight;
  }

  end(flight: Flight): void {
    if (!this.#open.delete(flight)) return;
    this.#count(flight, -1);
    this.onEnd?.();
  }

  /** The picker's process is another: it knows of none. */
  forgetAll(): void {
    for (const flight of this.#open) this.#count(flight, -1);
    this.#open.clear();
  }

  /** Lets go of the tokens of prompts whose answer has begun. */
  release(hasFirstToken: HasFirstToken): void {
    for (const flight of this.#open) {
      const { id, tokens, slot } = flight;
      if (id < 0 || tokens === 0 || !hasFirstToken(id)) continue;
      this.#endpoints.tokens[slot]! -= tokens;
      flight.tokens = 0;
    }
  }

  /** The adapters that are asked for at an endpoint now, the first `slots` of which it can have active. */
  adapters(slot: number): ReadonlyMap<string, number> {
    return this.#adaptersOf[slot] ??= new Map();
  }

  #uncached({ promptTokens }: FleetRequest, slot: number): number {
    const prefix = this.#prefix();
    const cached = prefix ? prefix.matched[slot]! * prefix.blockTokens : 0;
    return Math.max(0, promptTokens - cached);
  }

  #count({ slot, prefillSlot, tokens, request }: Flight, by: 1 | -1): void {
    const { requests, tokens: columns } = this.#endpoints;
    requests[slot]! += by;
    if (prefillSlot === NOBODY) columns[slot]! += by * tokens;
    else {
      requests[prefillSlot]! += by;
      columns[prefillSlot]! += by * tokens;
    }
    const { adapter } = request.kind;
    if (!this.#adapters || adapter === undefined) return;
    const adapters = this.adapters(slot) as Map<string, number>;
    const users = (adapters.get(adapter) ?? 0) + by;
    if (users === 0) adapters.delete(adapter);
    else adapters.set(adapter, users);
  }
}

/** One request between the choice and its end. */
export class Flight {
  readonly request: FleetRequest;
  readonly slot: number;
  readonly prefillSlot: number;
  tokens = 0;
  /** Its row, once it is in an engine that computes its prompt and answers; below 0 otherwise. */
  id = -1;
  readonly #inFlight: InFlight;

  constructor(request: FleetRequest, slot: number, prefillSlot: number, inFlight: InFlight) {
    this.request = request;
    this.slot = slot;
    this.prefillSlot = prefillSlot;
    this.#inFlight = inFlight;
  }

  /** What is sent instead of the request: the same, and its end is heard of here too. */
  sent(): FleetRequest {
    const { onEnd } = this.request;
    const end = (outcome: AttemptOutcome) => {
      this.#inFlight.end(this);
      onEnd?.(outcome);
    };
    return { ...this.request, onEnd: end };
  }
}
