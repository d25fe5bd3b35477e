// Whether a pod may go to a node, and if not, why: kube-scheduler's filters in their order and words.
//
// After Kubernetes v1.34, pkg/scheduler/framework/plugins: NodeUnschedulable, TaintToleration,
// NodeAffinity, NodeResourcesFit. The first that refuses is the only one whose reasons are told. What
// depends on other pods is in `pod_affinity.ts` and `spread.ts`, devices that are claimed in `claims.ts`.

import type { Labels } from "../../kube/label_selector.ts";
import type { Amounts, PodNeeds } from "./pod_needs.ts";
import { meetsAffinity } from "./selectors.ts";
import { type Taint, tolerates, UNSCHEDULABLE, untolerated } from "./taints.ts";

/** A node as the scheduler sees it. */
export interface NodeView {
  readonly name: string;
  readonly labels: Labels;
  readonly taints: readonly Taint[];
  readonly cordoned: boolean;
  /** By resource, `pods` among them; what is not named is not there. */
  readonly allocatable: Amounts;
  /** What its pods ask for in sum. */
  readonly requested: Amounts;
  /** The same of `cpu` and `memory` with a little for those that ask for nothing, see `nonZero`. */
  readonly nonZero: { readonly cpu: number; readonly memory: number };
  readonly pods: number;
}

/** Why a node was refused; one that is not `resolvable` would be refused even if it were empty. */
export interface Refusal {
  readonly reasons: readonly string[];
  readonly resolvable: boolean;
}

export function refusalOf(needs: PodNeeds, node: NodeView): Refusal | undefined {
  const never = unfit(needs, node);
  return never === undefined ? lacking(needs, node) : { reasons: [never], resolvable: false };
}

/** Whether a node that is not unfit has what a pod asks for: `lacking` without its reasons. */
export function hasRoom(asked: readonly (readonly [string, number])[], node: NodeView): boolean {
  const { allocatable, requested } = node;
  if (node.pods + 1 > (allocatable["pods"] ?? 0)) return false;
  // Asked of every group of nodes for every pod: no closures and no iterators.
  for (let i = 0; i < asked.length; i++) {
    const [name, amount] = asked[i]!;
    if (amount > 0 && amount > (allocatable[name] ?? 0) - (requested[name] ?? 0)) return false;
  }
  return true;
}

/** What no pod that leaves would change, the same for all nodes of a kind. */
export function unfit(needs: PodNeeds, node: NodeView): string | undefined {
  if (node.cordoned && !needs.tolerations.some((one) => tolerates(one, UNSCHEDULABLE))) {
    return "node(s) were unschedulable";
  }
  const taint = untolerated(node.taints, needs.tolerations);
  if (taint) return `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ""}}`;
  if (!meetsAffinity(needs, node.labels, node.name)) {
    return "node(s) didn't match Pod's node affinity/selector";
  }
  return undefined;
}

/** fit.go, `fitsRequest`: everything that is too little, not only the first. */
function lacking({ requests }: PodNeeds, node: NodeView): Refusal | undefined {
  const { allocatable, requested } = node;
  let reasons: string[] | undefined;
  let resolvable = true;
  if (node.pods + 1 > (allocatable["pods"] ?? 0)) reasons = ["Too many pods"];
  for (const name in requests) {
    if (!Object.hasOwn(requests, name)) continue;
    const asked = requests[name]!;
    const has = allocatable[name] ?? 0;
    if (asked <= 0 || asked <= has - (requested[name] ?? 0)) continue;
    (reasons ??= []).push(`Insufficient ${name}`);
    if (asked > has) resolvable = false;
  }
  return reasons && { reasons, resolvable };
}
