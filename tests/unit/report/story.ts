// A run told by hand: events at given seconds, the state that they fold into, and objects for them.
import type { Fact, FleetEvent } from "../../../src/fleet/events.ts";
import { fold } from "../../../src/fleet/fold.ts";
import { type FleetState, initialState } from "../../../src/fleet/state.ts";
import type { Condition } from "../../../src/kube/conditions.ts";
import { type JsonObject, type KubeObject, objectKey } from "../../../src/kube/object.ts";
import type { PodColumns } from "../../../src/metrics/window.ts";
import { findModel, weightBytes } from "../../../src/serving/models.ts";
import { phasesAlone, startupOf } from "../../../src/serving/startup.ts";

export const SECOND = 1_000_000;

/** The model of `llm`, and the phases of its start. */
export const MODEL = "meta-llama/Llama-3.1-8B";
const PLAN = startupOf(weightBytes(findModel([MODEL])!));
export const STARTUP = { plan: PLAN, phases: phasesAlone(PLAN) };

export class Story {
  readonly state: FleetState = initialState();
  readonly events: FleetEvent[] = [];
  #atUs = 0;

  /** What is told next happens at this second. */
  at(second: number): this {
    this.#atUs = Math.round(second * SECOND);
    return this;
  }

  tell(fact: Fact): this {
    const event = { at: this.#atUs, seq: this.events.length, ...fact } as FleetEvent;
    this.events.push(event);
    fold(this.state, event);
    return this;
  }

  apply(...objects: KubeObject[]): this {
    for (const object of objects) {
      this.tell({ kind: "object.applied", key: objectKey(object), object });
    }
    return this;
  }

  patch(object: KubeObject, patch: JsonObject): this {
    return this.tell({ kind: "object.applied", key: objectKey(object), patch });
  }

  delete(object: KubeObject): this {
    return this.tell({ kind: "object.deleted", key: objectKey(object) });
  }

  /** A Kubernetes Event. */
  event(object: KubeObject, reason: string, message: string): this {
    const { kind, metadata } = object;
    return this.tell({
      kind: "event",
      type: "Normal",
      reason,
      object: `${kind}/${metadata.namespace ?? ""}/${metadata.name}`,
      message,
      source: "kubelet",
    });
  }

  /**
   * One second of `chat`: for each pod its running requests and output tokens. With `columns` as newer
   * logs tell it, with each pod's prompt tokens and prefix lookups.
   */
  window(
    pods: Readonly<Record<string, readonly [number, number]>>,
    promptTokens = 0,
    columns: Pick<PodColumns, "promptTokens" | "prefixQueries" | "prefixHits"> = {},
    admitted = 0,
  ): this {
    const names = Object.keys(pods);
    return this.tell({
      kind: "window",
      service: "chat",
      revision: "stable",
      measured: {
        requests: { arrived: 0, completed: 0, failed: 0, rejected: 0, good: 0 },
        promptTokens,
        outputTokens: 0,
        latencyUs: admitted === 0 ? {} : { queue: { sum: 0, buckets: [0, admitted] } },
      },
      pods: {
        name: names,
        running: names.map((name) => pods[name]![0]),
        waiting: names.map(() => 1),
        kvPpm: names.map(() => 125_000),
        outputTokens: names.map((name) => pods[name]![1]),
        preemptions: names.map(() => 0),
        ...columns,
      },
    });
  }
}

export function condition(type: string, status: Condition["status"], why: Partial<Condition> = {}) {
  return { type, status, lastTransitionTime: "2026-01-01T00:00:00Z", ...why };
}

export function llm(
  conditions: readonly Condition[] = [],
  metadata: Partial<KubeObject["metadata"]> = {},
): KubeObject {
  return {
    apiVersion: "serving.kserve.io/v1alpha2",
    kind: "LLMInferenceService",
    metadata: { name: "chat", namespace: "default", ...metadata },
    spec: {
      model: { uri: `hf://${MODEL}`, name: "llama" },
      replicas: 2,
      router: { scheduler: {} },
    },
    status: { conditions: conditions as unknown as JsonObject[] },
  };
}

export function node(ready = true): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "n1", labels: { "nvidia.com/gpu.product": "H100-SXM" } },
    status: { conditions: [{ type: "Ready", status: ready ? "True" : "Unknown" }] },
  };
}

export interface PodOptions {
  readonly name?: string;
  /** The fields of the status of its container. */
  readonly container?: JsonObject;
  readonly scheduler?: true;
  readonly unscheduled?: string;
  readonly deleted?: true;
}

export function pod(options: PodOptions = {}): KubeObject {
  const { name = "chat-1", container = {}, scheduler, unscheduled, deleted } = options;
  const role = scheduler ? "router-scheduler" : "workload";
  const scheduled = unscheduled === undefined;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: "default",
      labels: {
        "app.kubernetes.io/name": "chat",
        "app.kubernetes.io/component": `llminferenceservice-${role}`,
        ...(scheduler ? {} : { "kserve.io/component": "workload", "llm-d.ai/role": "both" }),
      },
      ...(deleted ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}),
    },
    spec: {
      ...(scheduled ? { nodeName: "n1" } : {}),
      containers: [{ name: "main", image: "docker.io/vllm/vllm-openai:v0.15.1" }],
    },
    status: {
      phase: scheduled ? "Running" : "Pending",
      conditions: scheduled
        ? [{ type: "PodScheduled", status: "True" }]
        : [{ type: "PodScheduled", status: "False", message: unscheduled }],
      ...(scheduled ? { containerStatuses: [{ name: "main", ready: false, ...container }] } : {}),
    },
  };
}

/** The patch that makes a pod's container ready, or what else is said of it. */
export function containerPatch(container: JsonObject): JsonObject {
  return { status: { containerStatuses: [{ name: "main", ...container }] } };
}
