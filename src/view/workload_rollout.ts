// How far a Deployment or a LeaderWorkerSet is, out of its object, in the words of `kubectl rollout status`.

import { rolloutWords } from "../fleet/rollout_words.ts";
import type { FleetState } from "../fleet/state.ts";
import { conditionsOf } from "../kube/conditions.ts";
import { servedService } from "../kube/names.ts";
import type { KubeObject } from "../kube/object.ts";
import { mapOf } from "./describe_parts.ts";
import { namespaceOf } from "./fleet_table.ts";

export interface WorkloadRollout {
  readonly words: string;
  /** Later than its progress deadline. */
  readonly overdue: boolean;
}

/** Of each workload of a service that holds model servers. */
export function workloadRollouts(
  { objects }: FleetState,
  namespace: string,
  service: string,
): WorkloadRollout[] {
  return Object.values(objects)
    .filter(({ kind }) => kind === "Deployment" || kind === "LeaderWorkerSet")
    .filter((object) =>
      namespaceOf(object) === namespace && servedService(object.metadata.labels) === service
    )
    .map(rolloutOf);
}

function rolloutOf(object: KubeObject): WorkloadRollout {
  const status = mapOf(object.status);
  const count = (field: string) => Number(status[field] ?? 0);
  const overdue = conditionsOf(object).some(({ type, reason }) =>
    type === "Progressing" && reason === "ProgressDeadlineExceeded"
  );
  const words = rolloutWords(object.kind.toLowerCase(), object.metadata.name, {
    replicas: Number(mapOf(object.spec)["replicas"] ?? 1),
    updated: count("updatedReplicas"),
    total: count("replicas"),
    // A LeaderWorkerSet knows only which of its groups are ready.
    available: count(object.kind === "Deployment" ? "availableReplicas" : "readyReplicas"),
    overdue,
  });
  return { words, overdue };
}
