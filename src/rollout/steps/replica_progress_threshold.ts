// replicaProgressThreshold: with how many of its replicas the new revision counts as ready, from then on.

import { z } from "zod";
import { stepKind } from "../step.ts";

export const replicaProgressThreshold = stepKind({
  kind: "replicaProgressThreshold",
  about: "later steps wait for so many ready replicas only, or for such a share of them",
  schema: z.strictObject({
    kind: z.literal("replicaProgressThreshold"),
    type: z.enum(["Percent", "Pod"]),
    value: z.int().min(1),
  }).refine(
    ({ type, value }) => type === "Pod" || value <= 100,
    { path: ["value"], message: "write 1 to 100 percent" },
  ),
  plan: ({ type, value }) =>
    `replicaProgressThreshold ${type === "Percent" ? `${value}%` : `${value} pods`}`,
  take({ type, value }, { members }) {
    members.threshold = { type, value };
    return undefined;
  },
});
