// The words of a scenario file for faults that happen more than once.

import type { Duration, Tagged } from "./builders.ts";

export type Schedule =
  | Tagged<"every", { interval: Duration; from?: Duration; times?: number; jitter?: Duration }>
  | Tagged<"randomly", { mean: Duration; from?: Duration; until?: Duration }>;

/**
 * When a fault happens again and again: first at `from` (an interval after the run begins when left out),
 * `times` times, each late by up to `jitter`. One that falls due while the one before is still in force is
 * passed over (Chaos Mesh's concurrencyPolicy `Forbid`); `after(fault)` and what is expected after it mean
 * the first one.
 */
export const every = (
  interval: Duration,
  options: { from?: Duration; times?: number; jitter?: Duration } = {},
): Schedule => ({ kind: "every", interval, ...options });

/**
 * When a fault happens at random: exponential gaps of a mean, from the fault's own stream, so that another
 * fault changes nothing of it. What overlaps is passed over, see {@linkcode every}.
 */
export const randomly = (
  options: { mean: Duration; from?: Duration; until?: Duration },
): Schedule => ({ kind: "randomly", ...options });
