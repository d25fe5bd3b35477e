// Whether a cluster has a node for the pods of a service, and whether its server would start there.

import { engineLimits, type ServingPlan } from "../fleet/engine_limits.ts";
import type { NodeKinds } from "../fleet/node_kinds.ts";
import { gpusOf } from "../fleet/scheduling/pod_needs.ts";
import type { WorkloadPlan } from "../fleet/workload.ts";
import type { At } from "./engine_flags.ts";
import type { Problem } from "./problem.ts";

const NOT_SELECTED = "node(s) didn't match Pod's node affinity/selector";

/** Which labels it asks for, where that is what nodes lack. */
function selectorText({ nodeSelector }: WorkloadPlan["needs"], reasons: readonly string[]): string {
  const labels = Object.entries(nodeSelector).map(([name, value]) => `${name}=${value}`);
  if (labels.length === 0 || !reasons.includes(NOT_SELECTED)) return "";
  return `, its nodeSelector asks for ${labels.join(", ")}`;
}

/** When the nodes are not known, nothing is said. */
export function fitProblems(
  serving: ServingPlan,
  { needs }: WorkloadPlan,
  nodes: NodeKinds | undefined,
  at: At,
): Problem[] {
  if (!nodes) return [];
  if (nodes.holding(needs).length === 0) {
    const reasons = [...new Set(nodes.refusals(needs).flatMap(({ reasons }) => reasons))].sort();
    const few = reasons.length === 1 && reasons[0] === "Insufficient nvidia.com/gpu";
    const why = few
      ? "no node of the cluster has so many"
      : `no node of the cluster would have it (${reasons.join(", ")})`;
    const gpus = gpusOf(needs);
    const count = `${gpus} GPU${gpus === 1 ? "" : "s"}`;
    const message = `Cannot place a pod of ${count}: ${why}${selectorText(needs, reasons)}`;
    return [{ path: at("spec.template.containers"), message }];
  }
  const limits = nodes.facts(needs).flatMap((gpu) => gpu ? [engineLimits(serving, gpu)] : []);
  const crash = limits.every((limit) => "cannotStart" in limit) ? limits[0] : undefined;
  return crash && "cannotStart" in crash
    ? [{ path: at("spec.model"), message: crash.cannotStart }]
    : [];
}
