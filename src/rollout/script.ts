// A rollout by further members as data: what a canary, a blue-green and a shadow rollout come down to.

import { z } from "zod";
import type { Strategy } from "../fleet/events.ts";
import { STRATEGY_WORDS } from "../fleet/strategies.ts";
import { TIMINGS } from "../fleet/timings.ts";
import { type When, whenSchema } from "../fleet/when.ts";
import { durationSchema } from "../sim/duration_schema.ts";
import type { Analysis } from "./analysis.ts";
import { revisionChangeSchema, revisionText } from "./revision_change.ts";
import type { AnyStep } from "./steps/steps.ts";

/** Argo's progressDeadlineSeconds. */
const PROGRESS_DEADLINE_US = 600_000_000;

/** Fields of every rollout that makes a further member. */
export const memberFields = {
  service: z.string(),
  name: z.string().optional(),
  at: whenSchema,
  to: revisionChangeSchema,
  /** The old revision keeps its pods so long after the new one took over. */
  scaleDownDelay: durationSchema.default(TIMINGS.scaleDownUs),
  /** The new revision keeps its pods so long after an abort; 0: it keeps them. */
  abortScaleDownDelay: durationSchema.default(TIMINGS.scaleDownUs),
  /** Pods that make no progress for so long are overdue. */
  progressDeadline: durationSchema
    .refine((us) => us > 0, "a progress deadline cannot be 0s").default(PROGRESS_DEADLINE_US),
  /** Overdue pods abort the rollout; else it waits on, Degraded. */
  progressDeadlineAbort: z.boolean().default(false),
  /** The spec is put back when the rollout is aborted, as Flagger does; in Argo it stays. */
  rollback: z.boolean().default(false),
};

const memberRollout = z.strictObject(memberFields);
export type MemberFields = z.output<typeof memberRollout>;

export interface Script extends Omit<MemberFields, "name"> {
  readonly strategy: Strategy;
  /** What the new revision is called within the service. */
  readonly revision: string;
  readonly steps: readonly AnyStep[];
  /** What follows the last step: the new revision takes over, or it goes. */
  readonly ends: "promote" | "remove";
  /** Runs beside the steps, from this step on; without one from the first weight in force. */
  readonly analysis?: Analysis | undefined;
  readonly startingStep?: number | undefined;
  /** The step with which it ends; absent: with the rollout. */
  readonly endingStep?: number | undefined;
  readonly dynamicStableScale: boolean;
}

/** The fields that a script takes over as they are. */
export function memberScript<T extends MemberFields>(rollout: T): MemberFields & { at: When } {
  const { service, at, to, scaleDownDelay, abortScaleDownDelay } = rollout;
  const { progressDeadline, progressDeadlineAbort, rollback } = rollout;
  return {
    ...{ service, at, to, scaleDownDelay, abortScaleDownDelay },
    ...{ progressDeadline, progressDeadlineAbort, rollback },
  };
}

/** `canary of image x:2`. */
export function scriptText({ strategy, to }: Script): string {
  return `${STRATEGY_WORDS[strategy]} of ${revisionText(to)}`;
}
