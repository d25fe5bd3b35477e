// Session affinity as scorer and as filter: the endpoint that answered a session's last request.

import type { FleetRequest } from "../fleet_request.ts";
import type { Endpoints, PickedPod } from "./endpoints.ts";
import type { Candidates, Choice, Filter, Listener, Scorer } from "./ports.ts";

/**
 * Upstream's `encoded_endpoint_header`: the answer names its endpoint in a header, and a client that
 * sends the header again is bound to it. Here the client of a load with sessions does; it knows the
 * endpoint from the moment of the choice, not of the first byte.
 */
export class SessionAffinity implements Scorer, Filter, Listener {
  readonly #endpoints: Endpoints;
  readonly #podOf = new Map<number, PickedPod>();

  constructor(endpoints: Endpoints) {
    this.#endpoints = endpoints;
  }

  /** 1 for the session's endpoint, 0 for the rest. */
  score({ session }: FleetRequest, { slots, count }: Candidates, scores: Float64Array): void {
    const pod = session === undefined ? undefined : this.#podOf.get(session);
    for (let i = 0; i < count; i++) {
      scores[i] = pod !== undefined && this.#endpoints.pod(slots[i]!) === pod ? 1 : 0;
    }
  }

  /** The session's endpoint alone, where it is a candidate. */
  filter({ session }: FleetRequest, candidates: Candidates): void {
    const pod = session === undefined ? undefined : this.#podOf.get(session);
    if (!pod) return;
    const { slots, count } = candidates;
    for (let i = 0; i < count; i++) {
      if (this.#endpoints.pod(slots[i]!) !== pod) continue;
      slots[0] = slots[i]!;
      candidates.count = 1;
      return;
    }
  }

  picked({ session }: FleetRequest, { slot }: Readonly<Choice>): void {
    if (session !== undefined) this.#podOf.set(session, this.#endpoints.pod(slot));
  }
}
