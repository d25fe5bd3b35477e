// A fleet by hand, with a service in every state: what the views are shown, without a simulation.

import type { Fact, FleetEvent } from "../../../src/fleet/events.ts";
import { fold } from "../../../src/fleet/fold.ts";
import { type FleetState, initialState } from "../../../src/fleet/state.ts";
import { type KubeObject, objectKey } from "../../../src/kube/object.ts";
import { HistogramAccumulator } from "../../../src/metrics/histogram.ts";

export const SECOND = 1_000_000;
/** The instant at which the sample is looked at. */
export const NOW = 750 * SECOND;

export interface ServiceOptions {
  readonly namespace?: string;
  readonly replicas?: number;
  readonly readyReplicas?: number;
  readonly ready?: "True" | "False" | "Unknown";
  readonly reason?: string;
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly prefill?: { readonly replicas?: number };
}

export function service(name: string, options: ServiceOptions = {}): KubeObject {
  const { namespace = "default", ready, reason, readyReplicas, conditions = [] } = options;
  const status = ready === undefined ? {} : {
    status: {
      conditions: [...conditions, { type: "Ready", status: ready, ...(reason ? { reason } : {}) }],
      ...(readyReplicas === undefined ? {} : { workloads: { primary: { readyReplicas } } }),
    },
  };
  const { labels, annotations, replicas = 1, prefill } = options;
  return {
    apiVersion: "serving.kserve.io/v1alpha2",
    kind: "LLMInferenceService",
    metadata: {
      name,
      namespace,
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
    },
    spec: { replicas, ...(prefill ? { prefill } : {}) },
    ...status,
  };
}

export interface PodOptions {
  readonly namespace?: string;
  readonly node?: string;
  readonly ready?: boolean;
  readonly waiting?: string;
  readonly restarts?: number;
  readonly crashed?: boolean;
  readonly gpus?: number;
  readonly component?: string;
}

export function pod(owner: string, name: string, options: PodOptions = {}): KubeObject {
  const { namespace = "default", node, ready = false, waiting, restarts = 0, gpus = 4 } = options;
  const { component = "llminferenceservice-workload", crashed = false } = options;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace,
      labels: { "app.kubernetes.io/name": owner, "app.kubernetes.io/component": component },
    },
    spec: {
      ...(node === undefined ? {} : { nodeName: node }),
      containers: [{ name: "main", resources: { limits: { "nvidia.com/gpu": String(gpus) } } }],
    },
    status: {
      conditions: [
        node === undefined
          ? { type: "PodScheduled", status: "False", reason: "Unschedulable" }
          : { type: "PodScheduled", status: "True" },
        { type: "Ready", status: ready ? "True" : "False" },
      ],
      containerStatuses: [{
        name: "main",
        ready,
        restartCount: restarts,
        state: waiting === undefined ? { running: {} } : { waiting: { reason: waiting } },
        ...(crashed ? { lastState: { terminated: { exitCode: 1 } } } : {}),
      }],
    },
  };
}

export function node(name: string, gpu: string): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels: { "nvidia.com/gpu.product": gpu } },
  };
}

export interface Traffic {
  readonly ttftUs: number;
  readonly rps: number;
  readonly failed?: number;
  readonly waiting?: number;
  readonly running?: number;
  readonly kvPpm?: number;
  readonly good?: number;
  /** Tokens looked up in the prefix cache, and found there. */
  readonly prefix?: readonly [number, number];
}

/** A second of a revision. */
export function window(serviceKey: string, revision: string, traffic: Traffic): Fact<"window"> {
  const { ttftUs, rps, failed = 0, waiting = 0, running = 10, kvPpm = 400_000 } = traffic;
  const histogram = (us: number) => {
    const values = new HistogramAccumulator();
    values.add(us, rps);
    return values.take()!;
  };
  const completed = rps - failed;
  return {
    kind: "window",
    service: serviceKey,
    revision,
    measured: {
      requests: { arrived: rps, completed, failed, rejected: 0, good: traffic.good ?? completed },
      promptTokens: rps * 100,
      outputTokens: rps * 200,
      ...(traffic.prefix === undefined
        ? {}
        : { prefixQueries: traffic.prefix[0], prefixHits: traffic.prefix[1] }),
      latencyUs: {
        ttft: histogram(ttftUs),
        itl: histogram(20_000),
        e2e: histogram(ttftUs + 4_000_000),
      },
    },
    pods: {
      name: ["p"],
      running: [running],
      waiting: [waiting],
      kvPpm: [kvPpm],
      outputTokens: [rps * 200],
      preemptions: [0],
    },
  };
}

/** Folds facts, each at its instant, from an empty state. */
export function stateOf(facts: readonly (readonly [number, Fact])[]): FleetState {
  return facts.reduce(
    (state, [at, fact], seq) => fold(state, { at, seq, ...fact } as FleetEvent),
    initialState(),
  );
}

export function applied(object: KubeObject): Fact<"object.applied"> {
  return { kind: "object.applied", key: objectKey(object), object };
}

export function started(
  calibration: Readonly<Record<string, string>>,
  slo: readonly string[] = [],
): Fact<"run.started"> {
  return {
    kind: "run.started",
    scenario: "sample",
    scenarioHash: "",
    durationUs: 1800 * SECOND,
    warmupUs: 0,
    keepSeconds: 60,
    seed: 1,
    calibration: { ...calibration },
    slo: [...slo],
  };
}

const scaled = (key: string, revision: string, member: string): Fact<"scale"> => ({
  kind: "scale",
  service: key,
  revision,
  replicas: 1,
  by: "spec",
  member,
});

const warning = (reason: string, object: string, message: string): Fact<"event"> => ({
  kind: "event",
  type: "Warning",
  reason,
  object,
  message,
  source: "kubelet",
});

const LONG = "qwen3-235b-a22b-instruct-2507-fp8";

/** Eight services in three namespaces, in every state, with two that serve. */
export function sampleFleet(): FleetState {
  const objects = [
    node("node-1", "H100-SXM"),
    service("llama-3-70b", {
      namespace: "chat",
      replicas: 4,
      readyReplicas: 4,
      ready: "True",
      labels: { tier: "gold" },
    }),
    pod("llama-3-70b", "llama-0", { namespace: "chat", node: "node-1", ready: true }),
    service("llama-3-70b-canary", {
      namespace: "chat",
      replicas: 2,
      readyReplicas: 1,
      ready: "False",
      reason: "MinimumReplicasUnavailable",
    }),
    pod("llama-3-70b-canary", "canary-0", { namespace: "chat", node: "node-1", ready: true }),
    service("gemma-3-27b", { ready: "False", readyReplicas: 0 }),
    pod("gemma-3-27b", "gemma-0", { node: "node-1", waiting: "CrashLoopBackOff", restarts: 4 }),
    service(LONG, { ready: "False", readyReplicas: 0 }),
    pod(LONG, "qwen-0"),
    service("mixtral-8x7b", { replicas: 2, ready: "Unknown", readyReplicas: 0 }),
    pod("mixtral-8x7b", "mixtral-0", { node: "node-1" }),
    service("granite-8b", { ready: "True", readyReplicas: 1 }),
    service("phi-4", { namespace: "research", replicas: 0, ready: "False", reason: "Stopped" }),
    service("broken", {
      namespace: "research",
      ready: "Unknown",
      conditions: [{ type: "PresetsCombined", status: "False" }],
    }),
  ];
  const traffic = Array.from({ length: 60 }, (_, second) => {
    const at = NOW - (59 - second) * SECOND;
    return [
      [
        at,
        window("llama-3-70b", "stable", {
          ttftUs: 1_700_000,
          rps: 24,
          waiting: 3,
          kvPpm: 823_000,
        }),
      ],
      [
        at,
        window("llama-3-70b", "canary", {
          ttftUs: 2_600_000,
          rps: 2,
          failed: second % 4 === 0 ? 1 : 0,
          kvPpm: 120_000,
        }),
      ],
    ] as const;
  }).flat();
  return stateOf([
    [0, started({ "llama-3-70b": "uncalibrated", "granite-8b": "uncalibrated" }, ["llama-3-70b"])],
    ...objects.map((object) => [0, applied(object)] as const),
    [0, scaled("llama-3-70b", "stable", "chat/llama-3-70b")],
    [0, scaled("llama-3-70b", "canary", "chat/llama-3-70b-canary")],
    [0, scaled("granite-8b", "stable", "default/granite-8b")],
    [0, {
      kind: "weight",
      service: "llama-3-70b",
      weights: { stable: 90, canary: 10 },
      eligible: ["stable", "canary"],
    }],
    [600 * SECOND, warning("FailedScheduling", `Pod/default/${LONG}-0`, "0/1 nodes are available")],
    [700 * SECOND, warning("BackOff", "Pod/default/gemma-0", "Back-off restarting main")],
    ...traffic,
    [NOW, warning("BackOff", "Pod/default/gemma-0", "Back-off restarting main")],
    [NOW, warning("Unhealthy", "Pod/chat/canary-1", "Readiness probe failed\x1b[31m: 503")],
  ]);
}
