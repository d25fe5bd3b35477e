// analysis as a step: it must succeed before the next one.

import { z } from "zod";
import { analysisSchema } from "../analysis.ts";
import { stepKind } from "../step.ts";

export const analysisStep = stepKind({
  kind: "analysisStep",
  about: "an analysis that must be Successful before the next step; a failed one aborts",
  /** It needs a `count`, or it would never end. */
  schema: z.strictObject({ kind: z.literal("analysisStep"), analysis: analysisSchema }),
  plan: ({ analysis }) => `analysis ${analysis.name}`,
  analyses: ({ analysis }) => [{ path: "analysis", analysis }],
  *take({ analysis }, rollout) {
    yield* rollout.analyse([{ analysis }]);
  },
});
