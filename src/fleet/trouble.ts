// What is wrong between the parts of a cluster while faults are in force. Most of the time: nothing.

import type { FleetRequest } from "./fleet_request.ts";
import type { RouteOwner } from "./member_requests.ts";

/** Turns a request away before any backend sees it, in the name of its route's owner; whether it did. */
export type TurnAway = (request: FleetRequest, owner: RouteOwner) => boolean;

/** What is wrong between what is measured and the autoscalers that read it. */
export class MetricsTrouble {
  #lagUs = 0;
  /** What was measured up to then had come through when the last lag began. */
  #throughUs = 0;
  /** Faults by which no query is answered. */
  down = 0;

  /** Up to when what was measured has come through. */
  visibleUs(nowUs: number): number {
    return this.#lagUs === 0 ? nowUs : Math.max(this.#throughUs, nowUs - this.#lagUs);
  }

  /** What is measured from now on comes so much later; returns what takes that back. */
  delay(byUs: number, nowUs: number): () => void {
    this.#throughUs = this.visibleUs(nowUs);
    this.#lagUs += byUs;
    return () => void (this.#lagUs -= byUs);
  }
}

/** A fault by which something comes later. */
export interface LagFault {
  readonly byUs: number;
  /** Something came later by it. */
  noted(): void;
}

/** By how much what changes is heard of later. */
export class Lag {
  readonly #faults: LagFault[] = [];

  begin(fault: LagFault): void {
    this.#faults.push(fault);
  }

  end(fault: LagFault): void {
    this.#faults.splice(this.#faults.indexOf(fault), 1);
  }

  /** Of a change that is made now, in µs; what makes it late is told so. */
  ofChange(): number {
    let lagUs = 0;
    for (const fault of this.#faults) {
      lagUs += fault.byUs;
      fault.noted();
    }
    return lagUs;
  }
}

export class Trouble {
  readonly metrics = new MetricsTrouble();

  readonly #turnAways: TurnAway[] = [];
  /** Until changes come to the gateway. */
  readonly gatewayLag = new Lag();
  /** Until controllers hear of what changed in the API. */
  readonly apiLag = new Lag();

  /** Whether a request is turned away that takes the route of `owner`. */
  turnsAway(request: FleetRequest, owner: RouteOwner): boolean {
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
