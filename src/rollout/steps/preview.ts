// A blue-green rollout's wait before it promotes: for a time, for a person, for an analysis. No step of a canary.

import { z } from "zod";
import { formatDuration } from "../../sim/duration.ts";
import { durationSchema } from "../../sim/duration_schema.ts";
import { Signal, sleep, wait } from "../../sim/process.ts";
import { analysisSchema } from "../analysis.ts";
import { stepKind } from "../step.ts";

export const preview = stepKind({
  kind: "preview",
  about: "a blue-green rollout's wait before its switch: for a time, a person and an analysis",
  schema: z.strictObject({
    kind: z.literal("preview"),
    /** How long at the least; absent: no longer than the analysis takes. */
    duration: durationSchema.optional(),
    /** A person must promote. */
    manual: z.boolean(),
    analysis: analysisSchema.optional(),
  }),
  plan: ({ duration, manual, analysis }) =>
    [
      "preview",
      ...(manual ? ["until promoted"] : []),
      ...(duration === undefined ? [] : [formatDuration(duration)]),
      ...(analysis ? [`with analysis ${analysis.name}`] : []),
    ].join(" "),
  pauses: ({ duration, manual }) => manual || duration !== undefined,
  analyses: ({ analysis }) => analysis ? [{ path: "prePromotion", analysis }] : [],
  *take({ duration, manual, analysis }, rollout) {
    // Argo runs the analysis while the pause counts.
    const beganUs = rollout.members.nowUs;
    if (analysis) yield* rollout.analyse([{ analysis, name: "prePromotion" }]);
    if (manual) yield* wait(new Signal<never>());
    yield* sleep(Math.max(0, (duration ?? 0) - (rollout.members.nowUs - beganUs)));
  },
});
