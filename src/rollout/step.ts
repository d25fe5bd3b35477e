// What every step of a rollout has in common: how it is written, and what it may do when its turn comes.

import type { z } from "zod";
import type { Process } from "../sim/process.ts";
import type { Analysis } from "./analysis.ts";
import type { Members } from "./members.ts";

/** An analysis, and what its run is called: the step's number, or this. */
export interface NamedAnalysis {
  readonly analysis: Analysis;
  readonly name?: string;
}

/** An analysis of a step: the field in which it stands, and whether the step ends it. */
export interface StepAnalysis {
  readonly path: string;
  readonly analysis: Analysis;
  readonly ends?: boolean;
}

/** A rollout as the step sees whose turn it is. */
export interface SteppedRollout {
  readonly members: Members;
  /** The rollout's id and the step's number: what is by this step is called so. */
  readonly stepId: string;
  /**
   * Runs analyses to their ends, or for so long: then an unfinished one counts as Successful. A failed one
   * aborts the rollout, an inconclusive one holds it.
   */
  analyse(analyses: readonly NamedAnalysis[], durationUs?: number): Process;
  /** The new revision takes this share of the traffic, in percent, from now on. */
  setWeight(weight: number): void;
}

/** One kind of step: how it is written, what it does, and the sentence that documents it. */
export interface StepKind<S extends z.ZodType = z.ZodType> {
  readonly kind: string;
  /** What it does, in one sentence: the registry's table in the README. */
  readonly about: string;
  readonly schema: S;
  /** In a few words: `setWeight 25`. */
  plan(step: z.output<S>): string;
  /** Whether the rollout is Paused while it lasts; absent: it is Progressing. */
  pauses?(step: z.output<S>): boolean;
  /** Analyses that it waits for, and the field of it that each stands in. */
  analyses?(step: z.output<S>): readonly StepAnalysis[];
  /** Ends when the next step may begin, at once without a process; an Interrupt from it aborts the rollout. */
  take(step: z.output<S>, rollout: SteppedRollout): Process | undefined;
}

/** Keeps the types of a kind's schema and its functions together. */
export function stepKind<S extends z.ZodType>(kind: StepKind<S>): StepKind<S> {
  return kind;
}
