// What was done by hand in a recorded run, out of its events: without it no simulation comes to the same log.

import type { LogEvent } from "../log/codec.ts";
import { type DoneByHand, doneByHand } from "../scenario/hand.ts";
import { CliError } from "./exit.ts";

/** In the order of the events; throws a `CliError` about an act that this mtop does not know. */
export function actsIn(events: readonly LogEvent[]): DoneByHand[] {
  try {
    return events.map(doneByHand).filter((act) => act !== undefined);
  } catch (error) {
    throw new CliError(`engine changed: ${(error as Error).message}`);
  }
}
