// Plans of autoscalers that scale by the metric of a rig: one replica a unit.
import type { Behavior } from "../../../../src/fleet/autoscale/hpa_behavior.ts";
import type { HpaPlan } from "../../../../src/fleet/autoscale/hpa_object.ts";
import type { TriggerReading } from "../../../../src/fleet/autoscale/keda.ts";
import type { ScaledObjectPlan } from "../../../../src/fleet/autoscale/scaled_object.ts";
import { type FallbackPlan, KEDA_DEFAULTS } from "../../../../src/fleet/autoscale/scaling_plan.ts";
import { type Rig, SECOND } from "./autoscaler_rig.ts";

export function hpa(
  rig: Rig,
  { min, max, type = "AverageValue", behavior }: {
    readonly min: number;
    readonly max: number;
    readonly type?: "Value" | "AverageValue";
    readonly behavior?: Behavior;
  },
): HpaPlan {
  return {
    metadata: { name: "chat-kserve-hpa", namespace: "default" },
    minReplicas: min,
    maxReplicas: max,
    ...(behavior ? { behavior } : {}),
    metrics: [{
      name: "wva_desired_replicas",
      matchLabels: { variant_name: "chat-kserve-hpa" },
      target: { type, milli: 1000 },
      read: () => rig.metric,
    }],
  };
}

export function scaledObject(
  { min, max, idle, fallback, activation = 0, cooldown = KEDA_DEFAULTS.cooldownSeconds }: {
    readonly min: number;
    readonly max: number;
    readonly idle?: number;
    readonly fallback?: FallbackPlan;
    readonly activation?: number;
    readonly cooldown?: number;
  },
): ScaledObjectPlan {
  return {
    metadata: { name: "chat-kserve-keda", namespace: "default" },
    minReplicas: min,
    maxReplicas: max,
    keda: {
      pollingUs: KEDA_DEFAULTS.pollingSeconds * SECOND,
      cooldownUs: cooldown * SECOND,
      initialCooldownUs: 0,
      ...(idle === undefined ? {} : { idleReplicas: idle }),
      ...(fallback ? { fallback } : {}),
      triggers: [{
        type: "prometheus",
        target: { type: "AverageValue", milli: 1000 },
        activation,
        query: "x",
        ignoreNull: false,
        written: { type: "prometheus" },
      }],
      written: {},
    },
  };
}

/** What KEDA reads of the rig's metric. */
export function scaled(rig: Rig): () => TriggerReading {
  return () => "error" in rig.metric ? rig.metric : { value: rig.metric.milli / 1000 };
}
