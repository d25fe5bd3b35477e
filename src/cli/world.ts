// What a reading command looks at: the mock present, or an instant of a recorded run.

import type { FleetEvent } from "../fleet/events.ts";
import type { FleetState } from "../fleet/state.ts";
import type { SloLimits } from "../view/thresholds.ts";

export interface World {
  /** The cluster at `nowUs`. */
  readonly state: FleetState;
  /** The instant that is shown, in virtual µs. */
  readonly nowUs: number;
  /** Objectives of its services, where a run brings some. */
  readonly slos?: Readonly<Record<string, SloLimits>>;
  /** All that happened up to then, in order, in batches. */
  events(): AsyncIterable<readonly FleetEvent[]>;
}

/** Options by which every reading command says what to look at. */
export interface WorldOptions {
  /** A run file; without it the mock present. */
  readonly log?: string;
  /** An instant of the run file, µs; without it the end. */
  readonly at?: number;
  /** Objects of other kinds are not asked for: a world may be without them. */
  readonly kinds?: readonly string[];
}
