// Replicas of a service's revisions as their Deployments and LeaderWorkerSets tell them. Knows no pod.

import type { FleetState } from "../../fleet/state.ts";
import { type Fields, isRecord } from "../../kube/fields.ts";

export interface Replicas {
  ready: number;
  wanted: number;
}

const WORKLOADS = new Set(["Deployment", "LeaderWorkerSet"]);

/** By `namespace/name` of the LLMInferenceService: prefill counts too, and a group of pods is one. */
export function replicasNow({ objects }: FleetState): Map<string, Replicas> {
  const found = new Map<string, Replicas>();
  for (const { kind, metadata, spec, status } of Object.values(objects)) {
    if (!WORKLOADS.has(kind) || metadata.labels?.["kserve.io/component"] !== "workload") continue;
    const member = `${metadata.namespace ?? "default"}/${
      metadata.labels["app.kubernetes.io/name"] ?? ""
    }`;
    const sum = found.get(member) ?? { ready: 0, wanted: 0 };
    sum.ready += countIn(status, "readyReplicas");
    sum.wanted += countIn(spec, "replicas");
    found.set(member, sum);
  }
  return found;
}

/** Kubernetes leaves out a status's zero. */
function countIn(fields: unknown, name: string): number {
  const value = isRecord(fields) ? (fields as Fields)[name] : undefined;
  return typeof value === "number" ? value : 0;
}
