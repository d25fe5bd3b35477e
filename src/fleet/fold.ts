// The fold: one event changes the state, and nothing else ever does.

import { type Json, type KubeObject, mergePatch } from "../kube/object.ts";
import { addWindow, emptyTotals } from "../metrics/totals.ts";
import type { EventKind, EventOf, FleetEvent } from "./events.ts";
import { holdGpus, releaseGpus, spendGpus } from "./gpu_time.ts";
import {
  type AnalysisState,
  type FaultState,
  type FleetState,
  KEPT_ACTIONS,
  KEPT_EVENTS,
  KEPT_MEASUREMENTS,
  type RevisionState,
  type ServiceState,
} from "./state.ts";

type Folds = { readonly [K in EventKind]: (state: FleetState, event: EventOf<K>) => void };

const folds: Folds = {
  "run.started": (state, event) => {
    const { scenario, scenarioHash, seed, durationUs, warmupUs, keepSeconds } = event;
    const { supply, gpuPrices, loads } = event;
    state.run = {
      ...{ scenario, scenarioHash, seed, durationUs, warmupUs, keepSeconds },
      ...(loads ? { loads } : {}),
      ...(supply ? { supply } : {}),
      ...(gpuPrices ? { gpuPrices } : {}),
    };
    for (const [service, calibration] of Object.entries(event.calibration)) {
      const known = serviceOf(state, service);
      known.calibration = calibration;
      const error = event.calibrationError?.[service];
      if (error !== undefined) known.calibrationError = error;
      const reason = event.notSimulated?.[service];
      if (reason !== undefined) known.notSimulated = reason;
      known.hasSlo = event.slo.includes(service);
      const objective = event.objectives?.[service];
      if (objective) known.objective = objective;
    }
  },
  "object.applied": (state, event) => {
    const before = state.objects[event.key];
    const merged = event.object ?? mergePatch(before as unknown as Json, event.patch as Json);
    const object = merged as unknown as KubeObject;
    const metadata = { ...object.metadata, resourceVersion: String(event.seq) };
    state.objects[event.key] = { ...object, metadata };
    holdGpus(state, event.key, object, event.at);
  },
  "object.deleted": (state, event) => {
    delete state.objects[event.key];
    releaseGpus(state, event.key, event.at);
  },
  event: (state, event) => {
    state.events.push(event);
    if (state.events.length > KEPT_EVENTS) state.events.shift();
  },
  window: (state, event) => {
    const revision = revisionOf(state, event.service, event.revision);
    if (event.measured) addWindow(revision.measured, event.measured);
    if (event.warmup) addWindow(revision.warmup, event.warmup);
    if (event.mirrored) addWindow(revision.mirrored ??= emptyTotals(), event.mirrored);
    const { kvPpm, preemptions } = event.pods;
    revision.preemptions += sum(preemptions);
    const { recent } = revision;
    if (event.at > (state.run?.warmupUs ?? 0)) {
      // The last second of a run may be told twice, what its pods hold is the same second.
      const isSame = recent[recent.length - 1]?.at === event.at;
      if (!isSame) revision.busy.podSeconds += kvPpm.length;
      if (!isSame) revision.busy.kvPpm += sum(kvPpm);
      spendGpus(state, revision.member, event.pods);
    }
    recent.push(event);
    const oldest = event.at - (state.run?.keepSeconds ?? 0) * 1_000_000;
    while (recent.length > 0 && recent[0]!.at <= oldest) recent.shift();
  },
  // The windows hold what the requests add up to.
  request: () => {},
  weight: (state, event) => {
    const service = serviceOf(state, event.service);
    service.weights = event.weights;
    service.eligible = event.eligible;
    if (event.group !== undefined) service.group = event.group;
  },
  step: (state, event) => {
    const { service, step, steps, about, phase, message, at } = event;
    const before = state.rollouts[event.rollout];
    const aborted = event.aborted ? { abortedAt: before?.abortedAt ?? at } : {};
    const completed = phase === "Healthy" && !event.aborted ? { completedAt: at } : {};
    const overdue = phase === "Degraded" && !event.aborted ? at : undefined;
    const stalledAt = before?.stalledAt ?? overdue;
    state.rollouts[event.rollout] = {
      ...{ service, strategy: event.strategy ?? "canary", step, steps, about, phase, message },
      startedAt: before?.startedAt ?? at,
      ...aborted,
      ...completed,
      ...(stalledAt === undefined ? {} : { stalledAt }),
    };
  },
  measurement: (state, event) => {
    const { at, phase, value } = event;
    const kept = analysisOf(state, event.analysis, at).measurements[event.check] ??= [];
    const dryRun = event.dryRun ? { dryRun: true as const } : {};
    kept.push({ at, phase, ...(value === undefined ? {} : { value }), ...dryRun });
    while (kept.length > (event.keep ?? KEPT_MEASUREMENTS)) kept.shift();
  },
  phase: (state, event) => {
    const analysis = analysisOf(state, event.analysis, event.at);
    analysis.phase = event.phase;
    analysis.message = event.message;
  },
  fault: (state, event) => {
    const { type, targets, message, at } = event;
    const before = state.faults[event.fault];
    state.faults[event.fault] = event.phase === "end" && before
      ? { ...before, endedAt: at }
      : { type, targets, message, ...beginningsOf(before, at) };
  },
  scale: (state, event) => {
    const revision = revisionOf(state, event.service, event.revision);
    revision.replicas = event.replicas;
    if (event.member !== undefined) revision.member = event.member;
  },
  action: (state, event) => {
    const actions = state.actions ??= [];
    actions.push(event);
    if (actions.length > KEPT_ACTIONS) actions.shift();
    for (const [service, slo] of Object.entries(event.slo ?? {})) {
      serviceOf(state, service).slo = slo;
    }
  },
  verdict: (state, event) => {
    state.verdicts.push(event);
  },
  "run.ended": (state, event) => {
    const { at, inFlight, idleFaults } = event;
    state.ended = { at, inFlight, ...(idleFaults ? { idleFaults } : {}) };
  },
};

/** Applies one event. The state is changed in place and returned: whoever folds owns it. */
export function fold(state: FleetState, event: FleetEvent): FleetState {
  (folds[event.kind] as (state: FleetState, event: FleetEvent) => void)(state, event);
  state.at = event.at;
  state.seq = event.seq;
  return state;
}

/** Of a fault that happens more than once what is expected after it is counted from the first. */
function beginningsOf(before: FaultState | undefined, at: number) {
  if (!before) return { beganAt: at };
  return { beganAt: before.beganAt, lastBeganAt: at, times: (before.times ?? 1) + 1 };
}

/** A loop over indices: an iterator costs three times as much until the optimizer has seen it. */
function sum(values: readonly number[]): number {
  let total = 0;
  for (let index = 0; index < values.length; index++) total += values[index]!;
  return total;
}

function serviceOf(state: FleetState, name: string): ServiceState {
  return state.services[name] ??= {
    revisions: {},
    weights: {},
    eligible: [],
    calibration: "uncalibrated",
    hasSlo: false,
  };
}

function revisionOf(state: FleetState, service: string, revision: string): RevisionState {
  return serviceOf(state, service).revisions[revision] ??= {
    replicas: 0,
    preemptions: 0,
    busy: { podSeconds: 0, kvPpm: 0 },
    measured: emptyTotals(),
    warmup: emptyTotals(),
    recent: [],
  };
}

function analysisOf(state: FleetState, id: string, at: number): AnalysisState {
  return state.analyses[id] ??= { phase: "Pending", message: "", startedAt: at, measurements: {} };
}
