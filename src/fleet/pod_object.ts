// A model server's pod as the API shows it: the Kubernetes object behind the facts of its life.

import { workloadLabels } from "../kube/names.ts";
import type { JsonObject, KubeObject } from "../kube/object.ts";
import { virtualTimestamp } from "../sim/timestamp.ts";

/** Why the container waits; undefined while it runs. */
export type Waiting = "ContainerCreating" | "CrashLoopBackOff" | undefined;

export interface PodFacts {
  readonly name: string;
  readonly namespace: string;
  /** The LLMInferenceService it belongs to. */
  readonly service: string;
  readonly image: string;
  readonly gpus: number;
  readonly createdUs: number;
  readonly deletedUs: number | undefined;
  readonly node: string | undefined;
  /** The scheduler's words while it fits nowhere. */
  readonly unscheduled: string | undefined;
  readonly waiting: Waiting;
  readonly ready: boolean;
  readonly restarts: number;
}

export function podObject(facts: PodFacts): KubeObject {
  const { name, namespace, service, image, gpus, createdUs, deletedUs, node } = facts;
  const deleted = deletedUs === undefined ? {} : { deletionTimestamp: virtualTimestamp(deletedUs) };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace,
      labels: workloadLabels(service),
      creationTimestamp: virtualTimestamp(createdUs),
      ...deleted,
    },
    spec: {
      ...(node === undefined ? {} : { nodeName: node }),
      containers: [{
        name: "main",
        image,
        resources: { limits: { "nvidia.com/gpu": String(gpus) } },
      }],
    },
    status: podStatus(facts),
  };
}

function podStatus({ node, unscheduled, waiting, ready, restarts }: PodFacts): JsonObject {
  const started = node !== undefined && waiting !== "ContainerCreating";
  const scheduled = node !== undefined ? { type: "PodScheduled", status: "True" } : {
    type: "PodScheduled",
    status: "False",
    reason: "Unschedulable",
    ...(unscheduled === undefined ? {} : { message: unscheduled }),
  };
  const state: JsonObject = waiting === undefined && started
    ? { running: {} }
    : { waiting: { reason: waiting ?? "ContainerCreating" } };
  return {
    phase: started ? "Running" : "Pending",
    conditions: [scheduled, { type: "Ready", status: ready ? "True" : "False" }],
    containerStatuses: [{ name: "main", ready, restartCount: restarts, state }],
  };
}
