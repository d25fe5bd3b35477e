// What a log of the fleet is read with: the fold of its events, and the check of each.

import { type FleetEvent, fleetEventSchema } from "../fleet/events.ts";
import { fold } from "../fleet/fold.ts";
import { type FleetState, initialState } from "../fleet/state.ts";
import type { Fold, Validate } from "../log/codec.ts";

/** The fleet's fold as the log floor wants it; the id changes with the shape of the state. */
export const FLEET_FOLD: Fold<FleetState> = {
  id: "fleet-7",
  initial: initialState,
  apply: (state, event) => fold(state, event as FleetEvent),
};

/** An event from a file is not to be trusted: it may have been written by a hand. */
export const validateEvent: Validate = (event) => {
  const parsed = fleetEventSchema.safeParse(event);
  if (parsed.success) return undefined;
  const issue = parsed.error.issues[0]!;
  return `${issue.path.join(".") || "kind"}: ${issue.message}`;
};
