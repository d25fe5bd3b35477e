// What the parts of an endpoint picker are to each other; it knows none of them by name.
//
// An endpoint is a slot, a small integer, into the columns of `Endpoints`: nothing is made for a request.

import type { FleetRequest } from "../fleet_request.ts";
import type { PrefixSource } from "./prefix_source.ts";

/** The endpoints that are still in the running: the first `count` of `slots`. */
export interface Candidates {
  readonly slots: Int32Array;
  count: number;
}

/** The chosen endpoint for the answer, and for the prompt where another computes it; NOBODY is none. */
export interface Choice {
  slot: number;
  prefillSlot: number;
}

export const NOBODY = -1;

/** Takes candidates out of the list, those that stay keep their order. */
export interface Filter {
  filter(request: FleetRequest, candidates: Candidates): void;
}

/** Writes the score of candidate `i` to `scores[i]`; what is not from 0 to 1 is cut to it. */
export interface Scorer {
  /** Its scores of the same candidates change only when metrics are read. */
  readonly fromMetrics?: boolean;
  score(request: FleetRequest, candidates: Candidates, scores: Float64Array): void;
}

/** One of at least one candidate, by their weighted sums; gives its place among them. */
export interface Picker {
  pick(candidates: Candidates, sums: Float64Array): number;
}

/** Whether a prompt is to be computed by another endpoint than the one that answers. */
export interface Decider {
  disaggregates(request: FleetRequest, slot: number): boolean;
}

/** How full the pool is: from 1 on nothing more is sent to it. */
export interface SaturationDetector {
  saturation(pool: Candidates, nowUs: number): number;
}

/** Hears which endpoints a request goes to, before it is sent. */
export interface Listener {
  picked(request: FleetRequest, choice: Readonly<Choice>): void;
}

/** A plugin of a configuration: it may be several of these at once. */
export interface Plugin {
  readonly filter?: Filter;
  readonly scorer?: Scorer;
  readonly picker?: Picker;
  readonly decider?: Decider;
  readonly detector?: SaturationDetector;
  readonly listener?: Listener;
  readonly prefix?: PrefixSource;
}
