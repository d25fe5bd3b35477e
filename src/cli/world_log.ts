// A recorded run as the world that reading commands look at.

import type { FleetEvent } from "../fleet/events.ts";
import { CheckpointIndex } from "../log/file_index.ts";
import { openLog } from "../log/file_reader.ts";
import { stateAt } from "../log/file_seek.ts";
import type { Console } from "./console.ts";
import { CliError } from "./exit.ts";
import { FLEET_FOLD, validateEvent } from "./fleet_log.ts";
import { tellEnd } from "./run_end.ts";
import { slosOfScenario } from "./slos.ts";
import type { World } from "./world.ts";

/** The cluster of a run at an instant, or at its end. A run that died is shown up to its last line. */
export async function openLogWorld(
  path: string,
  atUs: number | undefined,
  console: Console,
): Promise<World> {
  const log = await openLog(path, { validate: validateEvent });
  using index = CheckpointIndex.open(log, FLEET_FOLD);
  const wantedUs = atUs ?? Infinity;
  const { state, ending } = await stateAt(log, FLEET_FOLD, wantedUs, index);
  if (state.seq < 0) throw new CliError(`Cannot read "${path}": it has no events`);
  if (ending && ending.kind !== "whole") console.err(`warning: ${ending.message}\n`);
  if (ending) tellEnd(atUs, state, console);
  const nowUs = Math.min(wantedUs, ending ? state.at : wantedUs);
  return {
    state,
    nowUs,
    slos: slosOfScenario(log.header.scenario),
    async *events() {
      for await (const batch of log.batches()) {
        const events = batch.events as readonly FleetEvent[];
        yield events.filter(({ at }) => at <= nowUs);
        if (events.length > 0 && events.at(-1)!.at > nowUs) return;
      }
    },
  };
}
