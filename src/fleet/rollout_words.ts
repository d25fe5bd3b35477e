// How far the update of a workload is, in the words of `kubectl rollout status`.

/** Replicas by what they are, and whether the workload is later than its progress deadline. */
export interface RolloutProgress {
  /** What the spec wants. */
  readonly replicas: number;
  /** Of the present template. */
  readonly updated: number;
  /** Of any template. */
  readonly total: number;
  readonly available: number;
  readonly overdue: boolean;
}

/** `kind` in lower case, as kubectl has it; after its `DeploymentStatusViewer.Status`. */
export function rolloutWords(kind: string, name: string, progress: RolloutProgress): string {
  const { replicas, updated, total, available, overdue } = progress;
  const waiting = `Waiting for ${kind} "${name}" rollout to finish:`;
  if (overdue) return `${kind} "${name}" exceeded its progress deadline`;
  if (updated < replicas) {
    return `${waiting} ${updated} out of ${replicas} new replicas have been updated...`;
  }
  if (total > updated) {
    return `${waiting} ${total - updated} old replicas are pending termination...`;
  }
  if (available < updated) {
    return `${waiting} ${available} of ${updated} updated replicas are available...`;
  }
  return `${kind} "${name}" successfully rolled out`;
}
