// One word for how a service is, out of its Ready condition and its pods; what `top` calls STATE.

import type { Condition } from "../kube/conditions.ts";
import type { KubeObject } from "../kube/object.ts";
import { hasStopAnnotation } from "../kube/stop.ts";
import type { Style } from "./theme.ts";

/** What each word looks like, worst first: the order in which STATE sorts. All glyphs are narrow. */
export const SERVICE_WORDS = {
  Failed: {
    glyph: "✖",
    style: "critical",
    about: "it does not come up by itself: look at its pods",
  },
  Pending: { glyph: "◷", style: "warn", about: "a pod of it fits on no node" },
  Degraded: { glyph: "⚠", style: "warn", about: "some replicas serve, but it is not Ready" },
  Progressing: { glyph: "◌", style: "warn", about: "its pods are starting" },
  Unknown: { glyph: "?", style: "dim", about: "nothing has told its status" },
  Stopped: { glyph: "‖", style: "dim", about: "it is to have no replicas" },
  Ready: { glyph: "✔", style: "ok", about: "its condition Ready is True" },
} as const satisfies Record<string, { glyph: string; style: Style; about: string }>;

export type ServiceWord = keyof typeof SERVICE_WORDS;

/** The kubelet's reasons for a container that does not come up. */
const STUCK = new Set([
  "CrashLoopBackOff",
  "CreateContainerConfigError",
  "CreateContainerError",
  "ErrImagePull",
  "ImagePullBackOff",
  "InvalidImageName",
  "RunContainerError",
]);

/** From this restart on a container that is not ready is taken to be crashing, also between crashes. */
const CRASHING_RESTARTS = 2;

interface PodStatus {
  readonly conditions?: readonly Condition[];
  readonly containerStatuses?: readonly {
    readonly ready?: boolean;
    readonly restartCount?: number;
    readonly state?: { readonly waiting?: { readonly reason?: string } };
    readonly lastState?: { readonly terminated?: unknown };
  }[];
}

interface ServiceStatus {
  readonly conditions?: readonly Condition[];
  readonly workloads?: Readonly<Record<string, WorkloadStatus>>;
}

interface WorkloadStatus {
  readonly apiGroup?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly readyReplicas?: number;
}

type Objects = Readonly<Record<string, KubeObject>>;

export function serviceWord(service: KubeObject, pods: readonly KubeObject[]): ServiceWord {
  const ready = readyCondition(service);
  if (isStopped(service)) return "Stopped";
  if (ready?.status === "True") return "Ready";
  const { conditions = [] } = (service.status ?? {}) as ServiceStatus;
  const presets = conditions.find(({ type }) => type === "PresetsCombined");
  if (presets?.status === "False") return "Failed";
  if ((readyReplicas(service, pods) ?? 0) > 0) return "Degraded";
  return pods.length > 0 ? wordOfPods(pods) : wordOfCondition(ready);
}

/** No pod serves. */
function wordOfPods(pods: readonly KubeObject[]): ServiceWord {
  if (pods.some(isStuck)) return "Failed";
  return pods.some(isUnschedulable) ? "Pending" : "Progressing";
}

/** There are no pods. KServe's reasons for what it will not create: `RefsInvalid`, `…WorkloadError`. */
function wordOfCondition(ready: Condition | undefined): ServiceWord {
  if (ready === undefined) return "Unknown";
  return /Error|Invalid|NotFound|Exceeded/.test(ready.reason ?? "") ? "Failed" : "Progressing";
}

/** Replicas that serve, prefill included; undefined when nothing tells. */
export function readyReplicas(
  service: KubeObject,
  pods: readonly KubeObject[],
): number | undefined {
  const { workloads } = (service.status ?? {}) as ServiceStatus;
  if (workloads === undefined) {
    return service.status === undefined && pods.length === 0
      ? undefined
      : pods.filter(isReady).length;
  }
  const { primary, prefill } = workloads;
  return (primary?.readyReplicas ?? 0) + (prefill?.readyReplicas ?? 0);
}

/**
 * Replicas it is to have, prefill included: those of its workloads, where they are among `objects`,
 * since a config may say it for the service; else its own, or one as KServe has it.
 */
export function desiredReplicas(service: KubeObject, objects: Objects = {}): number | undefined {
  if (hasStopAnnotation(service)) return 0;
  const { namespace = "default" } = service.metadata;
  const { primary, prefill } = ((service.status ?? {}) as ServiceStatus).workloads ?? {};
  const spec = (service.spec ?? {}) as ReplicasSpec & { prefill?: ReplicasSpec };
  const replicasOf = (workload: WorkloadStatus | undefined, own: ReplicasSpec) => {
    const { apiGroup = "", kind = "", name = "" } = workload ?? {};
    const made = objects[`${apiGroup}/${kind}/${namespace}/${name}`]?.spec as ReplicasSpec;
    // A folder of files may hold what no API server would have taken.
    return made?.replicas ?? (typeof own.replicas === "number" ? own.replicas : 1);
  };
  return replicasOf(primary, spec) + (spec.prefill ? replicasOf(prefill, spec.prefill) : 0);
}

interface ReplicasSpec {
  readonly replicas?: number;
}

function isStopped(service: KubeObject): boolean {
  return desiredReplicas(service) === 0 || readyCondition(service)?.reason === "Stopped";
}

function readyCondition({ status }: KubeObject): Condition | undefined {
  return ((status ?? {}) as ServiceStatus).conditions?.find(({ type }) => type === "Ready");
}

function isReady({ status }: KubeObject): boolean {
  const { conditions = [] } = (status ?? {}) as PodStatus;
  return conditions.some((condition) => condition.type === "Ready" && condition.status === "True");
}

function isUnschedulable({ status }: KubeObject): boolean {
  const { conditions = [] } = (status ?? {}) as PodStatus;
  return conditions.some(({ type, reason }) =>
    type === "PodScheduled" && reason === "Unschedulable"
  );
}

function isStuck({ status }: KubeObject): boolean {
  const { containerStatuses = [] } = (status ?? {}) as PodStatus;
  return containerStatuses.some(({ ready, restartCount = 0, state, lastState }) => {
    if (ready) return false;
    if (STUCK.has(state?.waiting?.reason ?? "")) return true;
    return restartCount >= CRASHING_RESTARTS && lastState?.terminated !== undefined;
  });
}
