// From a metric to the replicas that it asks for: the arithmetic of an HPA, and nothing that it remembers.
//
// After kube-controller-manager's pkg/controller/podautoscaler/replica_calculator.go. Values are in
// thousandths, as Kubernetes' quantities give them to it.

import { type Behavior, TOLERANCE } from "./hpa_behavior.ts";

export interface MetricTarget {
  /** `Value` is compared as it is, `AverageValue` after it was divided among the replicas. */
  readonly type: "Value" | "AverageValue";
  readonly milli: number;
}

/** What an HPA sees of the workload that it scales. */
export interface Scaled {
  /** As its spec says. */
  readonly replicas: number;
  /** Those that there are. */
  readonly statusReplicas: number;
  readonly readyPods: number;
}

export interface Proposal {
  readonly replicas: number;
  /** As the HPA's status shows it: the value, or its share of one replica. */
  readonly milli: number;
}

export function replicasFor(
  target: MetricTarget,
  valueMilli: number,
  scaled: Scaled,
  behavior?: Behavior,
): Proposal {
  return target.type === "Value"
    ? forValue(target.milli, valueMilli, scaled, behavior)
    : forAverage(target.milli, valueMilli, scaled, behavior);
}

/**
 * ceil(value ÷ target × ready pods): the metric is taken for something that each replica adds to, also
 * where it is a number of replicas. A target that is at 0 replicas gets what the ratio alone asks for.
 */
function forValue(
  targetMilli: number,
  milli: number,
  { replicas, readyPods }: Scaled,
  behavior: Behavior | undefined,
): Proposal {
  const ratio = milli / targetMilli;
  if (replicas === 0) return { replicas: Math.ceil(ratio), milli };
  if (isWithin(ratio, behavior)) return { replicas, milli };
  return { replicas: Math.ceil(ratio * readyPods), milli };
}

/** ceil(value ÷ target), unless what there is comes near enough. */
function forAverage(
  targetMilli: number,
  milli: number,
  { statusReplicas }: Scaled,
  behavior: Behavior | undefined,
): Proposal {
  const ratio = milli / (targetMilli * statusReplicas);
  const share = statusReplicas === 0 ? 0 : Math.ceil(milli / statusReplicas);
  const replicas = isWithin(ratio, behavior) ? statusReplicas : Math.ceil(milli / targetMilli);
  return { replicas, milli: share };
}

/** Whether a ratio of current to wanted is so near to 1 that nothing is done. */
export function isWithin(ratio: number, behavior?: Behavior): boolean {
  const { scaleUp, scaleDown } = behavior ?? {};
  return ratio >= 1 - (scaleDown?.tolerance ?? TOLERANCE) &&
    ratio <= 1 + (scaleUp?.tolerance ?? TOLERANCE);
}
