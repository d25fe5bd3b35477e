// A step of a scenario's own code, see `defineStep`.

import { z } from "zod";
import type { Fleet } from "../fleet/fleet.ts";
import { told } from "../fleet/policy/own_process.ts";
import { Simulated } from "../fleet/policy/simulated.ts";
import { Interrupt, type Process } from "../sim/process.ts";

export const ownStepSchema = z.strictObject({
  kind: z.literal("own"),
  policy: z.string(),
  options: z.unknown().optional(),
});

/** Ends when its generator does; throws an Interrupt with the reason when that aborts. */
export function* takeOwnStep(
  { policy, options }: z.output<typeof ownStepSchema>,
  id: string,
  fleet: Fleet,
): Process {
  const definition = fleet.policies.find("step", policy)!;
  const sim = new Simulated(fleet, fleet.streams.stream(`step/${id}`), id);
  const abort = (why: string): never => {
    throw new Interrupt(why);
  };
  yield* told(definition, () => definition.take(sim, options, abort));
}
