// What is told when a run ends before the instant that was asked for.

import type { FleetState } from "../fleet/state.ts";
import { formatInstant } from "../view/format.ts";
import type { Console } from "./console.ts";

/** Says on standard error that an instant is beyond the end of the run, which is shown instead. */
export function tellEnd(
  wantedUs: number | undefined,
  { ended, at }: Pick<FleetState, "ended" | "at">,
  console: Console,
): void {
  const endUs = ended?.at ?? at;
  if (wantedUs === undefined || wantedUs <= endUs) return;
  console.err(`warning: the run ends at ${formatInstant(endUs)}: shown is its end\n`);
}
