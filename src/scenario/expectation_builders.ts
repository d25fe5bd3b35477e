// The words of a scenario file for what must be true when the run ends.

import type { Duration, Tagged } from "./builders.ts";
import type { Fault } from "./fault_builders.ts";
import type { MetricCheck } from "./metric_builders.ts";

export type Expectation =
  | MetricCheck
  | Tagged<"rollout", { service: string; outcome: string; within?: Duration; after?: Fault }>
  | Tagged<"weight", { service: string; revision: string; weight: number }>;

interface OutcomeOptions {
  /** No later than this after `after`, or after the rollout began. */
  readonly within?: Duration;
  readonly after?: Fault;
}

const outcome = (name: string) => (service: string, options: OutcomeOptions = {}): Expectation => ({
  kind: "rollout",
  outcome: name,
  service,
  ...options,
});

/** What must be true when the run ends; a metric check is an expectation too. */
export const expect = {
  /** The service's rollout was aborted. */
  aborted: outcome("aborted"),
  /** The service's rollout went through all its steps. */
  completed: outcome("completed"),
  /** The route's weight of a revision at the end. */
  weight: (service: string, revision: string, weight: number): Expectation => ({
    kind: "weight",
    service,
    revision,
    weight,
  }),
} as const;
