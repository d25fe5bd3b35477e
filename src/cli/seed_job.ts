// One scenario under one seed: what goes into whoever simulates it, and what comes out. Knows no worker.

import type { RunOutcome } from "../report/outcome.ts";
import { summarize } from "../report/summary.ts";
import type { DoneByHand } from "../scenario/hand.ts";
import { type Plan, plan } from "../scenario/plan.ts";
import type { OwnCodeSource } from "./own_code_source.ts";
import { runPlan } from "./runner.ts";

/** How a job is run, the same for all jobs of a pool; it can be cloned into a worker. */
export interface JobFlags {
  /** Virtual seconds a second; Infinity is as fast as it goes. */
  readonly speed?: number;
  /** USD per GPU-hour of the user's settings, which a summary's costs are counted with. */
  readonly gpuPrices?: Readonly<Record<string, number>>;
  /** Where workers read the own code of the scenario that they run, if that can be. */
  readonly ownCode?: OwnCodeSource;
}

/** A scenario's frozen data and the seed to run it with. */
export interface SeedJob {
  /** Plain data that `plan` took without problems; the same object is planned once in a row. */
  readonly data: unknown;
  /** What `plan` made of the data, where somebody has that: nobody plans it again. */
  readonly planned?: Plan;
  readonly seed: number;
  /** What was done by hand and is to be done again. */
  readonly acts?: readonly DoneByHand[];
}

/** What is left of a run. */
export type SeedResult = RunOutcome;

export interface JobListener {
  /** Virtual time that the run has come to, some 20 times a second. */
  readonly progress?: (virtualUs: number) => void;
  /** Event lines of the log, in order, as they happen. */
  readonly lines?: (lines: readonly string[]) => void;
}

/** What the pool says to a worker: a job a message, its scenario only when it is another one. */
export interface ToWorker {
  readonly id: number;
  readonly seed: number;
  readonly acts?: readonly DoneByHand[];
  readonly flags: JobFlags;
  /** The scenario as JSON, and its plan if that was made; absent: those of the job before. */
  readonly scenario?: { readonly json: string; readonly planned?: Plan };
  /** What is wanted beside the result. */
  readonly progress: boolean;
  readonly lines: boolean;
}

/** What a worker says of the job with this id: its last word is `done`, `failed` or `otherCode`. */
export type FromWorker =
  & { readonly id: number }
  & (
    | { readonly say: "progress"; readonly virtualUs: number }
    | { readonly say: "lines"; readonly lines: readonly string[] }
    | { readonly say: "done"; readonly result: SeedResult }
    | { readonly say: "failed"; readonly stack: string }
    /** It has not the own code that the scenario needs. */
    | { readonly say: "otherCode" }
  );

/** The plan of data that was planned before, by whoever sent it; throws where it has problems all the same. */
export function planOfJob(data: unknown): Plan {
  const planned = plan(data);
  if (!("problems" in planned)) return planned;
  const [first] = planned.problems;
  throw new Error(`Cannot plan a job's scenario: ${first?.path}: ${first?.message}`);
}

/** Simulates a job here; undefined when it was stopped before its end. */
export async function runJob(
  planned: Plan,
  { data, seed, acts = [] }: SeedJob,
  { speed = Infinity, gpuPrices = {} }: JobFlags,
  stop: AbortSignal | undefined,
  { progress = () => {}, lines }: JobListener = {},
): Promise<SeedResult | undefined> {
  const run = await runPlan(planned, data, {
    ...{ seed, acts, speed, stop, progress },
    ...(lines ? { lines } : {}),
  });
  if (!run.ended) return undefined;
  const { state, hash, events, virtualUs, wallMs } = run;
  const summary = summarize(state, state.at, { gpuPrices });
  return { seed, hash, events, virtualUs, wallMs, summary };
}
