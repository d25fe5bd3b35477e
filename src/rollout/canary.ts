// A canary: a second member of the route group that takes weight step by step, as Argo Rollouts does.

import { z } from "zod";
import { CANARY } from "../fleet/revision_names.ts";
import { analysisSchema } from "./analysis.ts";
import { memberFields, memberScript, type Script } from "./script.ts";
import { stepSchema } from "./steps/steps.ts";

export const canarySchema = z.strictObject({
  kind: z.literal("canary"),
  ...memberFields,
  steps: z.array(stepSchema).min(1),
  /** Runs beside the steps from the first weight that is in force. */
  analysis: analysisSchema.optional(),
  /** The step with which the analysis begins instead. */
  startingStep: z.int().min(0).optional(),
  /** Stable gives up replicas as it gives up traffic: an abort has to wait for them. */
  dynamicStableScale: z.boolean().default(false),
});

export type Canary = z.output<typeof canarySchema>;

export function canaryScript(canary: Canary): Script {
  const { steps, analysis, startingStep, dynamicStableScale } = canary;
  return {
    ...memberScript(canary),
    ...{ strategy: "canary", revision: CANARY, steps, ends: "promote" },
    ...{ analysis, startingStep, dynamicStableScale },
  };
}
