// What every fault has in common: when it begins, what it may use, and how it is told.

import { z } from "zod";
import type { Fleet } from "../fleet/fleet.ts";
import { whenSchema } from "../fleet/when.ts";
import type { Stream } from "../sim/streams.ts";

export const faultFields = {
  name: z.string().min(1).optional(),
  when: whenSchema,
};

export interface FaultContext {
  readonly id: string;
  readonly fleet: Fleet;
  /** The stream `fault/<id>`: what this fault leaves to chance. */
  readonly stream: Stream;
}

/** Tells the log that a fault begins or ends, and whom it hits. */
export function tellFault(
  { id, fleet }: FaultContext,
  type: string,
  phase: "begin" | "end",
  targets: readonly string[],
  message: string,
): void {
  fleet.journal.tell({ kind: "fault", fault: id, type, phase, targets: [...targets], message });
}
