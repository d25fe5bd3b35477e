// The registry of rollouts: all strategies, one schema of them, what is in each, and how any of them begins.

import { z } from "zod";
import type { Fleet } from "../fleet/fleet.ts";
import type { ServicePlan } from "../fleet/fleet_plan.ts";
import type { RolloutControls } from "./act.ts";
import type { Analysis } from "./analysis.ts";
import { blueGreenSchema, blueGreenScript } from "./blue_green.ts";
import { canarySchema, canaryScript } from "./canary.ts";
import { MemberRollout } from "./member_rollout.ts";
import { rollingSchema, RollingUpdate } from "./rolling.ts";
import type { Script } from "./script.ts";
import { shadowSchema, shadowScript } from "./shadow.ts";
import { kindOfStep } from "./steps/steps.ts";

export const rolloutSchema = z.discriminatedUnion("kind", [
  canarySchema,
  blueGreenSchema,
  rollingSchema,
  shadowSchema,
]);

export type Rollout = z.output<typeof rolloutSchema>;

/** What a rollout by a further member comes down to; undefined of one in place. */
export function scriptOf(rollout: Rollout): Script | undefined {
  switch (rollout.kind) {
    case "canary":
      return canaryScript(rollout);
    case "blueGreen":
      return blueGreenScript(rollout);
    case "shadow":
      return shadowScript(rollout);
    case "rolling":
      return undefined;
  }
}

/** Starts it: `plan` is what its service is to be, or the further member; `id` names it in the log. */
export function startRollout(
  id: string,
  rollout: Rollout,
  plan: ServicePlan,
  fleet: Fleet,
): RolloutControls {
  const script = scriptOf(rollout);
  if (script) return new MemberRollout(id, script, plan, fleet);
  return new RollingUpdate(id, rollout as Extract<Rollout, { kind: "rolling" }>, plan, fleet);
}

/** How many steps it has; an update in place is one. */
export function stepsOf(rollout: Rollout): number {
  return scriptOf(rollout)?.steps.length ?? 1;
}

/** The revisions that it makes beside stable. */
export function revisionsOf(rollout: Rollout): string[] {
  const script = scriptOf(rollout);
  if (!script) return [];
  const parts = script.steps.flatMap((step) => step.kind === "experiment" ? step.templates : []);
  return [script.revision, ...parts.map(({ name }) => name)];
}

/** An analysis of a rollout, where in it it stands, and whether something waits for its end. */
export interface PlacedAnalysis {
  readonly path: string;
  readonly analysis: Analysis;
  readonly waitedFor: boolean;
}

export function analysesOf(rollout: Rollout): PlacedAnalysis[] {
  switch (rollout.kind) {
    case "canary":
      return [
        ...placed({ analysis: rollout.analysis }, false),
        ...rollout.steps.flatMap((step, index) =>
          (kindOfStep(step).analyses?.(step) ?? []).map(({ path, analysis, ends = false }) => ({
            path: `steps[${index}].${path}`,
            analysis,
            waitedFor: !ends,
          }))
        ),
      ];
    case "blueGreen": {
      const { prePromotion, postPromotion } = rollout;
      return placed({ prePromotion, postPromotion }, true);
    }
    default:
      return placed({ analysis: rollout.analysis }, false);
  }
}

function placed(
  fields: Readonly<Record<string, Analysis | undefined>>,
  waitedFor: boolean,
): PlacedAnalysis[] {
  return Object.entries(fields).flatMap(([path, analysis]) =>
    analysis ? [{ path, analysis, waitedFor }] : []
  );
}
