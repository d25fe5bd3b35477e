// A shadow: a second member of the route group that gets copies of requests, is looked at, and goes.

import { z } from "zod";
import { SHADOW } from "../fleet/revision_names.ts";
import { durationSchema } from "../sim/duration_schema.ts";
import { analysisSchema } from "./analysis.ts";
import { memberFields, memberScript, type Script } from "./script.ts";
import type { AnyStep } from "./steps/steps.ts";

export const shadowSchema = z.strictObject({
  kind: z.literal("shadow"),
  ...memberFields,
  /** Of the requests, so many percent are copied (an HTTPRoute's RequestMirror). */
  percent: z.int().min(1, "write 1 to 100 percent").max(100, "write 1 to 100 percent"),
  /** How long. */
  for: durationSchema.refine((us) => us > 0, "a shadow cannot last 0s"),
  /** Absent: the copies' share of stable's, rounded up. */
  replicas: z.int().min(1).optional(),
  /** Runs beside the copies; a failed one ends them. */
  analysis: analysisSchema.optional(),
  /** The new revision takes over when the time is over; else it goes. */
  promote: z.boolean().default(false),
});

export type Shadow = z.output<typeof shadowSchema>;

export function shadowScript(shadow: Shadow): Script {
  const { percent, for: duration, replicas, analysis, promote } = shadow;
  const steps: AnyStep[] = [
    { kind: "setCanaryScale", ...(replicas === undefined ? { weight: percent } : { replicas }) },
    { kind: "setMirrorRoute", percentage: percent },
    { kind: "pause", duration },
    { kind: "setMirrorRoute" },
  ];
  return {
    ...memberScript(shadow),
    ...{ strategy: "shadow", revision: SHADOW, steps, ends: promote ? "promote" : "remove" },
    ...{ analysis, startingStep: 2, endingStep: 3, dynamicStableScale: false },
  };
}
