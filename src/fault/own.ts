// A fault of a scenario's own code, see `defineFault`.

import { z } from "zod";
import { callPolicy } from "../fleet/policy/definition.ts";
import { Simulated } from "../fleet/policy/simulated.ts";
import { faultFields, faultKind, lastingFields } from "./fault.ts";

export const own = faultKind({
  kind: "own",
  about: "what the scenario's own code does to the cluster",
  schema: z.strictObject({
    kind: z.literal("own"),
    policy: z.string(),
    options: z.unknown().optional(),
    ...faultFields,
    ...lastingFields,
  }),
  plan: ({ policy, options }) =>
    options === undefined ? policy : `${policy} ${JSON.stringify(options)}`,
  aim({ policy, options }, { id, fleet, stream }) {
    const definition = fleet.policies.find("fault", policy)!;
    const sim = new Simulated(fleet, stream, id);
    const targets = callPolicy(definition, () => [...definition.targets(sim, options)].map(String));
    return {
      targets,
      message: definition.about,
      begin: () => callPolicy(definition, () => definition.begin(sim, targets, options)),
      end: () => callPolicy(definition, () => definition.end?.(sim, targets, options)),
    };
  },
});
