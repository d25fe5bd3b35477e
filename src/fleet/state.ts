// What is known at an instant: plain data, and nothing but the fold of the events up to it.

import type { KubeObject } from "../kube/object.ts";
import type { GoodputObjective, Slo } from "../metrics/slo.ts";
import type { Totals } from "../metrics/totals.ts";
import type { CalibrationError } from "../serving/coefficients.ts";
import type { Supply } from "../serving/startup.ts";
import type { AnalysisPhase, EventOf, RolloutPhase, Strategy } from "./events.ts";
import type { HeldGpus, MemberGpus } from "./gpu_time.ts";

export type WindowEvent = EventOf<"window">;
export type KubeEvent = EventOf<"event">;

export interface RevisionState {
  /** `namespace/name` of the LLMInferenceService that declares it; older logs do not say. */
  member?: string;
  replicas: number;
  /** Requests that lost their KV blocks to another and began again, warm-up included. */
  preemptions: number;
  /** Sums over the pods of every window after the warm-up: an idle second has none. */
  busy: { podSeconds: number; kvPpm: number };
  /** Of requests that arrived after the warm-up: what verdicts and summaries speak of. */
  measured: Totals;
  /** Of requests that arrived during it. */
  warmup: Totals;
  /** Of copies that a gateway sent, whose answers nobody reads; absent: there were none. */
  mirrored?: Totals;
  /** The last windows, oldest first; seconds in which nothing happened have none. */
  recent: WindowEvent[];
}

export interface ServiceState {
  revisions: Record<string, RevisionState>;
  weights: Record<string, number>;
  eligible: string[];
  /** The route group that it shares with other services. */
  group?: string;
  calibration: string;
  /** How far from measured runs, where that is known. */
  calibrationError?: CalibrationError;
  /** Why it is not simulated, where that is so and known. */
  notSimulated?: string;
  hasSlo: boolean;
  /** What its requests are held against since that was changed; absent: as the scenario said from the start. */
  slo?: Slo;
  /** The share of its requests that are to be good; absent: none was said. */
  objective?: GoodputObjective;
}

export interface RolloutState {
  service: string;
  strategy: Strategy;
  step: number;
  steps: number;
  about: string;
  phase: RolloutPhase;
  message: string;
  startedAt: number;
  /** When it was aborted, in µs. */
  abortedAt?: number;
  completedAt?: number;
  /** When its pods were overdue for the first time. */
  stalledAt?: number;
}

export interface MeasurementState {
  at: number;
  value?: number;
  phase: AnalysisPhase;
  dryRun?: true;
}

export interface AnalysisState {
  phase: AnalysisPhase;
  message: string;
  startedAt: number;
  /** The last of each check: ten, as Argo retains them, or as many as the check says. */
  measurements: Record<string, MeasurementState[]>;
}

export interface FaultState {
  type: string;
  targets: string[];
  message: string;
  /** For the first time; of one that happens again `lastBeganAt` is later, and `times` how often so far. */
  beganAt: number;
  lastBeganAt?: number;
  times?: number;
  /** Absent while it is in force. */
  endedAt?: number;
}

/** A load that is told apart. */
export interface LoadState {
  /** vLLM's: the lower the earlier. */
  priority?: number;
  /** Its InferenceObjective's: the higher the more important. */
  inferencePriority?: number;
  /** The share of its requests that are to be good; absent: its service's. */
  objective?: GoodputObjective;
  /** Services whose requests are its as far as no other load is told to have sent them. */
  restOf?: readonly string[];
}

export interface RunState {
  scenario: string;
  scenarioHash: string;
  seed: number;
  durationUs: number;
  warmupUs: number;
  keepSeconds: number;
  /** Loads that are told apart, by name. */
  loads?: Record<string, LoadState>;
  /** As it was said; absent: as fast as was measured, see `DEFAULT_SUPPLY`. */
  supply?: Supply;
  /** Thousandths of a USD per GPU-hour, as they were said. */
  gpuPrices?: Record<string, number>;
}

export interface FleetState {
  /** Virtual time and sequence of the last event folded; -1 before the first. */
  at: number;
  seq: number;
  run?: RunState;
  /** Every Kubernetes object by `group/Kind/namespace/name`. */
  objects: Record<string, KubeObject>;
  /** The last Kubernetes Events, oldest first. */
  events: KubeEvent[];
  services: Record<string, ServiceState>;
  rollouts: Record<string, RolloutState>;
  analyses: Record<string, AnalysisState>;
  faults: Record<string, FaultState>;
  /** What people did, the last of it; absent: nothing. */
  actions?: EventOf<"action">[];
  verdicts: EventOf<"verdict">[];
  /** GPU time after the warm-up, by `namespace/name` of the LLMInferenceService whose pods held it. */
  gpus: Record<string, MemberGpus>;
  /** What pods hold now, by the pod's key among the objects. */
  held: Record<string, HeldGpus>;
  ended?: {
    at: number;
    inFlight: Record<string, number>;
    /** Fault → what did not happen while it was in force. */
    idleFaults?: Record<string, string>;
  };
}

/** Actions that state keeps; older ones are in the log. */
export const KEPT_ACTIONS = 200;
/** Kubernetes Events that state keeps; older ones are in the log. */
export const KEPT_EVENTS = 200;
/** Measurements of a check that state keeps (Argo's measurementRetention). */
export const KEPT_MEASUREMENTS = 10;

export function initialState(): FleetState {
  return {
    at: -1,
    seq: -1,
    objects: {},
    events: [],
    services: {},
    rollouts: {},
    analyses: {},
    faults: {},
    verdicts: [],
    gpus: {},
    held: {},
  };
}
