// A workload's pod as the API shows it: the Kubernetes object behind the facts of its life.

import type { JsonObject, KubeObject } from "../kube/object.ts";
import { START_PHASES, type StartPhase } from "../serving/startup.ts";
import { parseTimestamp, virtualTimestamp } from "../sim/timestamp.ts";

/** What a simulated server does while it starts: no field of a pod has that. */
const START_ANNOTATION = "mtop.dev/start-phase";

/** KServe's init container, which fetches what has to be downloaded (kserve aaac4e2). */
export const INIT_CONTAINER = "storage-initializer";
const INIT_IMAGE = "kserve/storage-initializer:latest";

/** Why the container waits; undefined while it runs. */
export type Waiting =
  | "ContainerCreating"
  | "PodInitializing"
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

/** The init container: absent where there is nothing to download. */
export interface InitFacts {
  /** Undefined where it ran before the run began. */
  readonly startedUs?: number;
  readonly finishedUs?: number;
  readonly state: "waiting" | "running" | "done";
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
  readonly init: InitFacts | undefined;
  readonly startedUs: number | undefined;
  /** What the container does while it starts. */
  readonly phase: StartPhase | undefined;
  readonly phaseUs: number;
  readonly last: Termination | undefined;
  readonly ready: boolean;
  readonly restarts: number;
}

export function podObject(facts: PodFacts): KubeObject {
  const { name, namespace, labels, image, resources, createdUs, deletedUs, node } = facts;
  const deleted = deletedUs === undefined ? {} : { deletionTimestamp: virtualTimestamp(deletedUs) };
  const { nodeSelector, init, phase, phaseUs } = facts;
  const annotations = phase === undefined
    ? {}
    : { annotations: { [START_ANNOTATION]: `${phase} since ${virtualTimestamp(phaseUs)}` } };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace,
      labels,
      ...annotations,
      creationTimestamp: virtualTimestamp(createdUs),
      ...deleted,
    },
    spec: {
      ...(node === undefined ? {} : { nodeName: node }),
      ...(Object.keys(nodeSelector).length === 0 ? {} : { nodeSelector }),
      ...(init ? { initContainers: [{ name: INIT_CONTAINER, image: INIT_IMAGE }] } : {}),
      containers: [{ name: "main", image, resources }],
    },
    status: podStatus(facts),
  };
}

/** What the server in a pod does while it starts, and since when; undefined where nothing says so. */
export function startPhaseOf(pod: KubeObject): { phase: StartPhase; sinceUs: number } | undefined {
  const [word, , since = ""] = (pod.metadata.annotations?.[START_ANNOTATION] ?? "").split(" ");
  const phase = START_PHASES.find((phase) => phase === word);
  const sinceUs = parseTimestamp(since);
  return phase === undefined || sinceUs === undefined ? undefined : { phase, sinceUs };
}

/** No container was made yet. */
export function notMade(waiting: Waiting): boolean {
  return waiting === "ContainerCreating" || waiting === "PodInitializing";
}

const WITHOUT_IMAGE: ReadonlySet<Waiting> = new Set([
  "ErrImagePull",
  "ImagePullBackOff",
  "InvalidImageName",
]);

function podStatus(facts: PodFacts): JsonObject {
  const { image, node, init, startedUs, last, ready, restarts } = facts;
  const made = node !== undefined && !notMade(facts.waiting);
  const pulled = made && !WITHOUT_IMAGE.has(facts.waiting);
  return {
    phase: pulled ? "Running" : "Pending",
    conditions: [
      scheduledCondition(facts),
      ...(init ? [{ type: "Initialized", status: init.state === "done" ? "True" : "False" }] : []),
      { type: "Ready", status: ready ? "True" : "False" },
    ],
    // No container is reported before a kubelet has the pod.
    ...(node === undefined ? {} : {
      ...(init ? { initContainerStatuses: [initStatus(init)] } : {}),
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

function scheduledCondition({ node, unscheduled }: PodFacts): JsonObject {
  return node !== undefined ? { type: "PodScheduled", status: "True" } : {
    type: "PodScheduled",
    status: "False",
    reason: "Unschedulable",
    ...(unscheduled === undefined ? {} : { message: unscheduled }),
  };
}

function initStatus({ startedUs, finishedUs, state }: InitFacts): JsonObject {
  const started = startedUs === undefined ? {} : { startedAt: virtualTimestamp(startedUs) };
  const finished = finishedUs === undefined ? {} : { finishedAt: virtualTimestamp(finishedUs) };
  return {
    name: INIT_CONTAINER,
    image: INIT_IMAGE,
    ready: state === "done",
    restartCount: 0,
    state: state === "done"
      ? { terminated: { exitCode: 0, reason: "Completed", ...started, ...finished } }
      : state === "running"
      ? { running: started }
      : { waiting: { reason: "PodInitializing" } },
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
