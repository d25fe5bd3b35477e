// Why a pod does not serve: its problem in one word and the words of whoever knows. Gives no advice.

import { startPhaseOf } from "../fleet/pod_object.ts";
import type { FleetState } from "../fleet/state.ts";
import { STORAGE_INITIALIZER } from "../kube/model_storage.ts";
import type { KubeObject } from "../kube/object.ts";
import { probedAfterUs, readyAfterUs, START_PHASES, type StartPhase } from "../serving/startup.ts";
import { parseTimestamp } from "../sim/timestamp.ts";
import { formatInstant } from "../view/format.ts";
import { podServer, type PodStartup } from "./pod_server.ts";

/** In the order in which they are looked at first: what heals by itself comes last. */
export const POD_PROBLEMS = [
  "Unschedulable",
  "ImagePullBackOff",
  "OutOfMemory",
  "GpuFailed",
  "StartupProbeTooShort",
  "CrashLoopBackOff",
  "NodeNotReady",
  "ContainerWaiting",
  "DownloadingModel",
  "PullingImage",
  "Loading",
] as const;
export type PodProblemReason = typeof POD_PROBLEMS[number];

export interface PodProblem {
  readonly reason: PodProblemReason;
  /** `pod/x`, or `node/y` where that is what is wrong. */
  readonly object: string;
  readonly message: string;
}

interface PodStatus {
  readonly conditions?: readonly { type: string; status: string; message?: string }[];
  readonly containerStatuses?: readonly ContainerStatus[];
  readonly initContainerStatuses?: readonly ContainerStatus[];
}

export interface ContainerStatus {
  readonly name: string;
  readonly ready?: boolean;
  readonly restartCount?: number;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly running?: { readonly startedAt?: string };
    readonly terminated?: Terminated;
  };
  readonly lastState?: { readonly terminated?: Terminated };
}

interface Terminated {
  readonly reason?: string;
  readonly message?: string;
  readonly exitCode?: number;
  readonly finishedAt?: string;
}

/** The status of a pod's container, by default of the one that serves. */
export function containerStatus(pod: KubeObject, name = "main"): ContainerStatus | undefined {
  const { initContainerStatuses = [], containerStatuses = [] } = (pod.status ?? {}) as PodStatus;
  return [...initContainerStatuses, ...containerStatuses].find((status) => status.name === name);
}

/** Undefined for a pod that serves, and for one that is on its way out. */
export function podProblem(
  state: FleetState,
  nowUs: number,
  pod: KubeObject,
): PodProblem | undefined {
  const { name, deletionTimestamp } = pod.metadata;
  const container = containerStatus(pod);
  const node = pod.spec?.["nodeName"];
  // A kubelet that is silent goes on saying what it said last.
  const silent = typeof node === "string" && nodeIsDown(state, node);
  if (deletionTimestamp !== undefined || (container?.ready && !silent)) return undefined;
  const object = `pod/${name}`;
  if (typeof node !== "string") {
    const message = unscheduledMessage(pod) ?? "no node was chosen for it yet";
    return { reason: "Unschedulable", object, message };
  }
  if (silent) {
    const message = `node ${node} is not Ready, and ${object} is on it`;
    return { reason: "NodeNotReady", object: `node/${node}`, message };
  }
  const words = { pod, container, events: eventsOf(state, pod) };
  const found = crash(words) ?? download(pod, state, nowUs) ?? pull(words, state, nowUs) ??
    waiting(container) ?? loading(words, state, nowUs);
  return { object, ...found };
}

interface Words {
  readonly pod: KubeObject;
  readonly container: ContainerStatus | undefined;
  /** Kubernetes Events about the pod that state still keeps, oldest first. */
  readonly events: FleetState["events"];
}

type Found = Omit<PodProblem, "object">;

function eventsOf({ events }: FleetState, { metadata }: KubeObject): FleetState["events"] {
  const subject = `Pod/${metadata.namespace ?? "default"}/${metadata.name}`;
  return events.filter(({ object }) => object === subject);
}

function unscheduledMessage(pod: KubeObject): string | undefined {
  const { conditions = [] } = (pod.status ?? {}) as PodStatus;
  return conditions.find(({ type, status }) => type === "PodScheduled" && status === "False")
    ?.message;
}

function nodeIsDown({ objects }: FleetState, name: string): boolean {
  const { conditions } = (objects[`/Node//${name}`]?.status ?? {}) as PodStatus;
  return conditions?.some(({ type, status }) => type === "Ready" && status !== "True") ?? false;
}

const DIED = "Container main died: ";

/** What the words of a server that died tell about the cause. */
const CRASH_CAUSES: readonly (readonly [RegExp, PodProblemReason])[] = [
  [/out of memory|OOMKilled|No available memory|more KV cache is needed/i, "OutOfMemory"],
  [/^startup probe failed/, "StartupProbeTooShort"],
  [/no CUDA-capable device|Xid|uncorrectable ECC/i, "GpuFailed"],
];

/** A container that died and comes back does not serve until it was ready again. */
function crash({ container, events }: Words): Found | undefined {
  const { state, lastState, restartCount = 0 } = container ?? {};
  const ended = state?.terminated ?? lastState?.terminated;
  const told = events.findLast(({ message }) => message.startsWith(DIED))?.message;
  const died = ended !== undefined && !wentWithNode(ended);
  if (!died && state?.waiting?.reason !== "CrashLoopBackOff") return undefined;
  const words = ended?.message ?? told?.slice(DIED.length) ?? ended?.reason ??
    "its last words are not known";
  const cause = CRASH_CAUSES.find(([pattern]) => pattern.test(words))?.[1] ?? "CrashLoopBackOff";
  const times = restartCount === 1 ? "once" : `${restartCount} times`;
  return { reason: cause, message: `container main died ${times}, the last time of: ${words}` };
}

/** Its node was restarted: to the kubelet it is gone, and nobody knows how it ended. */
function wentWithNode({ reason, exitCode, message }: Terminated): boolean {
  return reason === "Unknown" && exitCode === 255 && message === undefined;
}

/** KServe's init container fetches the model before the server's container is made. */
function download(pod: KubeObject, state: FleetState, nowUs: number): Found | undefined {
  const { initContainerStatuses = [] } = (pod.status ?? {}) as PodStatus;
  const init = initContainerStatuses.find(({ name }) => name === STORAGE_INITIALIZER);
  if (init?.state?.running === undefined) return undefined;
  const startedUs = parseTimestamp(init.state.running.startedAt ?? "");
  const { startup } = podServer(state, pod);
  const left = startup && startedUs !== undefined
    ? startup.phases.downloading - (nowUs - startedUs)
    : 0;
  const rest = left > 0 ? `, at least ${formatInstant(left)} to go` : "";
  return { reason: "DownloadingModel", message: `${STORAGE_INITIALIZER} fetches the model${rest}` };
}

const PULL_FAILED = "Failed to pull image";
const WITHOUT_IMAGE = ["ErrImagePull", "ImagePullBackOff", "InvalidImageName"];
const CREATING = ["ContainerCreating", "PodInitializing"];

function pull({ pod, container, events }: Words, state: FleetState, nowUs: number) {
  const { reason = "", message } = container?.state?.waiting ?? {};
  if (WITHOUT_IMAGE.includes(reason)) {
    const told = events.findLast((event) => event.message.startsWith(PULL_FAILED))?.message;
    return { reason: "ImagePullBackOff", message: told ?? message ?? reason } as const;
  }
  const last = events.at(-1);
  if (!CREATING.includes(reason) || last?.reason !== "Pulling") return undefined;
  const startup = podServer(state, pod).startup;
  const left = startup && startup.phases.pulling - (nowUs - last.at);
  const rest = left === undefined || left <= 0 ? "" : `, about ${formatInstant(left)} to go`;
  return { reason: "PullingImage", message: `${lowered(last.message)}${rest}` } as const;
}

function waiting(container: ContainerStatus | undefined): Found | undefined {
  const { reason, message } = container?.state?.waiting ?? {};
  if (!container || reason === undefined) {
    return container
      ? undefined
      : { reason: "ContainerWaiting", message: "it has no container yet" };
  }
  return { reason: "ContainerWaiting", message: message ?? reason };
}

const WHAT = { scheduler: "endpoint picker", tokenizer: "tokenizer" } as const;

function loading({ pod, container }: Words, state: FleetState, nowUs: number): Found {
  const startedUs = parseTimestamp(container?.state?.running?.startedAt ?? "");
  const { startup, role } = podServer(state, pod);
  if (startedUs === undefined || !startup) {
    const what = role === "model" ? "its server" : `the ${WHAT[role]}`;
    return { reason: "Loading", message: `${what} does not answer yet` };
  }
  const told = startPhaseOf(pod);
  const { phase, left } = startupProgress(
    startup,
    nowUs - startedUs,
    told && { phase: told.phase, elapsedUs: nowUs - told.sinceUs },
  );
  const { budgetUs } = startup.plan;
  const needsUs = readyAfterUs(startup.phases, startup.plan);
  if (needsUs > budgetUs) {
    const message =
      `${phase}: it needs ${formatInstant(needsUs)}, and its startup probe kills it ` +
      `after ${formatInstant(budgetUs)}`;
    return { reason: "StartupProbeTooShort", message };
  }
  const doing = role !== "model" ? "waiting for its readiness probe" : phase;
  const rest = left > 0 ? `ready in about ${formatInstant(left)}` : "it should be ready by now";
  return { reason: "Loading", message: `${doing}, ${rest}` };
}

const DOING: Readonly<Record<StartPhase, string>> = {
  importing: "importing Python and CUDA",
  loading: "loading the weights",
  initialising: "initialising the engine",
};

/** A phase that the pod told, and for how long it has been in it. */
export interface ToldPhase {
  readonly phase: StartPhase;
  readonly elapsedUs: number;
}

/**
 * What a container does so long after its start, and the µs until it is ready if it shares nothing: by
 * what it told, else by the least that each phase takes.
 */
export function startupProgress(
  { plan, phases }: PodStartup,
  elapsedUs: number,
  told: ToldPhase | undefined = expectedPhase(phases, elapsedUs),
): { phase: string; left: number } {
  if (!told) {
    const left = Math.max(0, readyAfterUs(phases, plan) - elapsedUs);
    return { phase: "waiting for the startup probe", left };
  }
  const later = START_PHASES.slice(START_PHASES.indexOf(told.phase) + 1)
    .reduce((sum, phase) => sum + phases[phase], 0);
  const working = Math.max(0, phases[told.phase] - told.elapsedUs) + later;
  const readyUs = probedAfterUs(elapsedUs + working, plan);
  const doing = working === 0 ? "waiting for the startup probe" : DOING[told.phase];
  return { phase: doing, left: readyUs - elapsedUs };
}

/** By the least that each takes; undefined when all are over. */
function expectedPhase(phases: PodStartup["phases"], elapsedUs: number): ToldPhase | undefined {
  let rest = elapsedUs;
  for (const phase of START_PHASES) {
    if (rest < phases[phase]) return { phase, elapsedUs: rest };
    rest -= phases[phase];
  }
  return undefined;
}

function lowered(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
