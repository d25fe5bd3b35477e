// A ScaledObject as the API shows it, and the HPA that KEDA makes for it: functions of what they are to do.

import { controlledBy } from "../../kube/identity.ts";
import type { Json, JsonObject, KubeObject } from "../../kube/object.ts";
import type { ScaleTarget } from "./autoscaler.ts";
import type { ExternalMetric, HpaPlan } from "./hpa_object.ts";
import type { KedaPlan, TriggerPlan } from "./scaling_plan.ts";

export interface ScaledObjectPlan {
  readonly metadata: KubeObject["metadata"];
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly keda: KedaPlan;
}

export interface KedaCondition {
  readonly type: "Ready" | "Active" | "Fallback" | "Paused";
  readonly status: "True" | "False" | "Unknown";
  readonly reason?: string;
  readonly message?: string;
}

export interface ScaledObjectStatus {
  readonly conditions: readonly KedaCondition[];
  /** When a trigger was active last; not told while one is. */
  readonly lastActiveTime?: string;
  /** By metric: failures in a row. */
  readonly failures: Readonly<Record<string, number>>;
}

/** What KEDA calls a trigger's metric: its index and type. */
export function metricName({ type }: TriggerPlan, index: number): string {
  return `s${index}-${type}`;
}

function hpaName({ metadata }: ScaledObjectPlan): string {
  return `keda-hpa-${metadata.name}`;
}

export function scaledObject(
  plan: ScaledObjectPlan,
  target: ScaleTarget,
  status?: ScaledObjectStatus,
): KubeObject {
  const { metadata, minReplicas, maxReplicas, keda } = plan;
  const { apiVersion, kind, name } = target;
  return {
    apiVersion: "keda.sh/v1alpha1",
    kind: "ScaledObject",
    metadata,
    spec: {
      scaleTargetRef: { apiVersion, kind, name },
      minReplicaCount: minReplicas,
      maxReplicaCount: maxReplicas,
      ...keda.written,
      triggers: keda.triggers.map(({ written }) => written),
    },
    ...(status ? { status: statusObject(plan, target, status) } : {}),
  };
}

function statusObject(
  plan: ScaledObjectPlan,
  { apiVersion, kind }: ScaleTarget,
  { conditions, lastActiveTime, failures }: ScaledObjectStatus,
): JsonObject {
  const { triggers, fallback } = plan.keda;
  const [group, version] = apiVersion.split("/");
  return {
    scaleTargetKind: `${apiVersion}.${kind}`,
    scaleTargetGVKR: { group: group!, version: version!, kind, resource: `${kind.toLowerCase()}s` },
    hpaName: hpaName(plan),
    externalMetricNames: triggers.map(metricName),
    triggersTypes: [...new Set(triggers.map(({ type }) => type))].join(","),
    ...(lastActiveTime === undefined ? {} : { lastActiveTime }),
    ...(fallback === undefined ? {} : { health: healthOf(failures) }),
    conditions: conditions.map((condition): Json => ({ ...condition })),
  };
}

function healthOf(failures: Readonly<Record<string, number>>): JsonObject {
  return Object.fromEntries(
    Object.entries(failures).map(([metric, numberOfFailures]) => [metric, {
      numberOfFailures,
      status: numberOfFailures === 0 ? "Happy" : "Failing",
    }]),
  );
}

/** KEDA leaves what is between its minimum, or 1, and its maximum to an HPA. */
export function kedaHpa(
  plan: ScaledObjectPlan,
  metrics: readonly Pick<ExternalMetric, "name" | "target" | "read">[],
): HpaPlan {
  const { metadata, minReplicas, maxReplicas, keda: { behavior } } = plan;
  const { name, namespace, labels, creationTimestamp } = metadata;
  const owner = { apiVersion: "keda.sh/v1alpha1", kind: "ScaledObject", metadata };
  const hpa = hpaName(plan);
  return {
    metadata: {
      name: hpa,
      ...(namespace === undefined ? {} : { namespace }),
      labels: {
        ...labels,
        "app.kubernetes.io/managed-by": "keda-operator",
        "app.kubernetes.io/name": hpa,
        "app.kubernetes.io/part-of": name,
        "scaledobject.keda.sh/name": name,
      },
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
      ownerReferences: [controlledBy(owner)],
    },
    minReplicas: Math.max(1, minReplicas),
    maxReplicas,
    ...(behavior ? { behavior } : {}),
    metrics: metrics.map((metric) => ({
      ...metric,
      matchLabels: { "scaledobject.keda.sh/name": name },
    })),
  };
}
