// The closed table of events: all that can happen, as it stands in the log.
//
// Every field is an integer, a string, a boolean, or a list or record of them: µs, counts, bucket
// numbers, parts per million. `at` is virtual µs since 2026-01-01T00:00:00Z, `seq` counts from 0.

import { z } from "zod";
import type { Json, KubeObject } from "../kube/object.ts";
import type { EventKind } from "./event_kinds.ts";
import { REJECTION_REASONS } from "./picker/rejections.ts";
import { GATEWAY_REASONS } from "./route_rejections.ts";
import { podColumns, windowMetrics } from "./window_schema.ts";

const integer = z.int();
const count = z.int().min(0);
const base = { at: count, seq: count };

const kubeObject: z.ZodType<KubeObject> = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
}) as unknown as z.ZodType<KubeObject>;

const json = z.json() as unknown as z.ZodType<Json>;

const PHASES = [
  "Pending",
  "Running",
  "Successful",
  "Failed",
  "Inconclusive",
  "Error",
] as const;
export type AnalysisPhase = (typeof PHASES)[number];

/** Argo's phases of a rollout; `aborted` says why a Degraded one is so. */
const ROLLOUT_PHASES = ["Progressing", "Paused", "Healthy", "Degraded"] as const;
export type RolloutPhase = (typeof ROLLOUT_PHASES)[number];

/** How a rollout goes from one revision to the next. */
const STRATEGIES = ["canary", "blueGreen", "rolling", "shadow"] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** What can become of a request, as `RequestCounts` tells it apart. */
const REQUEST_OUTCOMES = ["completed", "failed", "rejected"] as const;
export type RequestOutcome = (typeof REQUEST_OUTCOMES)[number];

/**
 * Why a request failed: its client or its gateway gave it up, its server died or never answered, or its
 * prompt was computed by a server of another vLLM or model than the one that was to answer, or its server
 * answered 500.
 */
const FAILURE_REASONS = [
  "timeout",
  "gateway-timeout",
  "lost",
  "handshake",
  "connect-timeout",
  "dns",
  "server-error",
] as const;
export type FailureReason = (typeof FAILURE_REASONS)[number];

const calibrationError = z.object({
  ttftPpm: count.exactOptional(),
  tpotPpm: count.exactOptional(),
  e2ePpm: count.exactOptional(),
  runs: count,
});

const goodputObjective = z.object({
  goodputPpm: count,
  windowUs: count.exactOptional(),
});

/** As `Slo`: upper limits of a single request, in µs. */
const slo = z.object({
  ttftUs: count.exactOptional(),
  itlUs: count.exactOptional(),
  e2eUs: count.exactOptional(),
});

const supply = z.object({
  registry: count,
  pull: count,
  hub: count,
  download: count,
  load: count,
  volume: count.exactOptional(),
  imageStreaming: z.boolean().exactOptional(),
});

const kinds = [
  /** First of every run: what is simulated, and how much of the recent past state keeps. */
  z.object({
    ...base,
    kind: z.literal("run.started"),
    scenario: z.string(),
    scenarioHash: z.string(),
    durationUs: count,
    warmupUs: count,
    /** Recent windows that state keeps for each revision, in seconds. */
    keepSeconds: count,
    seed: z.int(),
    /** Service → `calibrated` or `uncalibrated`: whether its step time was fitted to measured runs. */
    calibration: z.record(z.string(), z.string()),
    /**
     * Service → how far it is from measured runs that its step time was not fitted to: medians over so
     * many runs, in parts per million. Absent of those that nothing was held against.
     */
    calibrationError: z.record(z.string(), calibrationError).exactOptional(),
    /** Service → why it is `not simulated`, where the reason is known; absent: of none. */
    notSimulated: z.record(z.string(), z.string()).exactOptional(),
    /** Services that have an SLO: only theirs have a goodput. */
    slo: z.array(z.string()),
    /** Service → the share of its requests that are to be good, and over which time. */
    objectives: z.record(z.string(), goodputObjective).exactOptional(),
    /** Loads that are told apart: their priority, and the share of their requests that are to be good. */
    loads: z.record(
      z.string(),
      z.object({
        priority: integer.exactOptional(),
        /** Its InferenceObjective's. */
        inferencePriority: integer.exactOptional(),
        objective: goodputObjective.exactOptional(),
        /** Services whose requests are its as far as a window tells them of no other load. */
        restOf: z.array(z.string()).exactOptional(),
      }),
    ).exactOptional(),
    /** How fast images and weights come, in bytes per second, where that was said. */
    supply: supply.exactOptional(),
    /** Thousandths of a USD per hour of one GPU, by its name, where they were said. */
    gpuPrices: z.record(z.string(), count).exactOptional(),
    /** Whether single requests are told, as `request`; absent: they are not. */
    recordRequests: z.literal(true).exactOptional(),
  }),
  /** A Kubernetes object: whole when it is new, afterwards the merge patch that changed it. */
  z.object({
    ...base,
    kind: z.literal("object.applied"),
    key: z.string(),
    object: kubeObject.exactOptional(),
    patch: json.exactOptional(),
  }).refine(
    ({ object, patch }) =>
      object !== undefined ||
      (typeof patch === "object" && patch !== null && !Array.isArray(patch)),
    "write an object, or a patch of one",
  ),
  z.object({ ...base, kind: z.literal("object.deleted"), key: z.string() }),
  /** A Kubernetes Event. */
  z.object({
    ...base,
    kind: z.literal("event"),
    type: z.enum(["Normal", "Warning"]),
    reason: z.string(),
    /** `Kind/namespace/name`, the namespace empty for nodes. */
    object: z.string(),
    message: z.string(),
    source: z.string(),
  }),
  /** One second of one revision that was not empty; it ends at `at`. */
  z.object({
    ...base,
    kind: z.literal("window"),
    service: z.string(),
    revision: z.string(),
    measured: windowMetrics.exactOptional(),
    /** The same of requests that arrived during the warm-up, which verdicts leave out. */
    warmup: windowMetrics.exactOptional(),
    /** The same of copies that a gateway sent (RequestMirror), whenever they arrived. */
    mirrored: windowMetrics.exactOptional(),
    pods: podColumns,
  }),
  /**
   * A request that ended at `at`, told only where `run.started` says so. What never came about is
   * absent: `pod` of one that found no endpoint, `queueUs` of one that was never admitted, `ttftUs` of
   * one without a token, `e2eUs` of one that was not completed, `reason` of one that did not fail. Times
   * are what the client saw, in µs from `arrivedUs` on, but for `queueUs`, which begins when the engine
   * sees the request.
   */
  z.object({
    ...base,
    kind: z.literal("request"),
    service: z.string(),
    revision: z.string(),
    pod: z.string().exactOptional(),
    /** The load's name, and what it says of its requests; absent also in logs of mtop before it told. */
    load: z.string().exactOptional(),
    priority: integer.exactOptional(),
    adapter: z.string().exactOptional(),
    /** Which attempt of its client's, from 2 on; absent: the first. */
    attempt: count.exactOptional(),
    /** Which of its gateway's tries, from 2 on; absent: the first. */
    gatewayTry: count.exactOptional(),
    /** A copy of another's, by an HTTPRoute's RequestMirror: nobody reads its answer. */
    mirrored: z.literal(true).exactOptional(),
    outcome: z.enum(REQUEST_OUTCOMES),
    reason: z.enum([...FAILURE_REASONS, ...REJECTION_REASONS, ...GATEWAY_REASONS]).exactOptional(),
    /** HTTP status of the gateway's or endpoint picker's own answer, where it turned the request away. */
    status: count.exactOptional(),
    /** Its gateway tries once more: for its client this was not the end. */
    again: z.literal(true).exactOptional(),
    arrivedUs: count,
    queueUs: count.exactOptional(),
    ttftUs: count.exactOptional(),
    e2eUs: count.exactOptional(),
    promptTokens: count,
    /** Of the prompt, found in the prefix cache at the first admission. */
    cachedTokens: count,
    /** Tokens that were put out, whatever became of the request. */
    outputTokens: count,
    preemptions: count,
    /** It arrived during the warm-up. */
    warmup: z.literal(true).exactOptional(),
  }),
  /** The route's weights by revision, and which revisions the route can use (KServe's eligibility). */
  z.object({
    ...base,
    kind: z.literal("weight"),
    service: z.string(),
    weights: z.record(z.string(), count),
    eligible: z.array(z.string()),
    /** `namespace/name` of the route group that it shares with other services; absent: none. */
    group: z.string().exactOptional(),
  }),
  /** A rollout entered a step or a phase; `step` is its 0-based index, -1 before the first. */
  z.object({
    ...base,
    kind: z.literal("step"),
    rollout: z.string(),
    service: z.string(),
    /** How it goes from one revision to the next; absent: a canary. */
    strategy: z.enum(STRATEGIES).exactOptional(),
    step: integer,
    steps: count,
    about: z.string(),
    phase: z.enum(ROLLOUT_PHASES),
    /** It was aborted, or undone. */
    aborted: z.boolean(),
    message: z.string(),
  }),
  /** One check of an analysis run: its value in the metric's unit, absent when there was no sample. */
  z.object({
    ...base,
    kind: z.literal("measurement"),
    analysis: z.string(),
    check: z.string(),
    value: integer.exactOptional(),
    phase: z.enum(PHASES),
    /** It changes nothing; absent: it counts. */
    dryRun: z.literal(true).exactOptional(),
    /** Measurements of the check that state keeps; absent: as many as of any. */
    keep: count.exactOptional(),
  }),
  z.object({
    ...base,
    kind: z.literal("phase"),
    analysis: z.string(),
    phase: z.enum(PHASES),
    message: z.string(),
  }),
  z.object({
    ...base,
    kind: z.literal("fault"),
    fault: z.string(),
    type: z.string(),
    phase: z.enum(["begin", "end"]),
    targets: z.array(z.string()),
    message: z.string(),
  }),
  /** The replicas that a revision's workload is to have, and who said so. */
  z.object({
    ...base,
    kind: z.literal("scale"),
    service: z.string(),
    revision: z.string(),
    /** `namespace/name` of the LLMInferenceService that declares the revision. */
    member: z.string().exactOptional(),
    replicas: count,
    by: z.string(),
  }),
  /** What a person did: an input. */
  z.object({
    ...base,
    kind: z.literal("action"),
    action: z.string(),
    argument: json.exactOptional(),
    /** Service → all that its requests are held against which end from now on, where that changed; in µs. */
    slo: z.record(z.string(), slo).exactOptional(),
    /**
     * `hand`: somebody did it while the run went on, and it is done again when the run is verified.
     * Absent: the scenario says so itself, and a simulation of it comes to it again.
     */
    origin: z.literal("hand").exactOptional(),
  }),
  z.object({
    ...base,
    kind: z.literal("verdict"),
    id: z.string(),
    about: z.string(),
    passed: z.boolean(),
    expected: z.string(),
    got: z.string(),
    /** Virtual time that the verdict speaks of, µs. */
    whenUs: count,
    /** How far the value is from its threshold, in parts per million of the threshold. */
    marginPpm: integer.exactOptional(),
  }),
  /** Last of a whole run; the requests that the engines still hold, counted there. */
  z.object({
    ...base,
    kind: z.literal("run.ended"),
    inFlight: z.record(z.string(), count),
    /** Fault → what did not happen while it was in force; absent: each that began had an effect. */
    idleFaults: z.record(z.string(), z.string()).exactOptional(),
  }),
] as const;

export const fleetEventSchema = z.discriminatedUnion("kind", kinds);

export type FleetEvent = z.output<typeof fleetEventSchema>;
export type { EventKind };
export type EventOf<K extends EventKind> = Extract<FleetEvent, { kind: K }>;

/** An event before it has its place in the log. */
export type Fact<K extends EventKind = EventKind> = K extends EventKind
  ? Omit<EventOf<K>, "at" | "seq">
  : never;
