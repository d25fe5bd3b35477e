// What somebody does about the rollouts of a run while it goes on: inputs, which its log holds for another simulation.

import { z } from "zod";
import { type Act, ACTS } from "../fleet/acts.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { actNow, type RolloutControls } from "../rollout/act.ts";

/** One act at a virtual instant, in µs; the service is whose rollout. */
export interface ActByHand {
  readonly at: number;
  readonly act: Act;
  readonly service: string;
}

const actionSchema = z.object({
  at: z.int().min(0),
  action: z.enum(ACTS),
  argument: z.object({ service: z.string() }),
});

/**
 * The act that an event of a log tells; undefined of every other event, and of what the scenario says
 * itself. Throws an Error about one that this mtop knows nothing of.
 */
export function actByHandOf(event: { readonly kind: string }): ActByHand | undefined {
  if (event.kind !== "action" || !("origin" in event)) return undefined;
  const parsed = actionSchema.safeParse(event);
  if (!parsed.success) {
    const { action } = event as { action?: unknown };
    throw new Error(`"${action}" by hand is nothing that this mtop can do`);
  }
  const { at, action, argument: { service } } = parsed.data;
  return { at, act: action, service };
}

/** The hand on the rollouts of one simulation. */
export class Hand {
  /** By service, as they are started. */
  readonly rollouts = new Map<string, { id: string; controls: RolloutControls }>();
  readonly #fleet: Fleet;
  /** Acts that are still to be done again, in their order. */
  readonly #again: ActByHand[];
  readonly #done: ActByHand[] = [];

  constructor(fleet: Fleet, again: readonly ActByHand[]) {
    this.#fleet = fleet;
    this.#again = [...again];
  }

  /** All that was done so far, or could not be. */
  get done(): readonly ActByHand[] {
    return this.#done;
  }

  /** What would do something about a service's rollout now. */
  possible(service: string): Act[] {
    const controls = this.rollouts.get(service)?.controls;
    return controls ? ACTS.filter((act) => controls.refusal(act) === undefined) : [];
  }

  /**
   * Does something about a service's rollout, behind all else that happens at this instant: there it can
   * be done again. Returns why it cannot be done, which is told as well.
   */
  act(act: Act, service: string): string | undefined {
    const { clock } = this.#fleet;
    const { nowUs: at } = clock;
    clock.runUntil(at);
    const refused = actNow(act, service, this.rollouts, this.#fleet, "hand");
    this.#done.push({ at, act, service });
    clock.runUntil(at);
    return refused;
  }

  /** Moves the clock on as `Clock.runUntil` does, and does again on the way what is to be done again. */
  runUntil(untilUs: number, pause?: () => boolean): boolean {
    const { clock } = this.#fleet;
    for (let next = this.#again[0]; next && next.at <= untilUs; next = this.#again[0]) {
      if (!clock.runUntil(next.at, pause)) return false;
      this.#again.shift();
      this.act(next.act, next.service);
    }
    return clock.runUntil(untilUs, pause);
  }
}
