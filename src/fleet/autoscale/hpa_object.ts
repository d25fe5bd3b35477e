// A HorizontalPodAutoscaler as the API shows it: a function of what it is to do and what it last saw.

import type { JsonObject, KubeObject } from "../../kube/object.ts";
import { formatMilli } from "../../kube/quantity.ts";
import type { MetricReading, ScaleTarget } from "./autoscaler.ts";
import type { Behavior } from "./hpa_behavior.ts";
import type { MetricTarget } from "./hpa_replicas.ts";

/** A metric of external.metrics.k8s.io: the one kind that a service's autoscaling uses. */
export interface ExternalMetric {
  readonly name: string;
  readonly matchLabels: Readonly<Record<string, string>>;
  readonly target: MetricTarget;
  read(): MetricReading;
}

export interface HpaPlan {
  readonly metadata: KubeObject["metadata"];
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Absent: what the controller does where nothing is said. */
  readonly behavior?: Behavior;
  readonly metrics: readonly ExternalMetric[];
}

export interface HpaCondition {
  readonly type: "AbleToScale" | "ScalingActive" | "ScalingLimited";
  readonly status: "True" | "False";
  readonly lastTransitionTime: string;
  readonly reason: string;
  readonly message: string;
}

export interface HpaStatus {
  readonly currentReplicas: number;
  readonly desiredReplicas: number;
  readonly lastScaleTime?: string;
  /** Of each metric of the plan, undefined where it could not be read. */
  readonly metrics: readonly (number | undefined)[];
  readonly conditions: readonly HpaCondition[];
}

export function hpaObject(plan: HpaPlan, target: ScaleTarget, status?: HpaStatus): KubeObject {
  const { metadata, minReplicas, maxReplicas, behavior, metrics } = plan;
  const { apiVersion, kind, name } = target;
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata,
    spec: {
      scaleTargetRef: { apiVersion, kind, name },
      minReplicas,
      maxReplicas,
      metrics: metrics.map(({ target, ...metric }) => ({
        type: "External",
        external: { metric: identifier(metric), target: targetObject(target) },
      })),
      ...(behavior ? { behavior: behaviorObject(behavior) } : {}),
    },
    ...(status ? { status: statusObject(plan, status) } : {}),
  };
}

function identifier({ name, matchLabels }: Pick<ExternalMetric, "name" | "matchLabels">) {
  return { name, selector: { matchLabels: { ...matchLabels } } };
}

function targetObject({ type, milli }: MetricTarget): JsonObject {
  return { type, [valueField({ type })]: formatMilli(milli) };
}

function valueField({ type }: Pick<MetricTarget, "type">) {
  return type === "Value" ? "value" : "averageValue";
}

function behaviorObject({ scaleUp, scaleDown }: Behavior): JsonObject {
  const rules = (of: Behavior["scaleUp"]): JsonObject => {
    const { stabilizationWindowSeconds, selectPolicy } = of;
    const policies = of.policies.map(({ type, value, periodSeconds }) => ({
      ...{ type, value, periodSeconds },
    }));
    return { stabilizationWindowSeconds, selectPolicy, policies };
  };
  return { scaleUp: rules(scaleUp), scaleDown: rules(scaleDown) };
}

function statusObject({ metrics }: HpaPlan, status: HpaStatus): JsonObject {
  const { currentReplicas, desiredReplicas, lastScaleTime, conditions } = status;
  return {
    ...(lastScaleTime === undefined ? {} : { lastScaleTime }),
    currentReplicas,
    desiredReplicas,
    currentMetrics: metrics.flatMap(({ target, ...metric }, index) => {
      const milli = status.metrics[index];
      if (milli === undefined) return [];
      const current = { [valueField(target)]: formatMilli(milli) };
      return [{ type: "External", external: { metric: identifier(metric), current } }];
    }),
    conditions: conditions.map((condition) => ({ ...condition })),
  };
}
