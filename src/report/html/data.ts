// What a report's page is given beside its summary: columns over time, pods, and what happened when.

import type { AnalysisPhase, RolloutPhase } from "../../fleet/events.ts";

/** A column over the bins; null is unknown. */
export type Column = readonly (number | null)[];

/** What a page draws and scrubs through; plain data, its times in µs, its shares in parts per million. */
export interface ReportData {
  readonly endUs: number;
  readonly warmupUs: number;
  /** Bin `i` of every column covers (i·binUs, (i+1)·binUs]; the last one ends with the run. */
  readonly binUs: number;
  readonly bins: number;
  /** The scrubber's instants: `j·strideBins·binUs`, and the end of the run after them. */
  readonly strideBins: number;
  readonly services: readonly ServiceColumns[];
  readonly pods: readonly PodHistory[];
  readonly rollouts: readonly RolloutHistory[];
  readonly weights: readonly WeightHistory[];
  readonly faults: readonly FaultSpan[];
  readonly measurements: readonly CheckHistory[];
  readonly breaches: readonly Breach[];
  /** What the text report tells as events, all of it, in order. */
  readonly story: readonly StoryLine[];
  /** What the page leaves out, in sentences; the log has it. */
  readonly omitted: readonly string[];
}

export interface ServiceColumns {
  readonly name: string;
  /** How far its figures can be trusted: `uncalibrated`, or how far they are from measured runs. */
  readonly calibration: string;
  readonly revisions: readonly RevisionColumns[];
  /** Error budgets, of the service and of loads that are told apart; where there are objectives. */
  readonly budgets: readonly BudgetColumn[];
}

export interface BudgetColumn {
  readonly name: string;
  /** Of what the whole window allows; above a million it is overspent. */
  readonly spent: Column;
}

/** One revision, or the copies that a mirror sent it, which are in no other figure. */
export interface RevisionColumns {
  readonly name: string;
  readonly columns: Columns;
}

export interface Columns {
  /** Requests that arrived, a second. */
  readonly rps: Column;
  readonly errors: Column;
  readonly goodput: Column;
  readonly ttft50: Column;
  readonly ttft95: Column;
  readonly ttft99: Column;
  readonly itl50: Column;
  readonly itl95: Column;
  readonly itl99: Column;
  readonly tpot50: Column;
  readonly tpot95: Column;
  readonly tpot99: Column;
  readonly e2e50: Column;
  readonly e2e95: Column;
  readonly e2e99: Column;
  /** Output tokens a second. */
  readonly tokens: Column;
  /** Requests in the servers and before them: sums of the pods, means of the bin. */
  readonly running: Column;
  readonly waiting: Column;
  /** Mean of the pods and seconds in which there were requests. */
  readonly kv: Column;
  /** At the bin's end, of the revision's Deployments and LeaderWorkerSets. */
  readonly ready: Column;
  readonly wanted: Column;
  readonly weight: Column;
  /** Since the warm-up's end up to the bin's. */
  readonly gpuHours: Column;
  readonly costUsd: Column;
}

export type ColumnName = keyof Columns;

/** A pod from the first scrubber instant at which it was there. */
export interface PodHistory {
  readonly name: string;
  /** The first instant, as an index. */
  readonly from: number;
  /** What changed at which instant: `[index, ready, status, node]`; null: it is gone. */
  readonly changes: readonly (
    | readonly [number, boolean, string, string | null]
    | readonly [
      number,
      null,
    ]
  )[];
  /** By instant, from `from` on. Thousands of pods are why these are no objects. */
  readonly running: Column;
  readonly waiting: Column;
  /** Percent, with two decimals. */
  readonly kv: Column;
}

export interface RolloutHistory {
  readonly id: string;
  readonly service: string;
  readonly steps: readonly StepChange[];
}

/** The weights that a service's route had, by revision. */
export interface WeightHistory {
  readonly service: string;
  readonly changes: readonly (readonly [at: number, weights: Readonly<Record<string, number>>])[];
}

export interface StepChange {
  readonly at: number;
  readonly step: number;
  readonly steps: number;
  readonly about: string;
  readonly phase: RolloutPhase;
  readonly aborted: boolean;
  readonly message: string;
}

export interface FaultSpan {
  readonly id: string;
  readonly type: string;
  readonly message: string;
  readonly targets: readonly string[];
  readonly beganAt: number;
  /** Null: it was in force to the end. */
  readonly endedAt: number | null;
}

export interface CheckHistory {
  readonly analysis: string;
  readonly check: string;
  /** What was measured as text, with its unit; empty where there was no sample. */
  readonly points: readonly (readonly [at: number, phase: AnalysisPhase, value: string])[];
}

/** Bins in which a percentile was above its objective. */
export interface Breach {
  readonly service: string;
  /** `ttft p95`. */
  readonly objective: string;
  /** What it is held against, and so the chart that it is drawn in. */
  readonly metric: "ttft" | "tpot" | "e2e";
  readonly limitUs: number;
  readonly spans: readonly (readonly [fromUs: number, toUs: number])[];
}

export interface StoryLine {
  readonly at: number;
  /** Kubernetes' own word for what is amiss; a fault is `fault`, all else `normal`. */
  readonly type: "warning" | "fault" | "normal";
  readonly reason: string;
  readonly object: string;
  readonly message: string;
}
