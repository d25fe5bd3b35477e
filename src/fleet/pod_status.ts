// A pod's status as the API shows it: phase, conditions, what its containers do and how they ended.

import { STORAGE_INITIALIZER, STORAGE_INITIALIZER_IMAGE } from "../kube/model_storage.ts";
import type { JsonObject } from "../kube/object.ts";
import { formatDuration } from "../sim/duration.ts";
import { virtualTimestamp } from "../sim/timestamp.ts";
import { referenceProblem } from "./image_reference.ts";
import type { PodInit } from "./pod_init.ts";
import type { PodLife } from "./pod_life.ts";
import { type NamedImage } from "./pod_spec.ts";
import type { Ended, PodStage } from "./pod_stages.ts";
import { podWords } from "./pod_words.ts";

/** A condition without the time of its last change. */
export interface PodCondition extends JsonObject {
  readonly type: string;
  readonly status: string;
}

export function podStatus(
  life: PodLife,
  stage: PodStage,
  conditions: readonly PodCondition[],
): JsonObject {
  const { evicted, hostIp, podIp, seenUs, spec } = life;
  const failed = evicted !== undefined;
  return {
    phase: podPhase(life),
    conditions,
    ...(failed ? { reason: "Evicted", message: evicted } : {}),
    ...(seenUs === undefined ? {} : {
      hostIP: hostIp,
      hostIPs: [{ ip: hostIp! }],
      ...(podIp === undefined || failed ? {} : { podIP: podIp, podIPs: [{ ip: podIp }] }),
      startTime: virtualTimestamp(seenUs),
    }),
    // No container is reported before a kubelet has the pod, nor of one that it evicted.
    ...(life.node === undefined || failed ? {} : containerStatuses(life, stage)),
    qosClass: spec.qosClass,
  };
}

function podPhase(life: PodLife): string {
  if (life.evicted !== undefined) return "Failed";
  return life.starts > 0 && !life.init?.toDo ? "Running" : "Pending";
}

/** In the order in which kubectl describes them. */
export function podConditions(life: PodLife): PodCondition[] {
  const { node, seenUs, disruption, spec, unscheduled, evicted } = life;
  const target = disruption ? [{ type: "DisruptionTarget", status: "True", ...disruption }] : [];
  if (node === undefined) {
    if (unscheduled === undefined) return target;
    const words = { reason: "Unschedulable", message: unscheduled };
    return [...target, { type: "PodScheduled", status: "False", ...words }];
  }
  const scheduled = { type: "PodScheduled", status: "True" };
  if (seenUs === undefined) return [...target, scheduled];
  const sandbox = life.stage !== "Evicted";
  return [
    ...target,
    { type: "PodReadyToStartContainers", status: sandbox ? "True" : "False" },
    initializedCondition(life, spec.sidecars.map(({ name }) => name)),
    ...readyConditions(life, evicted !== undefined),
    scheduled,
  ];
}

function initializedCondition({ init, sidecarsUs }: PodLife, sidecars: readonly string[]) {
  const downloads = init?.toDo === true;
  const waiting = [
    ...(sidecarsUs === undefined ? sidecars : []),
    ...(downloads ? [STORAGE_INITIALIZER] : []),
  ];
  if (waiting.length === 0) return { type: "Initialized", status: "True" };
  return {
    type: "Initialized",
    status: "False",
    reason: "ContainersNotInitialized",
    message: `containers with incomplete status: [${waiting.join(" ")}]`,
  };
}

function readyConditions({ passing, nodeReady }: PodLife, failed: boolean): PodCondition[] {
  // The node controller sets the one condition, and gives no reason.
  if (passing) {
    return [
      { type: "Ready", status: nodeReady ? "True" : "False" },
      { type: "ContainersReady", status: "True" },
    ];
  }
  const words = failed
    ? { reason: "PodFailed" }
    : { reason: "ContainersNotReady", message: "containers with unready status: [main]" };
  return ["Ready", "ContainersReady"].map((type) => ({ type, status: "False", ...words }));
}

function containerStatuses(life: PodLife, stage: PodStage): JsonObject {
  const { init, sidecarsUs, companionsUs, spec: { sidecars, companions } } = life;
  const inits = [
    ...sidecars.map((sidecar) => besideStatus(sidecar, sidecarsUs, "PodInitializing")),
    ...(init ? [initStatus(life, init, stage)] : []),
  ];
  return {
    ...(inits.length > 0 ? { initContainerStatuses: inits } : {}),
    containerStatuses: [
      mainStatus(life, stage),
      ...companions.map((each) => besideStatus(each, companionsUs, "ContainerCreating")),
    ],
  };
}

function mainStatus(life: PodLife, stage: PodStage): JsonObject {
  const { template, passing, starts, started, last } = life;
  const state = mainState(life, stage);
  const shown = "terminated" in state;
  return {
    name: "main",
    image: template.image,
    ready: passing,
    started: started && "running" in state,
    restartCount: Math.max(0, starts - 1),
    state,
    ...(last === undefined || shown ? {} : { lastState: { terminated: terminated(last) } }),
  };
}

function mainState(life: PodLife, stage: PodStage): JsonObject {
  const waiting = waitingOf(life, stage);
  if (waiting) return { waiting };
  if (stage === "Terminated") return { terminated: terminated(life.last!) };
  return { running: startedAt(life.startedUs) };
}

/** Why main waits, and the kubelet's words about it; undefined while it runs or has just ended. */
function waitingOf(life: PodLife, stage: PodStage): JsonObject | undefined {
  const { image } = life.template;
  switch (stage) {
    case "ErrImagePull":
      return { reason: stage, message: life.images.problem ?? "" };
    case "ImagePullBackOff":
      return {
        reason: stage,
        message: `Back-off pulling image "${life.images.current.reference}"`,
      };
    case "InvalidImageName":
      return { reason: stage, message: referenceProblem(image) };
    case "CrashLoopBackOff":
      return { reason: stage, message: backOffWords(life, "main", life.backOffUs) };
  }
  if (life.startedUs !== undefined || stage === "Terminated") return undefined;
  const prepares = life.init !== undefined || life.spec.sidecars.length > 0;
  return { reason: prepares ? "PodInitializing" : "ContainerCreating" };
}

function backOffWords(life: PodLife, container: string, us: number): string {
  return `back-off ${formatDuration(us)} restarting failed container=${container} ` +
    `pod=${podWords(life)}`;
}

function initStatus(life: PodLife, init: PodInit, stage: PodStage): JsonObject {
  const { state, starts, startedUs, finishedUs, last } = init;
  const waits = stage === "InitCrashLoopBackOff";
  return {
    name: STORAGE_INITIALIZER,
    image: STORAGE_INITIALIZER_IMAGE,
    ready: state === "done",
    started: state === "running",
    restartCount: Math.max(0, starts - 1),
    state: waits
      ? {
        waiting: {
          reason: "CrashLoopBackOff",
          message: backOffWords(life, STORAGE_INITIALIZER, init.backOffUs),
        },
      }
      : state === "running"
      ? { running: startedAt(startedUs) }
      : state === "failed"
      ? { terminated: terminated(last!) }
      : state === "done"
      ? {
        terminated: {
          ...{ exitCode: 0, reason: "Completed" },
          ...startedAt(startedUs),
          ...(finishedUs === undefined ? {} : { finishedAt: virtualTimestamp(finishedUs) }),
        },
      }
      : { waiting: { reason: "PodInitializing" } },
    ...(last && (waits || state === "running")
      ? { lastState: { terminated: terminated(last) } }
      : {}),
  };
}

/** Of a container that is not simulated: it runs from its start on, and is ready at once. */
function besideStatus(
  { name, image }: NamedImage,
  startUs: number | undefined,
  reason: "ContainerCreating" | "PodInitializing",
): JsonObject {
  const runs = startUs !== undefined;
  return {
    ...{ name, image, ready: runs, started: runs, restartCount: 0 },
    state: runs ? { running: startedAt(startUs) } : { waiting: { reason } },
  };
}

function startedAt(us: number | undefined): JsonObject {
  return us === undefined ? {} : { startedAt: virtualTimestamp(us) };
}

function terminated({ word, exitCode, message, startedUs, finishedUs }: Ended): JsonObject {
  return {
    exitCode,
    reason: word,
    ...(message === undefined ? {} : { message }),
    startedAt: virtualTimestamp(startedUs ?? finishedUs),
    finishedAt: virtualTimestamp(finishedUs),
  };
}
