// What KServe's controller finds when it looks at the workloads of a member. Knows no pod.

import type { RouterCondition, Verdict, WorkloadCondition } from "../kube/conditions.ts";
import { nameOfChild } from "../kube/names.ts";
import type { JsonObject } from "../kube/object.ts";
import {
  deploymentVerdict,
  groupsVerdict,
  type ReportedCondition,
  singleVerdict,
} from "../kube/workload_verdicts.ts";
import type { Owner } from "./children/metadata.ts";
import type { Workload } from "./workload.ts";

export interface Parts {
  readonly workloads: { readonly [type in WorkloadCondition]?: Verdict };
  readonly router: { readonly [type in RouterCondition]?: Verdict };
}

type Seen = Pick<Workload, "plan" | "name" | "readyReplicas" | "status">;

export function workloadParts(seen: readonly Seen[]): Parts {
  const workloads: { [type in WorkloadCondition]?: Verdict } = {};
  const router: { [type in RouterCondition]?: Verdict } = {};
  for (const { plan, status } of seen) {
    const { role, groupSize } = plan;
    const conditions = (status["conditions"] ?? []) as unknown as readonly ReportedCondition[];
    const available = Number(status["availableReplicas"] ?? 0);
    if (role === "scheduler") router.SchedulerWorkloadReady = singleVerdict(available, conditions);
    else if (role === "tokenizer") router.TokenizerReady = singleVerdict(available, conditions);
    else {
      workloads[workloadCondition(role === "prefill", groupSize !== undefined)] =
        groupSize === undefined ? deploymentVerdict(conditions) : groupsVerdict(conditions);
    }
  }
  return { workloads, router };
}

/** Which of a service's conditions tells of a workload. */
function workloadCondition(prefill: boolean, grouped: boolean): WorkloadCondition {
  if (prefill) return grouped ? "PrefillWorkerWorkloadReady" : "PrefillWorkloadReady";
  return grouped ? "WorkerWorkloadReady" : "MainWorkloadReady";
}

/** The conditions of the workloads that a spec asks for. */
export function workloadConditions({ spec }: Owner): WorkloadCondition[] {
  const prefill = spec?.["prefill"] as { readonly worker?: unknown } | undefined;
  return [
    workloadCondition(false, spec?.["worker"] !== undefined),
    ...(prefill ? [workloadCondition(true, prefill.worker !== undefined)] : []),
  ];
}

/** `status.workloads`. */
export function observedWorkloads({ metadata }: Owner, seen: readonly Seen[]): JsonObject {
  const listed = seen.filter(({ plan }) => plan.role !== "tokenizer");
  const parts = listed.map(({ plan: { role, groupSize }, name, readyReplicas }) => {
    const field = role === "prefill" ? "prefill" : role === "scheduler" ? "scheduler" : "primary";
    const kind = groupSize === undefined
      ? { apiGroup: "apps", kind: "Deployment" }
      : { apiGroup: "leaderworkerset.x-k8s.io", kind: "LeaderWorkerSet" };
    return [field, { ...kind, name, readyReplicas }] as const;
  });
  const service = { kind: "Service", name: nameOfChild(metadata.name, "workloadService") };
  return { ...Object.fromEntries(parts), service };
}
