// setWeight: the canary's share of the traffic, once its replicas are ready for it.

import { z } from "zod";
import { stepKind } from "../step.ts";

/** Percent of the route, 0 to 100; the range is checked by `plan`, which can name the service. */
export const percent = z.int();

export const setWeight = stepKind({
  kind: "setWeight",
  about: "so many percent of the traffic for the new revision, once its replicas are ready",
  schema: z.strictObject({ kind: z.literal("setWeight"), weight: percent }),
  plan: ({ weight }) => `setWeight ${weight}`,
  *take({ weight }, rollout) {
    const { members } = rollout;
    if (members.scaleFollowsWeight) members.scale(members.replicasFor(weight));
    yield* members.awaitReady();
    if (weight < members.weight) yield* members.followStable(weight);
    rollout.setWeight(weight);
    yield* members.followStable(weight);
  },
});
