// The HPA or ScaledObject that KServe makes for a workload: names, labels, annotations and its metric.
//
// After kserve's llmisvc/scaling.go as of when the actuator carries the annotations by which the Workload
// Variant Autoscaler finds it.

import { controlledBy } from "../../kube/identity.ts";
import { nameOfChild, serviceLabels } from "../../kube/names.ts";
import type { JsonObject, KubeObject } from "../../kube/object.ts";
import { virtualTimestamp } from "../../sim/timestamp.ts";
import type { Workload } from "../workload.ts";
import type { ScaleTarget } from "./autoscaler.ts";
import type { HpaPlan } from "./hpa_object.ts";
import type { Prometheus } from "./prometheus.ts";
import type { ScaledObjectPlan } from "./scaled_object.ts";
import type { KedaPlan, ScalingPlan, TriggerPlan } from "./scaling_plan.ts";
import { DESIRED_REPLICAS } from "./scraped_metrics.ts";

const ACCELERATOR = "inference.optimization/acceleratorName";

/** `autoscaling-wva-controller-config.prometheus.url` of the mock cluster (RFC 2606). */
const PROMETHEUS_URL = "http://prometheus.example:9090";

/** What both kinds have. */
function metadataOf(
  name: string,
  { owner }: ScaleTarget,
  { plan: { role } }: Workload,
  { wva }: ScalingPlan,
  nowUs: number,
): KubeObject["metadata"] {
  const { metadata, spec } = owner;
  const workload = (role === "prefill" ? spec?.["prefill"] : spec) as
    | { labels?: Record<string, string> }
    | undefined;
  return {
    name,
    namespace: metadata.namespace ?? "default",
    labels: {
      ...serviceLabels(metadata.name, "workload"),
      ...(wva ? { [ACCELERATOR]: workload?.labels?.[ACCELERATOR] || "unknown" } : {}),
    },
    ...(wva
      ? {
        annotations: {
          "llm-d.ai/managed": "true",
          "llm-d.ai/model-id": wva.modelId,
          "llm-d.ai/variant-cost": wva.variantCost,
        },
      }
      : {}),
    creationTimestamp: nowUs === 0
      ? metadata.creationTimestamp ?? virtualTimestamp(nowUs)
      : virtualTimestamp(nowUs),
    ownerReferences: [controlledBy(owner)],
  };
}

/** The name of a workload's HPA or ScaledObject, and of the variant that it is. */
export function actuatorName(target: ScaleTarget, { plan }: Workload): string {
  const prefill = plan.role === "prefill";
  const child = plan.scaling?.actuator.kind === "hpa"
    ? prefill ? "prefillHpa" : "hpa"
    : prefill
    ? "prefillScaledObject"
    : "scaledObject";
  return nameOfChild(target.owner.metadata.name, child);
}

/**
 * KServe's HPA takes `wva_desired_replicas` as a Value with target 1, and says that so "HPA computes
 * ceil(wva_desired_replicas / 1)". Kubernetes multiplies the ratio of a Value by the pods that are ready:
 * as soon as 2 replicas are wanted it goes on to the maximum. That is what happens here too.
 */
export function hpaPlan(
  target: ScaleTarget,
  workload: Workload,
  scaling: ScalingPlan,
  prometheus: Prometheus,
  nowUs: number,
): HpaPlan {
  const name = actuatorName(target, workload);
  const metadata = metadataOf(name, target, workload, scaling, nowUs);
  const { minReplicas, maxReplicas, actuator } = scaling;
  const behavior = actuator.kind === "hpa" ? actuator.behavior : undefined;
  return {
    metadata,
    minReplicas,
    maxReplicas,
    ...(behavior ? { behavior } : {}),
    metrics: [{
      name: DESIRED_REPLICAS,
      matchLabels: { variant_name: name },
      target: { type: "Value", milli: 1000 },
      read: () => {
        if (prometheus.isDown) return { error: unavailable(DESIRED_REPLICAS) };
        const value = prometheus.published(DESIRED_REPLICAS, metadata.namespace!, name);
        return value === undefined
          ? { error: "no metrics returned from external metrics API" }
          : { milli: Math.round(value * 1000) };
      },
    }],
  };
}

/** client-go's words for a 503 of the metrics API, as an HPA repeats them. */
function unavailable(metric: string): string {
  return "unable to fetch metrics from external metrics API: the server is currently unable to handle " +
    `the request (get ${metric}.external.metrics.k8s.io)`;
}

export function scaledObjectPlan(
  target: ScaleTarget,
  workload: Workload,
  scaling: ScalingPlan,
  keda: KedaPlan,
  nowUs: number,
): ScaledObjectPlan {
  const name = actuatorName(target, workload);
  const metadata = metadataOf(name, target, workload, scaling, nowUs);
  const { minReplicas, maxReplicas, wva } = scaling;
  const triggers = wva ? [variantTrigger(name, metadata.namespace!)] : keda.triggers;
  return { metadata, minReplicas, maxReplicas, keda: { ...keda, triggers } };
}

/** The trigger that KServe writes where the Workload Variant Autoscaler decides. */
function variantTrigger(variant: string, namespace: string): TriggerPlan {
  const query = `${DESIRED_REPLICAS}{variant_name="${variant}",exported_namespace="${namespace}"}`;
  const metadata: JsonObject = {
    serverAddress: PROMETHEUS_URL,
    query,
    threshold: "1",
    unsafeSsl: "false",
  };
  return {
    type: "prometheus",
    name: "wva-desired-replicas",
    // KEDA's default, which makes it ceil(wva_desired_replicas ÷ 1).
    target: { type: "AverageValue", milli: 1000 },
    activation: 0,
    query,
    ignoreNull: true,
    written: { type: "prometheus", name: "wva-desired-replicas", metadata },
  };
}
