// The Workload Variant Autoscaler's saturation analysis, V1: from a minute's peaks to replicas a variant.
//
// After llm-d-workload-variant-autoscaler's internal/saturation/analyzer.go and
// internal/engines/pipeline/enforcer.go, as of when variants are HPAs and ScaledObjects with annotations.

export interface SaturationConfig {
  /** A replica at or above either is saturated. */
  readonly kvCacheThreshold: number;
  readonly queueLengthThreshold: number;
  /** Less to spare than either, on the mean, is too little. */
  readonly kvSpareTrigger: number;
  readonly queueSpareTrigger: number;
}

/** `capacity-scaling-config` as it is shipped (docs/saturation-scaling-config.md). */
const SATURATION_DEFAULTS: SaturationConfig = {
  kvCacheThreshold: 0.8,
  queueLengthThreshold: 5,
  kvSpareTrigger: 0.1,
  queueSpareTrigger: 3,
};

/** What was the most of a replica in the last minute. */
export interface ReplicaPeak {
  /** From 0 to 1. */
  readonly kvUsage: number;
  readonly waiting: number;
}

/** One way of serving a model: a workload with a cost, on a kind of GPU. */
export interface VariantState {
  readonly name: string;
  readonly cost: number;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Replicas that there are, ready or not. */
  readonly current: number;
  readonly pending: number;
  /** What was decided last; 0: nothing yet, or nothing wanted. */
  readonly desired: number;
  /** Of each replica that has metrics. */
  readonly peaks: readonly ReplicaPeak[];
}

export interface Analysis {
  readonly nonSaturated: number;
  /** Means over the replicas that are not saturated; 0 when all are. */
  readonly spareKv: number;
  readonly spareQueue: number;
  /** Why there must be more, in upstream's words. */
  readonly scaleUp?: string;
  readonly scaleDownSafe: boolean;
}

/** Fewer cannot share the load of one that goes. */
const MIN_NON_SATURATED = 2;

/** Of all replicas of all variants of a model. */
export function analyze(
  peaks: readonly ReplicaPeak[],
  config: SaturationConfig = SATURATION_DEFAULTS,
): Analysis {
  const { kvCacheThreshold, queueLengthThreshold, kvSpareTrigger, queueSpareTrigger } = config;
  const free = peaks.filter(({ kvUsage, waiting }) =>
    kvUsage < kvCacheThreshold && waiting < queueLengthThreshold
  );
  const count = free.length;
  const kv = free.reduce((sum, { kvUsage }) => sum + kvUsage, 0);
  const queue = free.reduce((sum, { waiting }) => sum + waiting, 0);
  const spareKv = count === 0 ? 0 : kvCacheThreshold - kv / count;
  const spareQueue = count === 0 ? 0 : queueLengthThreshold - queue / count;
  const scaleUp = peaks.length === 0 ? undefined : tooLittle(spareKv, spareQueue, config);
  const scaleDownSafe = count >= MIN_NON_SATURATED &&
    kvCacheThreshold - kv / (count - 1) >= kvSpareTrigger &&
    queueLengthThreshold - queue / (count - 1) >= queueSpareTrigger;
  return {
    ...{ nonSaturated: count, spareKv, spareQueue, scaleDownSafe },
    ...(scaleUp === undefined ? {} : { scaleUp }),
  };
}

function tooLittle(
  spareKv: number,
  spareQueue: number,
  { kvSpareTrigger, queueSpareTrigger }: SaturationConfig,
): string | undefined {
  const kv = `(${spareKv.toFixed(3)} < ${kvSpareTrigger.toFixed(3)})`;
  const queue = `(${spareQueue.toFixed(1)} < ${queueSpareTrigger.toFixed(1)})`;
  const [kvLow, queueLow] = [spareKv < kvSpareTrigger, spareQueue < queueSpareTrigger];
  if (kvLow && queueLow) return `both KV spare ${kv} and queue spare ${queue}`;
  if (kvLow) return `KV spare capacity low ${kv}`;
  return queueLow ? `queue spare capacity low ${queue}` : undefined;
}

/** What a loop decided for one variant, and why. */
export interface VariantDecision {
  readonly name: string;
  readonly target: number;
  readonly reason: string;
}

/**
 * Nothing is decided while any variant is on its way: what was wanted is not there yet, or what is there
 * has no metrics yet, as of pods that wait for a GPU. Else one more of the cheapest or one less of the most
 * expensive, by name where they cost the same.
 */
export function decide(
  variants: readonly VariantState[],
  config: SaturationConfig = SATURATION_DEFAULTS,
): VariantDecision[] {
  const seen = variants.filter(({ peaks }) => peaks.length > 0);
  // Without any metrics what was wanted stays wanted.
  if (seen.length === 0) {
    return variants.map(({ name, desired, current }) => ({
      name,
      target: desired === 0 ? current : desired,
      reason: "no metrics",
    }));
  }
  const moving = seen.flatMap(transitionOf);
  if (moving.length > 0) {
    const reason = `model in transition: ${moving.join(", ")}`;
    return variants.map((variant) => clamped(variant, held(variant), reason));
  }
  const { scaleUp, scaleDownSafe } = analyze(seen.flatMap(({ peaks }) => peaks), config);
  const cheapestFirst = [...seen].sort((a, b) => a.cost - b.cost || (a.name < b.name ? -1 : 1));
  const grown = scaleUp === undefined
    ? undefined
    : cheapestFirst.find(({ pending }) => pending === 0);
  const shrunk = scaleUp === undefined && scaleDownSafe
    ? cheapestFirst.findLast(({ current }) => current > 1)
    : undefined;
  return variants.map((variant) => {
    if (variant === grown) return clamped(variant, variant.current + 1, scaleUp!);
    if (variant === shrunk) return clamped(variant, variant.current - 1, "scale-down is safe");
    return clamped(variant, held(variant), "no change");
  });
}

function held({ desired, current }: VariantState): number {
  return desired === 0 ? current : desired;
}

function transitionOf({ name, desired, current, peaks, pending }: VariantState): string[] {
  return [
    ...(desired !== 0 && desired !== current
      ? [`${name}: desired(${desired})!=current(${current})`]
      : []),
    ...(peaks.length !== current ? [`${name}: metrics(${peaks.length})!=current(${current})`] : []),
    ...(peaks.length === current && pending > 0 ? [`${name}: pending(${pending})`] : []),
  ];
}

function clamped(
  { name, minReplicas, maxReplicas }: VariantState,
  target: number,
  reason: string,
): VariantDecision {
  return { name, target: Math.min(maxReplicas, Math.max(minReplicas, target)), reason };
}

/**
 * Of a model that may go to zero: all of it does when nobody asked for so long. Of one that may not: one
 * replica of the cheapest variant stays.
 */
export function enforce(
  decisions: readonly VariantDecision[],
  variants: readonly VariantState[],
  idle: boolean,
  scalesToZero: boolean,
): readonly VariantDecision[] {
  if (scalesToZero) {
    return idle
      ? decisions.map(({ name }) => ({
        name,
        target: 0,
        reason: "no requests in retention period",
      }))
      : decisions;
  }
  if (decisions.some(({ target }) => target > 0)) return decisions;
  const [cheapest] = [...variants].sort((a, b) => a.cost - b.cost || (a.name < b.name ? -1 : 1));
  return decisions.map((decision) =>
    decision.name === cheapest?.name
      ? { ...decision, target: 1, reason: "minimum replica preserved" }
      : decision
  );
}
