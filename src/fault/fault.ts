// What every fault has in common: its fields, when it begins and ends, and how that is told.

import { z } from "zod";
import type { Fleet } from "../fleet/fleet.ts";
import type { ServicePlan } from "../fleet/fleet_plan.ts";
import type { NodePlan } from "../fleet/nodes.ts";
import { durationSchema } from "../sim/duration_schema.ts";
import type { Stream } from "../sim/streams.ts";
import { faultWhenSchema } from "./schedule.ts";

/** Fields of every fault. */
export const faultFields = {
  name: z.string().min(1).optional(),
  when: faultWhenSchema,
};

/** Fields of a fault that goes on until it ends: exactly one of the two, see `lasts`. */
export const lastingFields = {
  for: durationSchema.refine((us) => us > 0, "a fault cannot last 0s").optional(),
  permanent: z.literal(true).optional(),
};

/** Whether a lasting fault says when it ends, and only once. */
export const lasts = [
  (fault: { readonly for?: number | undefined; readonly permanent?: true | undefined }) =>
    (fault.for === undefined) !== (fault.permanent === undefined),
  { message: 'say when it ends: for: "10m", or permanent: true' },
] as const;

export interface FaultContext {
  readonly id: string;
  readonly fleet: Fleet;
  /** The stream `fault/<id>`: what this fault leaves to chance. */
  readonly stream: Stream;
}

/** What a plan knows of the cluster that a fault is to hit. */
export interface FaultCluster {
  readonly nodes: readonly NodePlan[];
  /** Those that the fault means; empty where they are not known, or where it means none that is there. */
  readonly services: readonly ServicePlan[];
}

export interface FaultProblem {
  /** `zone`, `on.name`. */
  readonly path: string;
  readonly message: string;
}

/** A fault whose moment has come: whom it hits, and how it begins and ends. */
export interface Aim {
  /** For the log, each in a few words; empty: nobody matched. */
  readonly targets: readonly string[];
  /** What is wrong, for the log. */
  readonly message: string;
  begin(): void;
  /** Takes it back when its time (`for`) is over; absent of what is over at once. */
  readonly end?: () => void;
  /** What is told then. */
  readonly endMessage?: string;
  /** What did not happen while it was in force; undefined: it had an effect. Absent: it always has. */
  readonly idle?: () => string | undefined;
}

/** One kind of fault: how it is written, what it does, and the sentence that documents it. */
export interface FaultKind<S extends z.ZodType = z.ZodType> {
  readonly kind: string;
  /** What it does, in one sentence: the registry's table in the README. */
  readonly about: string;
  readonly schema: S;
  /** What it is called in a plan, before whom it hits: `Xid 79`. */
  plan(fault: z.output<S>): string;
  /** What is wrong with it on this cluster, beside the names that all faults have; paths are within it. */
  problems?(fault: z.output<S>, cluster: FaultCluster): readonly FaultProblem[];
  /** What is odd about it there and can run: what it certainly never hits. */
  warnings?(fault: z.output<S>, cluster: FaultCluster): readonly FaultProblem[];
  /** Chooses its targets now; nothing happens before `begin`. */
  aim(fault: z.output<S>, context: FaultContext): Aim;
}

/** Keeps the types of a kind's schema and its functions together. */
export function faultKind<S extends z.ZodType>(kind: FaultKind<S>): FaultKind<S> {
  return kind;
}
