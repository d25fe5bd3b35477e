// setMirrorRoute: copies of the requests for the new revision, whose answers nobody reads.

import { z } from "zod";
import { stepKind } from "../step.ts";

export const setMirrorRoute = stepKind({
  kind: "setMirrorRoute",
  about: "copies of so many percent of the requests go to the new revision, until it says 0",
  schema: z.strictObject({
    kind: z.literal("setMirrorRoute"),
    name: z.string().optional(),
    /** Absent: the copies end, as in Argo. */
    percentage: z.int().min(0).max(100).optional(),
    match: z.never({
      error: "Cannot match: a RequestMirror of a route group copies from all requests of its route",
    }).optional(),
  }),
  plan: ({ percentage = 0 }) => `setMirrorRoute ${percentage === 0 ? "off" : `${percentage}%`}`,
  *take({ percentage = 0 }, { members }) {
    if (percentage > 0) yield* members.awaitReady();
    members.mirror(percentage);
  },
});
