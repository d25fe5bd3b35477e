// A workload's pod as the API shows it: the Kubernetes object behind the facts of its life.

import type { JsonObject, KubeObject } from "../kube/object.ts";
import { virtualTimestamp } from "../sim/timestamp.ts";

/** Why the container waits; undefined while it runs. */
export type Waiting =
  | "ContainerCreating"
  | "CrashLoopBackOff"
  | "ErrImagePull"
  | "ImagePullBackOff"
  | "InvalidImageName"
  | undefined;

/** How the container's last process ended. */
export interface Termination {
  readonly reason: string;
  readonly startedUs: number;
  readonly finishedUs: number;
}

export interface PodFacts {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly image: string;
  readonly resources: JsonObject;
  readonly nodeSelector: Readonly<Record<string, string>>;
  /** µs; below 0 when the pod was there before the run. */
  readonly createdUs: number;
  readonly deletedUs: number | undefined;
  readonly node: string | undefined;
  /** The scheduler's words while it fits nowhere. */
  readonly unscheduled: string | undefined;
  readonly waiting: Waiting;
  /** The kubelet's words about why it waits. */
  readonly waitingMessage: string | undefined;
  readonly startedUs: number | undefined;
  readonly last: Termination | undefined;
  readonly ready: boolean;
  readonly restarts: number;
}

export function podObject(facts: PodFacts): KubeObject {
  const { name, namespace, labels, image, resources, createdUs, deletedUs, node } = facts;
  const deleted = deletedUs === undefined ? {} : { deletionTimestamp: virtualTimestamp(deletedUs) };
  const { nodeSelector } = facts;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace,
      labels,
      creationTimestamp: virtualTimestamp(createdUs),
      ...deleted,
    },
    spec: {
      ...(node === undefined ? {} : { nodeName: node }),
      ...(Object.keys(nodeSelector).length === 0 ? {} : { nodeSelector }),
      containers: [{ name: "main", image, resources }],
    },
    status: podStatus(facts),
  };
}

const WITHOUT_IMAGE: ReadonlySet<Waiting> = new Set([
  "ErrImagePull",
  "ImagePullBackOff",
  "InvalidImageName",
]);

function podStatus(facts: PodFacts): JsonObject {
  const { image, node, unscheduled, startedUs, last, ready, restarts } = facts;
  const made = node !== undefined && facts.waiting !== "ContainerCreating";
  const pulled = made && !WITHOUT_IMAGE.has(facts.waiting);
  const scheduled = node !== undefined ? { type: "PodScheduled", status: "True" } : {
    type: "PodScheduled",
    status: "False",
    reason: "Unschedulable",
    ...(unscheduled === undefined ? {} : { message: unscheduled }),
  };
  return {
    phase: pulled ? "Running" : "Pending",
    conditions: [scheduled, { type: "Ready", status: ready ? "True" : "False" }],
    // No container is reported before a kubelet has the pod.
    ...(node === undefined ? {} : {
      containerStatuses: [{
        name: "main",
        image,
        ready,
        started: startedUs !== undefined && facts.waiting === undefined,
        restartCount: restarts,
        state: containerState(facts, made),
        ...(last === undefined ? {} : { lastState: { terminated: terminated(last) } }),
      }],
    }),
  };
}

function containerState(
  { waiting, waitingMessage, startedUs }: PodFacts,
  made: boolean,
): JsonObject {
  if (waiting === undefined && made) {
    return { running: startedUs === undefined ? {} : { startedAt: virtualTimestamp(startedUs) } };
  }
  const message = waitingMessage === undefined ? {} : { message: waitingMessage };
  return { waiting: { reason: waiting ?? "ContainerCreating", ...message } };
}

function terminated({ reason, startedUs, finishedUs }: Termination): JsonObject {
  return {
    exitCode: 1,
    reason: "Error",
    message: reason,
    startedAt: virtualTimestamp(startedUs),
    finishedAt: virtualTimestamp(finishedUs),
  };
}
