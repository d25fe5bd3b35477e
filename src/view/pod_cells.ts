// A pod in a few words, as kubectl computes them: `2/2 Running`, `Init:0/1`, `3 (20s ago)`.
//
// After Kubernetes' pkg/printers/internalversion/printers.go, printPod.

import { isList, isMap } from "../kube/json_shape.ts";
import type { Json, KubeObject } from "../kube/object.ts";
import { humanDuration, timestampUs } from "./age.ts";

export interface PodCells {
  /** Ready containers of all: `1/2`. */
  readonly ready: string;
  readonly status: string;
  /** With the time of the last one, where it is known. */
  readonly restarts: string;
  readonly readinessGates: string;
}

interface Termination {
  readonly reason?: string;
  readonly exitCode?: number;
  readonly signal?: number;
  readonly finishedAt?: string;
}

interface ContainerStatus {
  readonly name?: string;
  readonly ready?: boolean;
  readonly started?: boolean;
  readonly restartCount?: number;
  readonly state?: {
    readonly waiting?: { readonly reason?: string };
    readonly running?: unknown;
    readonly terminated?: Termination;
  };
  readonly lastState?: { readonly terminated?: Termination };
}

interface Pod {
  readonly spec?: {
    readonly containers?: readonly unknown[];
    readonly initContainers?: readonly { name?: string; restartPolicy?: string }[];
    readonly readinessGates?: readonly { conditionType?: string }[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly conditions?: readonly { type?: string; status?: string; reason?: string }[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

/** What counting the containers comes to. */
interface Count {
  reason: string;
  ready: number;
  restarts: number;
  lastRestartUs: number;
}

export function podCells(object: KubeObject, nowUs: number): PodCells {
  const pod = plain(object) as Pod;
  const sidecars = sidecarsOf(pod);
  const all = listOf(pod.spec?.containers).length + sidecars.size;
  const count = countContainers(pod, sidecars);
  return {
    ready: `${count.ready}/${all}`,
    status: statusWord(object, pod, count.reason),
    restarts: restartsText(count, nowUs),
    readinessGates: readinessGates(pod),
  };
}

/** A pod from a file may hold anything; a field that is no map or list is as good as none. */
function plain(object: KubeObject): unknown {
  const { spec, status } = object;
  return { spec: isMap(spec) ? spec : {}, status: isMap(status) ? status : {} };
}

function listOf<T>(list: readonly T[] | undefined): readonly T[] {
  if (!isList(list as Json | undefined)) return [];
  return list!.filter((item) => isMap(item as Json));
}

/** Init containers that stay, by name. */
function sidecarsOf(pod: Pod): ReadonlySet<string | undefined> {
  const initContainers = listOf(pod.spec?.initContainers);
  return new Set(
    initContainers.filter((container) => container.restartPolicy === "Always")
      .map((container) => container.name),
  );
}

function countContainers(pod: Pod, sidecars: ReadonlySet<string | undefined>): Count {
  const gated = conditionOf(pod, "PodScheduled")?.reason === "SchedulingGated";
  const phase = pod.status?.reason || pod.status?.phase || "";
  const count = { reason: gated ? "SchedulingGated" : phase, ...zero() };
  const sidecarCount = zero();
  const initializing = countInitContainers(pod, sidecars, count, sidecarCount);
  if (initializing && conditionOf(pod, "Initialized")?.status !== "True") return count;
  // Once it is initialized, the restarts of what ran before no longer count.
  count.restarts = sidecarCount.restarts;
  count.lastRestartUs = sidecarCount.lastRestartUs;
  countMainContainers(pod, count);
  return count;
}

function zero() {
  return { ready: 0, restarts: 0, lastRestartUs: -Infinity };
}

/** Whether an init container is still to finish. */
function countInitContainers(
  pod: Pod,
  sidecars: ReadonlySet<string | undefined>,
  count: Count,
  sidecarCount: { restarts: number; lastRestartUs: number },
): boolean {
  for (const [index, status] of listOf(pod.status?.initContainerStatuses).entries()) {
    addRestarts(count, status);
    const sidecar = sidecars.has(status.name);
    if (sidecar) addRestarts(sidecarCount, status);
    const { terminated, waiting } = status.state ?? {};
    if (terminated?.exitCode === 0) continue;
    if (sidecar && status.started === true) {
      if (status.ready === true) count.ready += 1;
      continue;
    }
    const all = listOf(pod.spec?.initContainers).length;
    const waits = waiting?.reason === "PodInitializing" ? undefined : waiting?.reason;
    count.reason = terminated !== undefined
      ? `Init:${terminationWord(terminated)}`
      : waits
      ? `Init:${waits}`
      : `Init:${index}/${all}`;
    return true;
  }
  return false;
}

function countMainContainers(pod: Pod, count: Count): void {
  let running = false;
  // From the last to the first, so that the first one that has something to say has the last word.
  for (const status of [...listOf(pod.status?.containerStatuses)].reverse()) {
    addRestarts(count, status);
    const { waiting, terminated, running: runs } = status.state ?? {};
    if (waiting?.reason) count.reason = waiting.reason;
    else if (terminated !== undefined) count.reason = terminationWord(terminated);
    else if (status.ready === true && runs !== undefined) {
      running = true;
      count.ready += 1;
    }
  }
  if (count.reason === "Completed" && running) {
    count.reason = conditionOf(pod, "Ready")?.status === "True" ? "Running" : "NotReady";
  }
}

function terminationWord({ reason, signal, exitCode }: Termination): string {
  if (reason) return reason;
  return signal ? `Signal:${signal}` : `ExitCode:${exitCode ?? 0}`;
}

function addRestarts(
  count: { restarts: number; lastRestartUs: number },
  status: ContainerStatus,
): void {
  count.restarts += status.restartCount ?? 0;
  const finished = timestampUs(status.lastState?.terminated?.finishedAt) ?? -Infinity;
  count.lastRestartUs = Math.max(count.lastRestartUs, finished);
}

function statusWord(object: KubeObject, pod: Pod, reason: string): string {
  if (object.metadata.deletionTimestamp === undefined) return reason;
  if (pod.status?.reason === "NodeLost") return "Unknown";
  const ended = pod.status?.phase === "Failed" || pod.status?.phase === "Succeeded";
  return ended ? reason : "Terminating";
}

function restartsText({ restarts, lastRestartUs }: Count, nowUs: number): string {
  const known = restarts !== 0 && Number.isFinite(lastRestartUs);
  return known ? `${restarts} (${humanDuration(nowUs - lastRestartUs)} ago)` : String(restarts);
}

function readinessGates(pod: Pod): string {
  const gates = listOf(pod.spec?.readinessGates);
  const met = gates.filter((gate) => conditionOf(pod, gate.conditionType)?.status === "True");
  return gates.length === 0 ? "<none>" : `${met.length}/${gates.length}`;
}

function conditionOf(pod: Pod, type: string | undefined) {
  return listOf(pod.status?.conditions).find((condition) => condition.type === type);
}
