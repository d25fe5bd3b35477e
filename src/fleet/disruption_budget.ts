// Whether the eviction API lets a pod go: the PodDisruptionBudgets that select it, and who of theirs is well.

import { isConditionTrue } from "../kube/conditions.ts";
import { type Labels, matchesSelector, type SelectorFields } from "../kube/label_selector.ts";
import type { Json, JsonObject, KubeObject } from "../kube/object.ts";
import { type IntOrPercent, scaledValue } from "./update_strategy.ts";

/** The objects of a kind, by `group/Kind`. */
type List = (groupKind: string) => readonly KubeObject[];

const CONTROLLERS = ["apps/Deployment", "leaderworkerset.x-k8s.io/LeaderWorkerSet"];

/**
 * As pkg/registry/core/pod/storage/eviction.go has it: a pod that is pending goes at once, another one
 * only while its budget has more pods that are well than it wants.
 */
export function mayEvict(pod: KubeObject, list: List): boolean {
  if (pod.status?.["phase"] === "Pending") return true;
  return budgetsOf(pod, list).every((budget) => allows(budget, pod, list));
}

function budgetsOf({ metadata }: KubeObject, list: List): KubeObject[] {
  return list("policy/PodDisruptionBudget").filter((object) =>
    object.metadata.namespace === metadata.namespace && selects(object, metadata.labels ?? {})
  );
}

function allows(budget: KubeObject, pod: KubeObject, list: List): boolean {
  const { namespace } = budget.metadata;
  const pods = list("/Pod").filter((object) =>
    object.metadata.namespace === namespace && object.status?.["phase"] !== "Failed" &&
    selects(budget, object.metadata.labels ?? {})
  );
  const healthy = pods.filter(isHealthy).length;
  const expected = CONTROLLERS.flatMap(list)
    .filter((object) => object.metadata.namespace === namespace)
    .reduce((sum, object) => sum + replicasOf(object, budget), 0);
  const desired = desiredHealthy(budget.spec ?? {}, expected);
  // One that is not well takes nothing from those that are (policy IfHealthyBudget, the default).
  return isHealthy(pod) ? healthy > desired : healthy >= desired && desired > 0;
}

interface Templates {
  readonly replicas?: number;
  readonly template?: PodLabels;
  readonly leaderWorkerTemplate?: {
    readonly size?: number;
    readonly leaderTemplate?: PodLabels;
    readonly workerTemplate?: PodLabels;
  };
}

interface PodLabels {
  readonly metadata?: { readonly labels?: Labels };
}

/** Pods that a controller is to have and the budget selects: what the budget's percentages are of. */
function replicasOf({ spec }: KubeObject, budget: KubeObject): number {
  const { replicas = 1, template, leaderWorkerTemplate } = (spec ?? {}) as unknown as Templates;
  const selected = (pods: PodLabels | undefined, count: number) =>
    pods && selects(budget, pods.metadata?.labels ?? {}) ? replicas * count : 0;
  const { size = 1, leaderTemplate, workerTemplate } = leaderWorkerTemplate ?? {};
  return selected(template, 1) + selected(leaderTemplate, 1) + selected(workerTemplate, size - 1);
}

function isHealthy(pod: KubeObject): boolean {
  return isConditionTrue(pod, "Ready") && pod.metadata.deletionTimestamp === undefined;
}

/** pkg/controller/disruption: percentages are of the pods that there should be, rounded up. */
function desiredHealthy({ minAvailable, maxUnavailable }: JsonObject, expected: number): number {
  // What is neither a number nor a share is none.
  const scaled = (value: Json) => scaledValue(value as IntOrPercent, expected, "up") || 0;
  if (maxUnavailable !== undefined) return Math.max(0, expected - scaled(maxUnavailable));
  return minAvailable === undefined ? 0 : scaled(minAvailable);
}

/** An empty selector selects every pod of the namespace (policy/v1). */
function selects({ spec }: KubeObject, labels: Labels): boolean {
  return matchesSelector((spec?.["selector"] ?? {}) as SelectorFields, labels);
}
