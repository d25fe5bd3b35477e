// The words of a scenario file that all others use: durations, shares, when something begins.

import type { Duration } from "../sim/duration.ts";
import type { Fault } from "./fault_builders.ts";
import type { MetricCheck } from "./metric_builders.ts";

/** Virtual time or span: `"30s"`, `"1h30m"`. A wrong unit is a compile error. */
export type { Duration };
/** A share: `"5%"`. */
export type Percent = `${number}%`;

/** Which of several words it is. */
export type Tagged<K extends string, T> = Readonly<{ kind: K } & T>;

export type When =
  | Duration
  | Tagged<"atStep", { step: number; rollout?: string; after?: Duration }>
  | Tagged<"after", { fault: Fault; delay?: Duration }>
  | Tagged<"whenever", { check: MetricCheck }>;

/**
 * When a rollout enters a step, counted from 0, or so long `after`; `rollout` is the service whose rollout
 * is meant, any when left out.
 */
export const atStep = (
  step: number,
  options: { after?: Duration; rollout?: string } = {},
): When => ({
  kind: "atStep",
  step,
  ...options,
});

/** So long after a fault begins. */
export const after = (fault: Fault, delay?: Duration): When => ({
  kind: "after",
  fault,
  ...(delay === undefined ? {} : { delay }),
});

/** When a check holds for the first time, looked at every second. */
export const whenever = (check: MetricCheck): When => ({ kind: "whenever", check });
