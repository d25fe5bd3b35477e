// When the probes of a pod's server pass and fail, by its spec and how its server is. Changes nothing.

import { type Process, sleep } from "../sim/process.ts";
import type { PodLife } from "./pod_life.ts";
import { failsAt, passesAt, readyAt } from "./probes.ts";

function* until(life: PodLife, us: number): Process {
  yield* sleep(Math.max(0, us - life.nowUs));
}

export function* startupPasses(life: PodLife): Process {
  const { startup } = life.spec.probes;
  if (startup) yield* until(life, passesAt(startup, life.startedUs!, life.nowUs));
}

export function* readinessPasses(life: PodLife): Process {
  const { readiness } = life.spec.probes;
  yield* until(life, readyAt(readiness, life.startedUs!, life.nowUs));
}

export function* readinessPassesAgain(life: PodLife): Process {
  const { readiness } = life.spec.probes;
  if (readiness) yield* until(life, passesAt(readiness, life.startedUs!, life.nowUs));
}

export function* readinessFails(life: PodLife): Process {
  yield* until(life, failureUs(life, "readiness"));
}

export function* livenessFails(life: PodLife): Process {
  yield* until(life, failureUs(life, "liveness"));
}

function failureUs(life: PodLife, kind: "readiness" | "liveness"): number {
  const probe = life.spec.probes[kind];
  if (!probe) return Infinity;
  return failsAt(probe, life.startedUs!, life.sinceUs, life.hung ? "hangs" : "refused");
}

/** After its start; a container whose startup probe has not passed by then is killed. */
export function startupBudgetUs({ spec }: PodLife): number {
  const { startup } = spec.probes;
  return startup ? failsAt(startup, 0, 0, "refused") : Infinity;
}

/** Of a server that hangs: it is out of the endpoints before it is killed. */
export function isUnreadyBeforeKilled(life: PodLife): boolean {
  return failureUs(life, "readiness") < failureUs(life, "liveness");
}
