// How a service is, as data: the verdict, what blocks it, what to do, and what its users get.

import type { FleetState } from "../fleet/state.ts";
import type { KubeObject } from "../kube/object.ts";
import { keyOf, SERVICE_RESOURCE } from "../kube/resources.ts";
import { type ConditionNode, conditionTree } from "../view/condition_tree.ts";
import { type ServiceRow, serviceRows } from "../view/fleet_table.ts";
import type { SloLimits } from "../view/thresholds.ts";
import { adviceFor } from "./advice.ts";
import { type Blocker, blockersOf, conditionsOf, isStopped, podsByService } from "./blockers.ts";
import { containerStatus, podProblem } from "./pod_problem.ts";

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
  readonly pods: readonly PodCheck[];
  /** What its users got in the last minute. */
  readonly serving: ServiceRow;
}

/** Undefined when there is no such service. */
export function checkService(
  state: FleetState,
  nowUs: number,
  namespace: string,
  name: string,
  slo: SloLimits = {},
): Check | undefined {
  const service = state.objects[keyOf(SERVICE_RESOURCE, namespace, name)];
  if (!service) return undefined;
  const [serving] = serviceRows(state, nowUs, { slo, keep: (object) => object === service });
  const pods = podsByService(state).get(`${namespace}/${name}`) ?? [];
  return checkOf(state, nowUs, service, pods, serving!);
}

/** Every service, of one namespace or of all, in the order of their namespaces and names. */
export function checkFleet(
  state: FleetState,
  nowUs: number,
  namespace?: string,
  slo: SloLimits = {},
): Check[] {
  const keep = ({ metadata }: KubeObject) =>
    namespace === undefined || metadata.namespace === namespace;
  const pods = podsByService(state);
  return serviceRows(state, nowUs, { slo, keep }).map((row) => {
    const service = state.objects[keyOf(SERVICE_RESOURCE, row.namespace, row.name)]!;
    return checkOf(state, nowUs, service, pods.get(`${row.namespace}/${row.name}`) ?? [], row);
  });
}

function checkOf(
  state: FleetState,
  nowUs: number,
  service: KubeObject,
  pods: readonly KubeObject[],
  serving: ServiceRow,
): Check {
  const { name, namespace = "default" } = service.metadata;
  const conditions = conditionsOf(service);
  const ready = conditions.find(({ type }) => type === "Ready")?.status ?? "Unknown";
  const stopped = isStopped(service);
  const blockers = blockersOf(state, nowUs, service, pods).map((blocker) => {
    const { reason, object } = blocker;
    return { ...blocker, advice: adviceFor(reason, { namespace, service: name, object }) };
  });
  return {
    namespace,
    name,
    ready,
    stopped,
    verdict: verdictOf(`${namespace}/${name}`, ready, blockers[0]),
    conditions: conditionTree(conditions),
    blockers,
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
  const others = blocker.others > 0 ? ` and ${blocker.others} more` : "";
  const why = `${blocker.object}${others}: ${blocker.reason}`;
  return ready === "True" ? `${said}, but not all is well: ${why}` : `${said} because of ${why}`;
}

function podCheck(state: FleetState, nowUs: number, pod: KubeObject): PodCheck {
  const { name, deletionTimestamp } = pod.metadata;
  const container = containerStatus(pod);
  const problem = podProblem(state, nowUs, pod)?.reason;
  const node = pod.spec?.["nodeName"];
  return {
    name,
    ready: container?.ready ?? false,
    status: deletionTimestamp === undefined ? problem ?? "Ready" : "Terminating",
    restarts: container?.restartCount ?? 0,
    node: typeof node === "string" ? node : undefined,
  };
}
