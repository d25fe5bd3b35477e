// How fast an HPA may change replicas: stabilisation windows and rate policies. Knows no metrics.
//
// After kube-controller-manager's pkg/controller/podautoscaler/horizontal.go; the defaults are those of
// pkg/apis/autoscaling/v2/defaults.go, which the API server fills in where there is a behaviour at all.

export interface ScalingPolicy {
  readonly type: "Pods" | "Percent";
  readonly value: number;
  readonly periodSeconds: number;
}

export interface ScalingRules {
  readonly stabilizationWindowSeconds: number;
  readonly selectPolicy: "Max" | "Min" | "Disabled";
  readonly policies: readonly ScalingPolicy[];
  /** A share of the target within which nothing is done. */
  readonly tolerance: number;
}

export interface Behavior {
  readonly scaleUp: ScalingRules;
  readonly scaleDown: ScalingRules;
}

/** `--horizontal-pod-autoscaler-tolerance` and `-downscale-stabilization` when left out. */
export const TOLERANCE = 0.1;
const DOWNSCALE_STABILIZATION_SECONDS = 300;

export const DEFAULT_BEHAVIOR: Behavior = {
  scaleUp: {
    stabilizationWindowSeconds: 0,
    selectPolicy: "Max",
    policies: [
      { type: "Pods", value: 4, periodSeconds: 15 },
      { type: "Percent", value: 100, periodSeconds: 15 },
    ],
    tolerance: TOLERANCE,
  },
  scaleDown: {
    stabilizationWindowSeconds: DOWNSCALE_STABILIZATION_SECONDS,
    selectPolicy: "Max",
    policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
    tolerance: TOLERANCE,
  },
};

/** An HPA of no behaviour at all: at most twice as many at a time, but four always. */
const UNRULED_FACTOR = 2;
const UNRULED_MINIMUM = 4;

/** What an HPA remembers between two looks; times in µs. */
export class ScalingHistory {
  /** What was recommended, before it was stabilised: of equal ones in a row the last. */
  readonly recommendations: { replicas: number; atUs: number }[] = [];
  readonly scaledUp: { change: number; atUs: number }[] = [];
  readonly scaledDown: { change: number; atUs: number }[] = [];

  recommend(replicas: number, atUs: number): void {
    const last = this.recommendations.at(-1);
    if (last?.replicas === replicas) last.atUs = atUs;
    else this.recommendations.push({ replicas, atUs });
  }

  scaled(from: number, to: number, atUs: number): void {
    if (to > from) this.scaledUp.push({ change: to - from, atUs });
    else this.scaledDown.push({ change: from - to, atUs });
  }

  /** Nothing older than this is asked for any more. */
  forget(beforeUs: number): void {
    for (const list of [this.recommendations, this.scaledUp, this.scaledDown]) {
      while (list.length > 0 && list[0]!.atUs < beforeUs) list.shift();
    }
  }
}

export interface Bounds {
  readonly current: number;
  readonly desired: number;
  readonly min: number;
  readonly max: number;
}

/** What a condition says; `limited` is whether it holds the replicas back. */
export interface Restraint {
  readonly replicas: number;
  readonly limited: boolean;
  readonly reason: string;
  readonly message: string;
}

const SECOND_US = 1_000_000;

const DOWN_STABILIZED = {
  reason: "ScaleDownStabilized",
  message: "recent recommendations were higher than current one, applying the highest recent " +
    "recommendation",
};
const UP_STABILIZED = {
  reason: "ScaleUpStabilized",
  message:
    "recent recommendations were lower than current one, applying the lowest recent recommendation",
};
const READY_TO_SCALE = {
  reason: "ReadyForNewScale",
  message: "recommended size matches current size",
};

/**
 * The safest of the recommendations in the window: the highest before going down, the lowest before going
 * up. Without a behaviour there is a window for going down alone. The new one is remembered.
 */
export function stabilize(
  behavior: Behavior | undefined,
  history: ScalingHistory,
  { current, desired }: Pick<Bounds, "current" | "desired">,
  nowUs: number,
): Restraint {
  const { scaleUp, scaleDown } = behavior ?? DEFAULT_BEHAVIOR;
  const upUs = nowUs - scaleUp.stabilizationWindowSeconds * SECOND_US;
  const downUs = nowUs - scaleDown.stabilizationWindowSeconds * SECOND_US;
  let [lowest, highest] = [desired, desired];
  for (const { replicas, atUs } of history.recommendations) {
    if (behavior && atUs > upUs) lowest = Math.min(lowest, replicas);
    // At its very edge a window counts in the one case and not in the other.
    if (behavior ? atUs > downUs : atUs >= downUs) highest = Math.max(highest, replicas);
  }
  history.recommend(desired, nowUs);
  const replicas = behavior ? Math.min(Math.max(current, lowest), highest) : highest;
  if (replicas === desired) return { replicas, limited: false, ...READY_TO_SCALE };
  const up = behavior && desired >= current;
  return { replicas, limited: true, ...(up ? UP_STABILIZED : DOWN_STABILIZED) };
}

/** Keeps a change within the policies, the minimum and the maximum. */
export function limit(
  behavior: Behavior | undefined,
  history: ScalingHistory,
  bounds: Bounds,
  nowUs: number,
): Restraint {
  const { current, desired, min, max } = bounds;
  if (desired > current) {
    const most = behavior
      ? Math.max(current, mostOf(behavior.scaleUp, history, current, nowUs))
      : Math.max(UNRULED_FACTOR * current, UNRULED_MINIMUM);
    const [replicas, why] = max > most ? [most, TOO_FAST_UP] : [max, TOO_MANY];
    if (desired > replicas) return { replicas, limited: true, ...why };
  }
  if (desired < current || desired < min) {
    const fewest = behavior && desired < current
      ? Math.min(current, fewestOf(behavior.scaleDown, history, current, nowUs))
      : min;
    const [replicas, why] = min < fewest ? [fewest, TOO_FAST_DOWN] : [min, TOO_FEW];
    if (desired < replicas) return { replicas, limited: true, ...why };
  }
  return { replicas: desired, limited: false, ...WITHIN_RANGE };
}

const TOO_FAST_UP = {
  reason: "ScaleUpLimit",
  message: "the desired replica count is increasing faster than the maximum scale rate",
};
const TOO_MANY = {
  reason: "TooManyReplicas",
  message: "the desired replica count is more than the maximum replica count",
};
const TOO_FAST_DOWN = {
  reason: "ScaleDownLimit",
  message: "the desired replica count is decreasing faster than the maximum scale rate",
};
const TOO_FEW = {
  reason: "TooFewReplicas",
  message: "the desired replica count is less than the minimum replica count",
};
const WITHIN_RANGE = {
  reason: "DesiredWithinRange",
  message: "the desired count is within the acceptable range",
};

function mostOf(
  { selectPolicy, policies }: ScalingRules,
  history: ScalingHistory,
  current: number,
  nowUs: number,
): number {
  if (selectPolicy === "Disabled") return current;
  const proposals = policies.map((policy) => {
    const start = periodStart(policy, history, current, nowUs);
    return policy.type === "Pods"
      ? start + policy.value
      // Rounded up, or 1 replica would never become more.
      : Math.ceil(start * (1 + policy.value / 100));
  });
  return selectPolicy === "Min" ? Math.min(...proposals) : Math.max(...proposals);
}

function fewestOf(
  { selectPolicy, policies }: ScalingRules,
  history: ScalingHistory,
  current: number,
  nowUs: number,
): number {
  if (selectPolicy === "Disabled") return current;
  const proposals = policies.map((policy) => {
    const start = periodStart(policy, history, current, nowUs);
    return policy.type === "Pods"
      ? start - policy.value
      : Math.trunc(start * (1 - policy.value / 100));
  });
  // The smallest change keeps the most.
  return selectPolicy === "Min" ? Math.max(...proposals) : Math.min(...proposals);
}

/** Replicas at the beginning of the policy's period. */
function periodStart(
  { periodSeconds }: ScalingPolicy,
  { scaledUp, scaledDown }: ScalingHistory,
  current: number,
  nowUs: number,
): number {
  const sinceUs = nowUs - periodSeconds * SECOND_US;
  const sum = (changes: readonly { change: number; atUs: number }[]) =>
    changes.reduce((all, { change, atUs }) => all + (atUs > sinceUs ? change : 0), 0);
  return current - sum(scaledUp) + sum(scaledDown);
}

/** So far back a behaviour looks, in µs. */
export function memoryUs(behavior: Behavior = DEFAULT_BEHAVIOR): number {
  const seconds = [behavior.scaleUp, behavior.scaleDown].flatMap((rules) => [
    rules.stabilizationWindowSeconds,
    ...rules.policies.map(({ periodSeconds }) => periodSeconds),
  ]);
  return Math.max(...seconds) * SECOND_US;
}
