// `sweep`: what a file says of many runs of one scenario. Only data: another file makes the runs of it.

import type { Scenario } from "./schema.ts";

export interface SweepOptions {
  /** What is varied. */
  readonly scenario: Scenario;
  /** By the path of a field, as `--set` takes it, the values it has one after the other. */
  readonly vary: Readonly<Record<string, readonly unknown[]>>;
  /** Each combination runs with the seeds 1 to so many; 10 when left out. */
  readonly seeds?: number;
}

/** Frozen data of a sweep. */
export interface Sweep extends SweepOptions {
  readonly kind: "sweep";
}

/**
 * Every combination of the values, for `mtop sweep FILE`:
 *
 * ```ts
 * export default sweep({
 *   scenario: canaryFailure,
 *   vary: { "load.chat.rps": [10, 20, 30], "services[0].spec.replicas": [2, 4] },
 *   seeds: 20,
 * });
 * ```
 *
 * It never throws: what is wrong is told by `mtop sweep`.
 */
export function sweep(options: SweepOptions): Sweep {
  return Object.freeze({ kind: "sweep", ...options });
}
