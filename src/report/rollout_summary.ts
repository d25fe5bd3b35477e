// What became of a run's rollouts, as data.

import type { RolloutState } from "../fleet/state.ts";

/** Times in seconds of virtual time; null: that did not happen. */
export interface RolloutSummary {
  readonly service: string;
  readonly strategy: RolloutState["strategy"];
  readonly phase: RolloutState["phase"];
  /** Counted from 0, of so many; -1 before the first. */
  readonly step: number;
  readonly steps: number;
  readonly about: string;
  readonly message: string;
  readonly startedSeconds: number;
  readonly completedSeconds: number | null;
  /** Aborted, or undone. */
  readonly abortedSeconds: number | null;
  /** Its pods made no progress within its deadline. */
  readonly stalledSeconds: number | null;
}

export function rolloutSummary(rollout: RolloutState): RolloutSummary {
  const { service, strategy, phase, step, steps, about, message } = rollout;
  const { startedAt, completedAt, abortedAt, stalledAt } = rollout;
  const seconds = (us: number | undefined) => us === undefined ? null : us / 1e6;
  return {
    ...{ service, strategy, phase, step, steps, about, message },
    startedSeconds: startedAt / 1e6,
    completedSeconds: seconds(completedAt),
    abortedSeconds: seconds(abortedAt),
    stalledSeconds: seconds(stalledAt),
  };
}
