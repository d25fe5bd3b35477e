// The registry of loads: one schema of all kinds, and how each is started.

import { z } from "zod";
import { startUsers, usersSchema } from "./closed_loop.ts";
import type { LoadContext } from "./load.ts";
import { constantSchema, gammaSchema, poissonSchema, startOpenLoop } from "./open_loop.ts";
import { type LoadDefinition, ownLoadSchema, startOwnLoad } from "./own_load.ts";
import { retrying } from "./retries.ts";
import { startTrace, traceSchema } from "./trace.ts";
import { diurnalSchema, spikeSchema, stagesSchema, startVaryingRate } from "./varying_rate.ts";

export const loadSchema = z.discriminatedUnion("kind", [
  poissonSchema,
  constantSchema,
  gammaSchema,
  stagesSchema,
  spikeSchema,
  diurnalSchema,
  usersSchema,
  traceSchema,
  ownLoadSchema,
]);

export type Load = z.output<typeof loadSchema>;

/** Sets a load in motion; what it sends arrives at `context.submit`. `own` is the code of kind `own`. */
export function startLoad(load: Load, context: LoadContext, own?: LoadDefinition): void {
  const client = load.retries ? retrying(load.retries, context) : context;
  switch (load.kind) {
    case "own":
      return startOwnLoad(load, own!, client);
    case "trace":
      return startTrace(load, client);
    case "users":
      return startUsers(load, client);
    case "stages":
    case "spike":
    case "diurnal":
      return startVaryingRate(load, client);
    default:
      return startOpenLoop(load, client);
  }
}
