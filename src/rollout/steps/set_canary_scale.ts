// setCanaryScale: the new revision's replicas apart from its weight.

import { z } from "zod";
import { stepKind } from "../step.ts";
import { percent } from "./set_weight.ts";

export const setCanaryScale = stepKind({
  kind: "setCanaryScale",
  about: "the new revision's replicas: so many, a share of the stable ones', or as its weight asks",
  /** Exactly one: so many replicas, a share of stable's, or again a match of the traffic weight. */
  schema: z.strictObject({
    kind: z.literal("setCanaryScale"),
    replicas: z.int().min(0).optional(),
    weight: percent.optional(),
    matchTrafficWeight: z.literal(true).optional(),
  }).refine(
    ({ replicas, weight, matchTrafficWeight }) =>
      [replicas, weight, matchTrafficWeight].filter((field) => field !== undefined).length === 1,
    "say exactly one of replicas, weight and matchTrafficWeight",
  ),
  plan: ({ replicas, weight }) =>
    `setCanaryScale ${replicas ?? (weight === undefined ? "matchTrafficWeight" : `${weight}%`)}`,
  *take({ replicas, weight, matchTrafficWeight }, { members }) {
    members.scaleFollowsWeight = matchTrafficWeight === true;
    members.scale(replicas ?? members.replicasFor(weight ?? members.weight));
    yield* members.awaitReady();
  },
});
