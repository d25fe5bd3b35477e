// KServe's conditions of a service: how they are aggregated, ordered and timed.

import type { Json } from "./object.ts";

export interface Condition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly severity?: "Info";
  readonly lastTransitionTime: string;
  readonly reason?: string;
  readonly message?: string;
}

/** What a condition says, before it is given a place and a time. */
export interface Verdict {
  readonly status: "True" | "False" | "Unknown";
  readonly reason?: string;
  readonly message?: string;
}

/** Conditions that carry no severity; all others are `Info` (Knative's condition sets). */
const TOP_LEVEL = new Set(["Ready", "PresetsCombined", "WorkloadsReady", "RouterReady"]);

/**
 * The parent's verdict: the first False child, in the order listed, is copied; Unknown does not block.
 */
export function aggregate(children: readonly Verdict[]): Verdict {
  return children.find((child) => child.status === "False") ?? { status: "True" };
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
  return Object.keys(verdicts).sort().map((type) => {
    const verdict = verdicts[type]!;
    const old = before.find((condition) => condition.type === type);
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

/** A Deployment's Available condition as KServe reads it: 25 % may be unavailable, rounded down. */
export function deploymentAvailable(ready: number, desired: number): Verdict {
  const maxUnavailable = Math.floor(desired / 4);
  if (ready >= desired - maxUnavailable) return { status: "True" };
  return {
    status: "False",
    reason: "MinimumReplicasUnavailable",
    message: "Deployment does not have minimum availability.",
  };
}

/** A LeaderWorkerSet's condition as KServe reads it: all groups, or it is progressing. */
export function groupsAvailable(ready: number, desired: number): Verdict {
  if (ready >= desired) return { status: "True" };
  return { status: "False", reason: "Progressing", message: "LWS is progressing" };
}

/** The EPP's Deployment: one replica that is available will do. */
export function schedulerAvailable(ready: number): Verdict {
  return ready > 0 ? { status: "True" } : deploymentAvailable(0, 1);
}

/** Sub-conditions in the order in which KServe looks at them; those that are left out do not exist. */
const WORKLOADS = [
  "MainWorkloadReady",
  "WorkerWorkloadReady",
  "PrefillWorkloadReady",
  "PrefillWorkerWorkloadReady",
  "ScalingReady",
  "PrefillScalingReady",
] as const;
const ROUTER = [
  "GatewaysReady",
  "HTTPRoutesReady",
  "InferencePoolReady",
  "SchedulerWorkloadReady",
] as const;

export type SubCondition = typeof WORKLOADS[number] | typeof ROUTER[number];

/** What is known below the three conditions that make a service Ready. */
export interface ServiceVerdicts {
  /** Whether its configs could be combined; the rest is Unknown when they could not. */
  readonly presets: Verdict;
  readonly parts: { readonly [type in SubCondition]?: Verdict };
}

/** The conditions of a service: `Ready` is PresetsCombined, WorkloadsReady and RouterReady. */
export function serviceConditions(
  before: readonly Condition[],
  { presets, parts }: ServiceVerdicts,
  now: string,
): Json {
  const known = presets.status === "True";
  const of = (types: readonly SubCondition[]): Verdict =>
    known
      ? aggregate(types.flatMap((type) => parts[type] ? [parts[type]] : []))
      : { status: "Unknown" };
  const workloads = of(WORKLOADS);
  const router = of(ROUTER);
  const verdicts = {
    ...(known ? parts : {}),
    PresetsCombined: presets,
    WorkloadsReady: workloads,
    RouterReady: router,
    Ready: aggregate([presets, workloads, router]),
  };
  return updateConditions(before, verdicts, now) as unknown as Json;
}
