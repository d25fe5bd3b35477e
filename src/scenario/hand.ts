// What somebody does in a run while it goes on: inputs, which its log holds for another simulation.

import { z } from "zod";
import type { FaultControls } from "../fault/faults.ts";
import { type Act, ACTS, actWords } from "../fleet/acts.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { actNow, type RolloutControls } from "../rollout/act.ts";

/** Something about a service's rollout, or the begin of a fault of the scenario, by its id. */
export type Deed =
  | { readonly act: Act; readonly service: string }
  | { readonly fault: string };

/** What was done at a virtual instant, in µs. */
export type DoneByHand = Deed & { readonly at: number };

/** What the log calls the begin of a fault by hand. */
const BEGIN = "beginFault";

const actionSchema = z.union([
  z.object({
    at: z.int().min(0),
    action: z.enum(ACTS),
    argument: z.object({ service: z.string() }),
  }),
  z.object({
    at: z.int().min(0),
    action: z.literal(BEGIN),
    argument: z.object({ fault: z.string() }),
  }),
]);

/**
 * What an event of a log tells that was done by hand; undefined of every other event, and of what the
 * scenario says itself. Throws an Error about something that this mtop knows nothing of.
 */
export function doneByHand(event: { readonly kind: string }): DoneByHand | undefined {
  if (event.kind !== "action" || !("origin" in event)) return undefined;
  const parsed = actionSchema.safeParse(event);
  if (!parsed.success) {
    const { action } = event as { action?: unknown };
    throw new Error(`"${action}" by hand is nothing that this mtop can do`);
  }
  const { at, action, argument } = parsed.data;
  return "fault" in argument
    ? { at, fault: argument.fault }
    : { at, act: action as Act, service: argument.service };
}

/** `promote chat`, `begin xid79`. */
export function deedText(deed: Deed): string {
  return "fault" in deed ? `begin ${deed.fault}` : `${actWords(deed.act)} ${deed.service}`;
}

/** The hand in one simulation. */
export class Hand {
  /** By service, as they are started. */
  readonly rollouts = new Map<string, { id: string; controls: RolloutControls }>();
  /** By id. */
  readonly faults = new Map<string, FaultControls>();
  readonly #fleet: Fleet;
  /** What is still to be done again, in its order. */
  readonly #again: DoneByHand[];
  readonly #done: DoneByHand[] = [];

  constructor(fleet: Fleet, again: readonly DoneByHand[]) {
    this.#fleet = fleet;
    this.#again = [...again];
  }

  /** All that was done so far, or could not be. */
  get done(): readonly DoneByHand[] {
    return this.#done;
  }

  /** What would do something about a service's rollout now. */
  possible(service: string): Act[] {
    const controls = this.rollouts.get(service)?.controls;
    return controls ? ACTS.filter((act) => controls.refusal(act) === undefined) : [];
  }

  /** Faults that can begin now instead of at their time. */
  get waitingFaults(): string[] {
    return [...this.faults].flatMap(([id, { refusal }]) => refusal() === undefined ? [id] : []);
  }

  /**
   * Does it, behind all else that happens at this instant: there it can be done again. Returns why it
   * cannot be done, which is told as well.
   */
  do(deed: Deed): string | undefined {
    const { clock } = this.#fleet;
    const { nowUs: at } = clock;
    clock.runUntil(at);
    const refused = "fault" in deed
      ? this.#begin(deed.fault)
      : actNow(deed.act, deed.service, this.rollouts, this.#fleet, "hand");
    this.#done.push({ ...deed, at });
    clock.runUntil(at);
    return refused;
  }

  #begin(fault: string): string | undefined {
    const controls = this.faults.get(fault);
    const refused = controls
      ? controls.refusal()
      : `Cannot begin the fault: the scenario has no ${fault}`;
    const argument = { fault, ...(refused === undefined ? {} : { refused }) };
    this.#fleet.journal.tell({ kind: "action", action: BEGIN, argument, origin: "hand" });
    if (refused === undefined) controls!.begin();
    return refused;
  }

  /** Moves the clock on as `Clock.runUntil` does, and does again on the way what is to be done again. */
  runUntil(untilUs: number, pause?: () => boolean): boolean {
    const { clock } = this.#fleet;
    for (let next = this.#again[0]; next && next.at <= untilUs; next = this.#again[0]) {
      if (!clock.runUntil(next.at, pause)) return false;
      this.#again.shift();
      const { at: _, ...deed } = next;
      this.do(deed);
    }
    return clock.runUntil(untilUs, pause);
  }
}
