// What KServe makes of the conditions of a Deployment or a LeaderWorkerSet. Knows neither's pods.

import { notReady, TRUE, type Verdict } from "./conditions.ts";

/** A condition as a workload's own controller reports it. */
export interface ReportedCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

/**
 * A Deployment's Available alone, whatever Progressing says: a rollout that is stuck beside old pods
 * that still serve is True (`propagateDeploymentStatus`).
 */
export function deploymentVerdict(conditions: readonly ReportedCondition[]): Verdict {
  const available = find(conditions, "Available");
  if (!available) return notReady("Progressing", "");
  return available.status === "True" ? TRUE : copied(available);
}

/** A LeaderWorkerSet's Available; before there is one, it is progressing. */
export function groupsVerdict(conditions: readonly ReportedCondition[]): Verdict {
  const available = find(conditions, "Available");
  if (!available) return notReady("Progressing", "LWS is progressing");
  return available.status === "True" ? TRUE : copied(available);
}

/** The endpoint picker or the tokenizer: one replica that is available will do. */
export function singleVerdict(
  availableReplicas: number,
  conditions: readonly ReportedCondition[],
): Verdict {
  if (availableReplicas > 0) return TRUE;
  const progressing = find(conditions, "Progressing");
  if (progressing?.reason === "ProgressDeadlineExceeded") return copied(progressing);
  const available = find(conditions, "Available");
  return available ? copied(available) : notReady("Progressing", "Deployment rollout in progress");
}

function copied({ reason = "", message = "" }: ReportedCondition): Verdict {
  return notReady(reason, message);
}

function find(conditions: readonly ReportedCondition[], type: string) {
  return conditions.find((condition) => condition.type === type);
}
