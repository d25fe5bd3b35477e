// The words of a scenario file for what people do about rollouts, as `kubectl argo rollouts` has them.

import type { Tagged, When } from "./builders.ts";

export type Act = Tagged<"act", ActOptions & { act: string; service: string }>;

export interface ActOptions {
  readonly when: When;
  readonly name?: string;
}

const act = (act: string) => (service: string, options: ActOptions): Act => ({
  kind: "act",
  act,
  service,
  ...options,
});

/**
 * Somebody promotes a service's rollout, `kubectl argo rollouts promote`: a paused or held one goes on,
 * another one skips the step that it is in. Entries of `changes`, as all of these.
 */
export const promote = act("promote");
/** `promote --full`: skips all steps and analyses that are left. */
export const promoteFull = act("promoteFull");
/** All traffic back to the old revision at once; the spec stays. */
export const abort = act("abort");
/** An aborted rollout begins again with its first step. */
export const retry = act("retry");
/** The next step does not begin before `resume` or `promote`; what is under way goes on. */
export const pauseRollout = act("pauseRollout");
/** Lets a rollout go on that somebody paused. */
export const resume = act("resume");
/**
 * Puts back the spec of before, of a rollout that is under way, aborted or completed: without steps, as
 * Argo's within its `rollbackWindow`.
 */
export const undo = act("undo");
