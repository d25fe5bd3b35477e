// Blue-green: a second member of the route group that takes all traffic at once, and the old one stays a while.

import { z } from "zod";
import { PREVIEW } from "../fleet/revision_names.ts";
import { durationSchema } from "../sim/duration_schema.ts";
import { analysisSchema } from "./analysis.ts";
import { memberFields, memberScript, type Script } from "./script.ts";
import type { AnyStep } from "./steps/steps.ts";

export const blueGreenSchema = z.strictObject({
  kind: z.literal("blueGreen"),
  ...memberFields,
  /** Replicas until the switch; absent: all. */
  previewReplicas: z.int().min(1).optional(),
  /** Switches by itself when the new revision is ready and its analysis Successful. */
  autoPromotion: z.boolean().default(true),
  /** So long after it is ready, whoever may promote before. */
  autoPromotionAfter: durationSchema.optional(),
  /** Runs once the new revision is ready; it needs a `count`. */
  prePromotion: analysisSchema.optional(),
  /** Runs after the switch; a failed one switches back. It needs a `count`. */
  postPromotion: analysisSchema.optional(),
});

export type BlueGreen = z.output<typeof blueGreenSchema>;

export function blueGreenScript(blueGreen: BlueGreen): Script {
  const { previewReplicas, autoPromotion, autoPromotionAfter: duration } = blueGreen;
  const { prePromotion, postPromotion } = blueGreen;
  const manual = !autoPromotion && duration === undefined;
  const waits = manual || duration !== undefined || prePromotion !== undefined;
  const steps: AnyStep[] = [
    previewReplicas === undefined
      ? { kind: "setCanaryScale", weight: 100 }
      : { kind: "setCanaryScale", replicas: previewReplicas },
    ...(waits
      ? [
        {
          kind: "preview",
          manual,
          ...(duration === undefined ? {} : { duration }),
          ...(prePromotion ? { analysis: prePromotion } : {}),
        } as const,
      ]
      : []),
    ...(previewReplicas === undefined ? [] : [{ kind: "setCanaryScale", weight: 100 } as const]),
    { kind: "setWeight", weight: 100 },
    ...(postPromotion ? [{ kind: "analysisStep", analysis: postPromotion } as const] : []),
  ];
  return {
    ...memberScript(blueGreen),
    ...{ strategy: "blueGreen", revision: PREVIEW, steps, ends: "promote" },
    dynamicStableScale: false,
  };
}
