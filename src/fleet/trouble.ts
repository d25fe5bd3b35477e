// What is wrong between the parts of a cluster while faults are in force. Most of the time: nothing.

import type { FleetRequest } from "./request_host.ts";
import type { Revision } from "./revision.ts";

/** Turns a request away before any backend sees it, in the name of its route's owner; whether it did. */
export type TurnAway = (request: FleetRequest, owner: Revision) => boolean;

export class Trouble {
  readonly #turnAways: TurnAway[] = [];
  /** By so much changes come later to the gateway, in µs. */
  gatewayLagUs = 0;

  /** Whether a request is turned away that takes the route of `owner`. */
  turnsAway(request: FleetRequest, owner: Revision): boolean {
    // Asked for every request: a loop that is not begun costs nothing.
    for (let index = 0; index < this.#turnAways.length; index++) {
      if (this.#turnAways[index]!(request, owner)) return true;
    }
    return false;
  }

  /** Gateways do this from now on, until `remove`. */
  add(turnAway: TurnAway): void {
    this.#turnAways.push(turnAway);
  }

  remove(turnAway: TurnAway): void {
    this.#turnAways.splice(this.#turnAways.indexOf(turnAway), 1);
  }
}
