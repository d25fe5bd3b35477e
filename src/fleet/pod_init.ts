// KServe's init container of a pod, which downloads its model: what is known of it, and how it goes on.

import type { Ended, Ending } from "./pod_stages.ts";

export interface InitLife {
  readonly state: "waiting" | "running" | "done" | "failed";
  readonly startedUs?: number;
  readonly finishedUs?: number;
  readonly starts: number;
  /** How its last process ended, where it failed. */
  readonly last?: Ended;
}

/** Its next process is started. */
export function initBegun({ starts, last }: InitLife, nowUs: number): InitLife {
  return { state: "running", startedUs: nowUs, starts: starts + 1, ...(last ? { last } : {}) };
}

/** Its process is over, with a failure or without. */
export function initEnded(
  { starts, startedUs }: InitLife,
  nowUs: number,
  failure?: Ending,
): InitLife {
  const times = { finishedUs: nowUs, ...(startedUs === undefined ? {} : { startedUs }) };
  if (!failure) return { state: "done", starts, ...times };
  const last = { ...failure, startedUs, finishedUs: nowUs };
  return { state: "failed", starts, ...times, last };
}
