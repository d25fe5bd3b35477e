// KServe's conditions of a service: how they are aggregated, ordered and timed. Knows no child object.
//
// After kserve's `llm_inference_service_lifecycle.go` and knative.dev/pkg's `condition_set.go` and
// `reconciler.go`.

import { sprintfOf } from "./go_format.ts";
import type { JsonObject } from "./object.ts";

export interface Condition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly severity?: "Info";
  readonly lastTransitionTime: string;
  readonly reason?: string;
  readonly message?: string;
}

interface WithStatus {
  readonly status?: JsonObject | undefined;
}

/** Those that an object's status has; Kubernetes' own kinds have such conditions too. */
export function conditionsOf({ status }: WithStatus): readonly Condition[] {
  return (status?.["conditions"] ?? []) as unknown as readonly Condition[];
}

/** apimachinery's `meta.IsStatusConditionTrue`. */
export function isConditionTrue(object: WithStatus, type: string): boolean {
  return conditionsOf(object).some((each) => each.type === type && each.status === "True");
}

/** What a condition says, before it is given a place and a time. */
export interface Verdict {
  readonly status: "True" | "False" | "Unknown";
  readonly reason?: string;
  readonly message?: string;
}

/** Sub-conditions in the order in which KServe looks at them; those that are left out do not exist. */
export const WORKLOAD_CONDITIONS = [
  "MainWorkloadReady",
  "WorkerWorkloadReady",
  "PrefillWorkloadReady",
  "PrefillWorkerWorkloadReady",
  "ScalingReady",
  "PrefillScalingReady",
] as const;
export const ROUTER_CONDITIONS = [
  "GatewaysReady",
  "HTTPRoutesReady",
  "InferencePoolReady",
  "SchedulerWorkloadReady",
  "TokenizerReady",
] as const;
/** They stand beside `Ready` and change nothing of it. */
const LONE_CONDITIONS = ["GroupReady", "GroupDegraded", "OciImageVolumeCompatible"] as const;

export type WorkloadCondition = typeof WORKLOAD_CONDITIONS[number];
export type RouterCondition = typeof ROUTER_CONDITIONS[number];
export type LoneCondition = typeof LONE_CONDITIONS[number];

/** What Ready is made from, in the order in which one reconcile marks them. */
const DEPENDENTS = ["PresetsCombined", "WorkloadsReady", "RouterReady"] as const;

/** Conditions that carry no severity; all others are `Info` (Knative's condition sets). */
const TOP_LEVEL = new Set<string>(["Ready", ...DEPENDENTS]);

export const TRUE: Verdict = { status: "True" };
const UNKNOWN: Verdict = { status: "Unknown" };
const NEW_GENERATION: Verdict = {
  status: "Unknown",
  reason: "NewObservedGenFailure",
  message: "unsuccessfully observed a new generation",
};

/** What a condition says, without its place and its time. */
export function verdictOf({ status, reason, message }: Condition): Verdict {
  return {
    status,
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
  };
}

/** A verdict whose message is a text from elsewhere, which KServe uses as a format. */
export function notReady(reason: string, message: string): Verdict {
  const garbled = sprintfOf(message);
  return {
    status: "False",
    ...(reason === "" ? {} : { reason }),
    ...(garbled === "" ? {} : { message: garbled }),
  };
}

/**
 * The parent's verdict: the first False child, in the order listed, is copied, its message as a format
 * once more; Unknown does not block.
 */
export function aggregate(children: readonly Verdict[]): Verdict {
  const bad = children.find((child) => child.status === "False");
  if (!bad) return TRUE;
  return bad.message === undefined ? bad : { ...bad, message: sprintfOf(bad.message) };
}

/**
 * Conditions sorted by type as the API shows them. `lastTransitionTime` moves on any change, and all
 * that change together share `now`.
 */
export function updateConditions(
  before: readonly Condition[],
  verdicts: Readonly<Record<string, Verdict>>,
  now: string,
): Condition[] {
  const known = new Map(before.map((condition) => [condition.type, condition]));
  return Object.keys(verdicts).sort().map((type) => {
    const verdict = verdicts[type]!;
    const old = known.get(type);
    const same = old !== undefined && old.status === verdict.status &&
      old.reason === verdict.reason && old.message === verdict.message;
    return {
      type,
      status: verdict.status,
      ...(TOP_LEVEL.has(type) ? {} : { severity: "Info" as const }),
      lastTransitionTime: same ? old.lastTransitionTime : now,
      ...(verdict.reason === undefined ? {} : { reason: verdict.reason }),
      ...(verdict.message === undefined ? {} : { message: verdict.message }),
    };
  });
}

/**
 * What one reconcile found out, in its order. A part that is left out was not come to, since an error
 * ended the reconcile before: what was said about it stays as it was, stale.
 */
export interface Reconciled {
  /** Whether the configs could be combined. */
  readonly presets: Verdict;
  readonly workloads?: { readonly [type in WorkloadCondition]?: Verdict };
  readonly router?: { readonly [type in RouterCondition]?: Verdict };
  readonly lone?: { readonly [type in LoneCondition]?: Verdict };
}

/** The conditions of a service after a reconcile. */
export function serviceConditions(
  before: readonly Condition[],
  { presets, workloads, router, lone }: Reconciled,
  now: string,
): Condition[] {
  const verdicts: Record<string, Verdict> = Object.fromEntries(
    before.map((condition) => [condition.type, verdictOf(condition)]),
  );
  for (const type of DEPENDENTS) verdicts[type] ??= UNKNOWN;
  verdicts["PresetsCombined"] = presets;
  if (workloads) mark(verdicts, WORKLOAD_CONDITIONS, workloads, "WorkloadsReady");
  if (router) mark(verdicts, ROUTER_CONDITIONS, router, "RouterReady");
  if (lone) mark(verdicts, LONE_CONDITIONS, lone);
  delete verdicts["Ready"];
  const dependents = updateConditions(before, verdicts, now);
  verdicts["Ready"] = happiness(dependents);
  return updateConditions(before, verdicts, now);
}

/**
 * What is said of a generation that nobody has looked at yet: Ready is Unknown, and so is what was
 * never known. Knative says it before it reconciles.
 */
export function unobserved(before: readonly Condition[], now: string): Condition[] {
  const verdicts: Record<string, Verdict> = {};
  for (const type of DEPENDENTS) verdicts[type] = UNKNOWN;
  for (const condition of before) verdicts[condition.type] = condition;
  verdicts["Ready"] = NEW_GENERATION;
  return updateConditions(before, verdicts, now);
}

/** Sub-conditions that do not apply any more are taken away. */
function mark<T extends string>(
  verdicts: Record<string, Verdict>,
  types: readonly T[],
  found: { readonly [type in T]?: Verdict },
  parent?: string,
): void {
  for (const type of types) {
    const verdict = found[type];
    if (verdict) verdicts[type] = verdict;
    else delete verdicts[type];
  }
  if (parent === undefined) return;
  verdicts[parent] = aggregate(types.flatMap((type) => found[type] ? [found[type]] : []));
}

/** The dependent that became False most recently, else the one that became Unknown; among equals the last. */
function happiness(conditions: readonly Condition[]): Verdict {
  const dependents = DEPENDENTS.map((type) =>
    conditions.find((condition) => condition.type === type)!
  ).reverse().sort((a, b) =>
    a.lastTransitionTime === b.lastTransitionTime
      ? 0
      : a.lastTransitionTime < b.lastTransitionTime
      ? 1
      : -1
  );
  const unhappy = dependents.find(({ status }) => status === "False") ??
    dependents.find(({ status }) => status === "Unknown");
  if (!unhappy) return TRUE;
  return verdictOf(unhappy);
}
