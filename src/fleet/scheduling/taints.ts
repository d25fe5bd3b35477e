// Taints of nodes and what tolerates them; it knows no node and no pod beside them.

import type { TaintEffect, Toleration } from "./pod_needs.ts";

export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: TaintEffect;
}

/** What the node's controllers see of it, as far as it becomes taints. */
export interface NodeHealth {
  /** Of its condition Ready: `Unknown` where the kubelet does not answer. */
  readonly ready: "True" | "False" | "Unknown";
  readonly cordoned: boolean;
  readonly memoryPressure: boolean;
  readonly diskPressure: boolean;
}

const NODE = "node.kubernetes.io";
export const UNSCHEDULABLE: Taint = { key: `${NODE}/unschedulable`, effect: "NoSchedule" };
export const NOT_READY: Taint = { key: `${NODE}/not-ready`, effect: "NoExecute" };
export const UNREACHABLE: Taint = { key: `${NODE}/unreachable`, effect: "NoExecute" };

/**
 * The taints that Kubernetes' node lifecycle controller sets (pkg/controller/nodelifecycle): a node that
 * is not ready or not reachable gets both effects, pressure and a cordon only `NoSchedule`.
 */
export function taintsOf({ ready, cordoned, memoryPressure, diskPressure }: NodeHealth): Taint[] {
  return [
    ...(ready === "True" ? [] : bothEffects(ready === "False" ? NOT_READY : UNREACHABLE)),
    ...(cordoned ? [UNSCHEDULABLE] : []),
    ...(memoryPressure ? [{ key: `${NODE}/memory-pressure`, effect: "NoSchedule" } as const] : []),
    ...(diskPressure ? [{ key: `${NODE}/disk-pressure`, effect: "NoSchedule" } as const] : []),
  ];
}

function bothEffects(evicting: Taint): Taint[] {
  return [{ ...evicting, effect: "NoSchedule" }, evicting];
}

/** As `Toleration.ToleratesTaint` of k8s.io/api/core/v1: what it leaves out matches everything. */
export function tolerates({ key, operator, value, effect }: Toleration, taint: Taint): boolean {
  if (effect && effect !== taint.effect) return false;
  if (key && key !== taint.key) return false;
  if (operator === "Exists") return true;
  return Boolean(key) && (value ?? "") === (taint.value ?? "");
}

/** The first taint that keeps a pod with these tolerations off the node. */
export function untolerated(
  taints: readonly Taint[],
  tolerations: readonly Toleration[],
): Taint | undefined {
  for (const taint of taints) {
    if (taint.effect === "PreferNoSchedule") continue;
    if (!tolerations.some((toleration) => tolerates(toleration, taint))) return taint;
  }
  return undefined;
}

/** Taints of the effect `PreferNoSchedule` that a pod does not tolerate: fewer are better. */
export function disliked(taints: readonly Taint[], tolerations: readonly Toleration[]): number {
  let count = 0;
  for (const taint of taints) {
    if (taint.effect !== "PreferNoSchedule") continue;
    if (!tolerations.some((toleration) => tolerates(toleration, taint))) count++;
  }
  return count;
}

/** Of admission plugin DefaultTolerationSeconds: `--default-not-ready-toleration-seconds` and its like. */
const DEFAULT_TOLERATION_SECONDS = 300;

/** What that plugin adds to a pod which says nothing of its own about these two taints. */
export function withDefaultTolerations(tolerations: readonly Toleration[]): readonly Toleration[] {
  const missing = [NOT_READY, UNREACHABLE].filter((taint) =>
    !tolerations.some((toleration) => tolerates(toleration, taint))
  );
  return [
    ...tolerations,
    ...missing.map(({ key, effect }) => ({
      key,
      operator: "Exists" as const,
      effect,
      tolerationSeconds: DEFAULT_TOLERATION_SECONDS,
    })),
  ];
}

/**
 * After how many seconds a pod on a node with these taints is evicted, as the taint eviction controller
 * counts (pkg/controller/tainteviction): at once where it does not tolerate one of them, else the least
 * of its `tolerationSeconds`; undefined: it may stay for ever.
 */
export function evictionSeconds(
  taints: readonly Taint[],
  tolerations: readonly Toleration[],
): number | undefined {
  let seconds = Infinity;
  for (const taint of taints) {
    if (taint.effect !== "NoExecute") continue;
    const fitting = tolerations.filter((toleration) => tolerates(toleration, taint));
    if (fitting.length === 0) return 0;
    for (const { tolerationSeconds } of fitting) {
      if (tolerationSeconds !== undefined) {
        seconds = Math.min(seconds, Math.max(0, tolerationSeconds));
      }
    }
  }
  return seconds === Infinity ? undefined : seconds;
}
