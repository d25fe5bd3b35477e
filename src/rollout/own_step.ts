// A step of a scenario's own code, see `defineStep`.

import { z } from "zod";
import { told } from "../fleet/policy/own_process.ts";
import { Simulated } from "../fleet/policy/simulated.ts";
import { Interrupt } from "../sim/process.ts";
import { stepKind } from "./step.ts";

/** It ends when its generator does, and aborts with the reason that the generator gives. */
export const ownStep = stepKind({
  kind: "own",
  about: "a step of the scenario's own code, see `defineStep`",
  schema: z.strictObject({
    kind: z.literal("own"),
    policy: z.string(),
    options: z.unknown().optional(),
  }),
  plan: ({ policy }) => policy,
  *take({ policy, options }, { members: { fleet }, stepId }) {
    const definition = fleet.policies.find("step", policy)!;
    const sim = new Simulated(fleet, fleet.streams.stream(`step/${stepId}`), stepId);
    const abort = (why: string): never => {
      throw new Interrupt(why);
    };
    yield* told(definition, () => definition.take(sim, options, abort));
  },
});
