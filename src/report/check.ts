// How a service is, as data: the verdict, what blocks it, what to do, and what its users get.

import type { FleetState } from "../fleet/state.ts";
import { conditionsOf } from "../kube/conditions.ts";
import type { KubeObject } from "../kube/object.ts";
import { keyOf, SERVICE_RESOURCE } from "../kube/resources.ts";
import { type ConditionNode, conditionTree } from "../view/condition_tree.ts";
import { type ServiceRow, serviceRows } from "../view/fleet_table.ts";
import { type Member, membersOf } from "../view/members.ts";
import type { SloLimits, Thresholds } from "../view/thresholds.ts";
import { adviceFor } from "./advice.ts";
import { type Blocker, blockersOf, isStopped, podsByService } from "./blockers.ts";
import { findingsOf, isFinding } from "./findings.ts";
import { containerStatus, podProblem } from "./pod_problem.ts";
import { scalingBlockers, type ScalingRow, scalingRows } from "./scaling.ts";

export interface AdvisedBlocker extends Blocker {
  /** What to do, in one sentence. */
  readonly advice: string;
}

export interface PodCheck {
  readonly name: string;
  readonly ready: boolean;
  /** `Ready`, `Terminating`, or its problem in one word. */
  readonly status: string;
  readonly restarts: number;
  readonly node: string | undefined;
}

export interface Check {
  readonly namespace: string;
  readonly name: string;
  readonly ready: "True" | "False" | "Unknown";
  readonly stopped: boolean;
  /** One sentence. */
  readonly verdict: string;
  readonly conditions: readonly ConditionNode[];
  /** The cause before what follows from it; a Ready service may have some too. */
  readonly blockers: readonly AdvisedBlocker[];
  /** Who decides on its replicas, and why there are so many; none where they are fixed. */
  readonly scaling: readonly ScalingRow[];
  readonly pods: readonly PodCheck[];
  /** What its users got in the last minute. */
  readonly serving: ServiceRow;
}

export interface CheckOptions {
  /** Objectives of services that have none of their own. */
  readonly slo?: SloLimits;
  /** By service, as the run begins with them. */
  readonly slos?: Readonly<Record<string, SloLimits>>;
  /** Without them no figure is judged. */
  readonly thresholds?: Thresholds;
  /** Appended to the commands of an advice, so that they look at the same world. */
  readonly worldFlags?: string;
}

/** Undefined when there is no such service. */
export function checkService(
  state: FleetState,
  nowUs: number,
  namespace: string,
  name: string,
  options: CheckOptions = {},
): Check | undefined {
  const { slo = {}, slos = {} } = options;
  const service = state.objects[keyOf(SERVICE_RESOURCE, namespace, name)];
  if (!service) return undefined;
  const [serving] = serviceRows(state, nowUs, {
    ...{ slo, slos },
    keep: (object) => object === service,
  });
  const pods = podsByService(state).get(`${namespace}/${name}`) ?? [];
  return checkOf({ state, nowUs, members: membersOf(state), options }, service, pods, serving!);
}

/** Every service, of one namespace or of all, in the order of their namespaces and names. */
export function checkFleet(
  state: FleetState,
  nowUs: number,
  namespace?: string,
  options: CheckOptions = {},
): Check[] {
  const { slo = {}, slos = {} } = options;
  const keep = ({ metadata }: KubeObject) =>
    namespace === undefined || metadata.namespace === namespace;
  const pods = podsByService(state);
  const members = membersOf(state);
  return serviceRows(state, nowUs, { slo, slos, keep }).map((row) => {
    const service = state.objects[keyOf(SERVICE_RESOURCE, row.namespace, row.name)]!;
    const own = pods.get(`${row.namespace}/${row.name}`) ?? [];
    return checkOf({ state, nowUs, members, options }, service, own, row);
  });
}

interface Scope {
  readonly state: FleetState;
  readonly nowUs: number;
  readonly members: ReadonlyMap<string, Member>;
  readonly options: CheckOptions;
}

function checkOf(
  scope: Scope,
  service: KubeObject,
  pods: readonly KubeObject[],
  serving: ServiceRow,
): Check {
  const { state, nowUs, members, options } = scope;
  const { name, namespace = "default" } = service.metadata;
  const conditions = conditionsOf(service);
  const ready = conditions.find(({ type }) => type === "Ready")?.status ?? "Unknown";
  const stopped = isStopped(service);
  const { thresholds, worldFlags = "" } = options;
  const member = members.get(`${namespace}/${name}`) ?? members.get(name);
  const blockers = [
    ...blockersOf(state, nowUs, service, pods),
    ...scalingBlockers(state, service),
    ...(stopped ? [] : findingsOf(state, nowUs, { serving, member, thresholds })),
  ].map((blocker) => {
    const { reason, object, message } = blocker;
    const subject = { namespace, service: name, object, message, worldFlags };
    return { ...blocker, advice: adviceFor(reason, subject) };
  });
  return {
    namespace,
    name,
    ready,
    stopped,
    verdict: verdictOf(`${namespace}/${name}`, ready, blockers[0]),
    conditions: conditionTree(conditions),
    blockers,
    scaling: scalingRows(state, service),
    pods: pods.map((pod) => podCheck(state, nowUs, pod)),
    serving,
  };
}

function verdictOf(name: string, ready: Check["ready"], blocker: Blocker | undefined): string {
  const said = ready === "True"
    ? `${name} is Ready`
    : ready === "False"
    ? `${name} is not Ready`
    : `whether ${name} is Ready is not known`;
  if (!blocker) return said;
  if (blocker.reason === "ScaledToZero") return `${name} is stopped: it is scaled to 0 replicas`;
  // That takes time, and nothing is wrong about it.
  if (ready === "True" && blocker.reason === "RolloutPaused") return `${said}; ${blocker.message}`;
  const others = blocker.others > 0 ? ` and ${blocker.others} more` : "";
  const own = `llmisvc/${name.slice(name.indexOf("/") + 1)}`;
  const why = isFinding(blocker) && blocker.object === own
    ? blocker.message
    : `${blocker.object}${others}: ${blocker.reason}`;
  return ready === "True" ? `${said}, but not all is well: ${why}` : `${said} because of ${why}`;
}

function podCheck(state: FleetState, nowUs: number, pod: KubeObject): PodCheck {
  const { name, deletionTimestamp } = pod.metadata;
  const container = containerStatus(pod);
  const problem = podProblem(state, nowUs, pod)?.reason;
  const node = pod.spec?.["nodeName"];
  const status = deletionTimestamp === undefined ? problem ?? "Ready" : "Terminating";
  return {
    name,
    // A container on a node that is gone was ready when its kubelet was last heard of.
    ready: status === "Ready" && (container?.ready ?? false),
    status,
    restarts: container?.restartCount ?? 0,
    node: typeof node === "string" ? node : undefined,
  };
}
