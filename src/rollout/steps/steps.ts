// The registry of steps: all kinds, and one schema of those that a canary may have.

import { z } from "zod";
import { ownStep } from "../own_step.ts";
import type { StepKind } from "../step.ts";
import { analysisStep } from "./analysis_step.ts";
import { experiment } from "./experiment.ts";
import { pause } from "./pause.ts";
import { preview } from "./preview.ts";
import { plugin, setHeaderRoute } from "./refused.ts";
import { replicaProgressThreshold } from "./replica_progress_threshold.ts";
import { setCanaryScale } from "./set_canary_scale.ts";
import { setMirrorRoute } from "./set_mirror_route.ts";
import { setWeight } from "./set_weight.ts";

/** Every kind of step of a canary, in the order in which the README lists them. */
export const STEP_KINDS = [
  setWeight,
  pause,
  setCanaryScale,
  setMirrorRoute,
  replicaProgressThreshold,
  analysisStep,
  experiment,
  ownStep,
] as const;

export const stepSchema = z.discriminatedUnion("kind", [
  setWeight.schema,
  pause.schema,
  setCanaryScale.schema,
  setMirrorRoute.schema,
  replicaProgressThreshold.schema,
  analysisStep.schema,
  experiment.schema,
  ownStep.schema,
  setHeaderRoute,
  plugin,
]);

/** A step of a canary. */
export type Step = z.output<typeof stepSchema>;
/** What a rollout of any strategy is made of. */
export type AnyStep = Step | z.output<typeof preview.schema>;

/** The kind of a step; the union's types do not follow a lookup, the schemas have judged it. */
export function kindOfStep(step: AnyStep): StepKind<z.ZodType<AnyStep>> {
  return [...STEP_KINDS, preview].find(({ kind }) => kind === step.kind) as unknown as StepKind<
    z.ZodType<AnyStep>
  >;
}

/** A step in a few words: `setWeight 25`, `pause 5m`. */
export function about(step: AnyStep): string {
  return kindOfStep(step).plan(step);
}
