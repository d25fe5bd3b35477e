// What people do about a rollout, as `kubectl argo rollouts` and `kubectl rollout` let them: told as `action` events.

import { z } from "zod";
import { type Act, ACTS, actWords } from "../fleet/acts.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { awaitWhen, whenSchema } from "../fleet/when.ts";
import { spawn } from "../sim/process.ts";

export const actSchema = z.strictObject({
  kind: z.literal("act"),
  act: z.enum(ACTS),
  /** Whose rollout. */
  service: z.string(),
  name: z.string().optional(),
  when: whenSchema,
});

export type ActEntry = z.output<typeof actSchema>;

/** A rollout that people can do something about. */
export interface RolloutControls {
  /** Why that cannot be done now, in one sentence; undefined where it can. */
  refusal(act: Act): string | undefined;
  /** Does it; only where nothing refuses it. */
  act(act: Act): void;
}

/** Rollouts that were started, by their service; those of a scenario are one a service. */
export type RolloutsByService = ReadonlyMap<
  string,
  { readonly id: string; readonly controls: RolloutControls }
>;

/** How far a rollout by a further member is, in the words of a refusal. */
export type Standing =
  | "has not begun"
  | "is in its steps"
  | "is through its steps"
  | "is aborted"
  | "is completed"
  | "is undone";

/** Argo's rules: when each act does something. A held rollout's `promote` lets it go on. */
const POSSIBLE: Readonly<Record<Act, readonly Standing[]>> = {
  promote: ["is in its steps"],
  promoteFull: ["is in its steps"],
  abort: ["is in its steps", "is through its steps"],
  retry: ["is aborted"],
  pauseRollout: ["is in its steps"],
  resume: ["is in its steps"],
  undo: ["is in its steps", "is through its steps", "is aborted", "is completed"],
};

/** Why an act does nothing now; undefined where it does. */
export function actRefusal(act: Act, standing: Standing, held: boolean): string | undefined {
  const words = actWords(act);
  if (!POSSIBLE[act].includes(standing)) return `Cannot ${words} the rollout: it ${standing}`;
  if (act === "pauseRollout" && held) return `Cannot ${words} the rollout: it is paused already`;
  if (act === "resume" && !held) return `Cannot ${words} the rollout: nobody paused it`;
  return undefined;
}

/** Waits for the moment of the act, tells it and does it; what cannot be done is told with the reason. */
export function startAct(entry: ActEntry, rollouts: RolloutsByService, fleet: Fleet): void {
  spawn(
    fleet.clock,
    (function* () {
      yield* awaitWhen(entry.when, fleet);
      actNow(entry.act, entry.service, rollouts, fleet);
    })(),
  );
}

/**
 * Does it now; the reason where it cannot be done. The event comes first, for what follows is its effect.
 * `origin` is absent of what the scenario says.
 */
export function actNow(
  act: Act,
  service: string,
  rollouts: RolloutsByService,
  fleet: Fleet,
  origin?: "hand",
): string | undefined {
  const rollout = rollouts.get(service);
  const refused = rollout
    ? rollout.controls.refusal(act)
    : `Cannot ${actWords(act)} the rollout: ${service} has none`;
  fleet.journal.tell({
    kind: "action",
    action: act,
    argument: {
      ...(rollout ? { rollout: rollout.id } : {}),
      service,
      ...(refused === undefined ? {} : { refused }),
    },
    ...(origin ? { origin } : {}),
  });
  if (refused === undefined) rollout!.controls.act(act);
  return refused;
}
