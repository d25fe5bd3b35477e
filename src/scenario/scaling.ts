// Reads out of an LLMInferenceService who decides on its replicas, or what of that cannot be simulated.

import { z } from "zod";
import {
  type Behavior,
  DEFAULT_BEHAVIOR,
  type ScalingRules,
} from "../fleet/autoscale/hpa_behavior.ts";
import {
  DEFAULT_VARIANT_COST,
  KEDA_DEFAULTS,
  type KedaPlan,
  RETENTION_US,
  type ScalingPlan,
  type TriggerPlan,
} from "../fleet/autoscale/scaling_plan.ts";
import type { LLMInferenceService } from "../kube/llm_inference_service.ts";
import type { JsonObject } from "../kube/object.ts";
import { parseDuration } from "../sim/duration.ts";
import type { At } from "./engine_flags.ts";
import { AS_WRITTEN, type Problem, problemsOf } from "./problem.ts";

/**
 * Lets the Workload Variant Autoscaler take the service's model to zero replicas, after so long without a
 * request: `10m`, or `true` for its default. Upstream a ConfigMap says so, and it is off when nothing does.
 */
export const TO_ZERO_ANNOTATION = "mtop.dev/wva-scale-to-zero";

const rules = z.looseObject({
  stabilizationWindowSeconds: z.int().min(0).max(3600).optional(),
  selectPolicy: z.enum(["Max", "Min", "Disabled"]).optional(),
  policies: z.array(z.looseObject({
    type: z.enum(["Pods", "Percent"]),
    value: z.int().min(1),
    periodSeconds: z.int().min(1).max(1800),
  })).min(1).optional(),
  tolerance: z.union([z.string(), z.number()]).optional(),
});
const behavior = z.looseObject({ scaleUp: rules.optional(), scaleDown: rules.optional() });

const number = z.string().refine((text) => text.trim() !== "" && Number.isFinite(Number(text)), {
  error: "must be a number in quotes",
});

const trigger = z.looseObject({
  type: z.string(),
  name: z.string().optional(),
  metricType: z.enum(["AverageValue", "Value", "Utilization"]).optional(),
  metadata: z.record(z.string(), z.string()),
}).check((context) => {
  const { type, metadata: { query = "", threshold = "", activationThreshold } } = context.value;
  if (type !== "prometheus") return;
  const wrong = (field: string, message: string) =>
    void context.issues.push({
      code: "custom",
      input: context.value,
      path: ["metadata", field],
      message,
    });
  if (query.trim() === "") wrong("query", "no query given");
  if (!(Number(threshold) > 0)) wrong("threshold", "must be a number above 0, in quotes");
  if (activationThreshold !== undefined && !Number.isFinite(Number(activationThreshold))) {
    wrong("activationThreshold", "must be a number in quotes");
  }
});

const keda = z.looseObject({
  pollingInterval: z.int().min(1).optional(),
  cooldownPeriod: z.int().min(0).optional(),
  initialCooldownPeriod: z.int().min(0).optional(),
  idleReplicaCount: z.int().min(0).optional(),
  fallback: z.looseObject({
    failureThreshold: z.int().min(0),
    replicas: z.int().min(0),
    behavior: z.enum([
      "static",
      "currentReplicas",
      "currentReplicasIfHigher",
      "currentReplicasIfLower",
    ]).optional(),
  }).optional(),
  advanced: z.looseObject({
    scalingModifiers: z.undefined({ error: "scaling modifiers are not modelled yet" }).optional(),
    horizontalPodAutoscalerConfig: z.looseObject({ behavior: behavior.optional() }).optional(),
  }).optional(),
});

const scalingSchema = z.looseObject({
  minReplicas: z.int().min(0).optional(),
  maxReplicas: z.int().min(1),
  wva: z.looseObject({
    variantCost: number.optional(),
    hpa: z.looseObject({ behavior: behavior.optional() }).optional(),
    keda: keda.optional(),
  }).optional(),
  keda: keda.extend({ triggers: z.array(trigger).min(1) }).optional(),
});

export type Scaling = z.output<typeof scalingSchema>;

/** Who decides on the main workload, on prefill, or all that keeps that from being simulated. */
export interface ScalingOf {
  readonly main?: ScalingPlan;
  readonly prefill?: ScalingPlan;
  readonly problems: readonly Problem[];
}

export function scalingOf(service: LLMInferenceService, at: At): ScalingOf {
  const { spec } = service;
  const problems: Problem[] = [];
  const read = (scaling: unknown, field: string): ScalingPlan | undefined => {
    if (scaling === undefined) return undefined;
    const parsed = scalingSchema.safeParse(scaling, AS_WRITTEN);
    if (parsed.success) {
      const plan = planOf(parsed.data, service);
      if (plan) return plan;
      problems.push({ path: at(field), message: unread(service, "neither wva nor keda is there") });
      return undefined;
    }
    problems.push(
      ...problemsOf(parsed.error.issues).map(({ path, message }) => ({
        path: at(path === "" ? field : `${field}.${path}`),
        message: unread(service, message),
      })),
    );
    return undefined;
  };
  const main = read(spec.scaling, "spec.scaling");
  const prefill = read(
    (spec.prefill as { scaling?: unknown } | undefined)?.scaling,
    "spec.prefill.scaling",
  );
  return { ...(main ? { main } : {}), ...(prefill ? { prefill } : {}), problems };
}

function unread({ metadata }: LLMInferenceService, reason: string): string {
  return `Cannot simulate "${metadata.name}": ${reason}`;
}

function planOf(scaling: Scaling, service: LLMInferenceService): ScalingPlan | undefined {
  // The schema's default.
  const { minReplicas = 1, maxReplicas, wva, keda } = scaling;
  const bounds = { minReplicas, maxReplicas };
  if (keda) {
    const triggers = keda.triggers.map(triggerOf);
    return { ...bounds, actuator: { kind: "keda", keda: kedaOf(keda, triggers) } };
  }
  if (!wva) return undefined;
  const { metadata, spec } = service;
  const retentionUs = retentionOf(metadata.annotations?.[TO_ZERO_ANNOTATION]);
  const variant = {
    modelId: spec.model.name ?? metadata.name,
    variantCost: wva.variantCost ?? DEFAULT_VARIANT_COST,
    ...(retentionUs === undefined ? {} : { retentionUs }),
  };
  if (wva.keda) {
    return { ...bounds, wva: variant, actuator: { kind: "keda", keda: kedaOf(wva.keda, []) } };
  }
  const own = wva.hpa?.behavior && behaviorOf(wva.hpa.behavior);
  const actuator = { kind: "hpa" as const, ...(own ? { behavior: own } : {}) };
  return { ...bounds, wva: variant, actuator };
}

/** Absent: it does not go to zero. What is no duration and not `true` is neither. */
function retentionOf(said: string | undefined): number | undefined {
  if (said === undefined || said === "false") return undefined;
  return said === "true" ? RETENTION_US : parseDuration(said);
}

function kedaOf(
  fields: z.output<typeof keda>,
  triggers: readonly TriggerPlan[],
): KedaPlan {
  const { pollingInterval, cooldownPeriod, initialCooldownPeriod, fallback, advanced } = fields;
  const { pollingSeconds, cooldownSeconds, initialCooldownSeconds } = KEDA_DEFAULTS;
  const own = advanced?.horizontalPodAutoscalerConfig?.behavior;
  const { triggers: _, ...written } = fields as JsonObject & { triggers?: unknown };
  return {
    pollingUs: (pollingInterval ?? pollingSeconds) * 1_000_000,
    cooldownUs: (cooldownPeriod ?? cooldownSeconds) * 1_000_000,
    initialCooldownUs: (initialCooldownPeriod ?? initialCooldownSeconds) * 1_000_000,
    ...(fields.idleReplicaCount === undefined ? {} : { idleReplicas: fields.idleReplicaCount }),
    ...(fallback
      ? {
        fallback: {
          failureThreshold: fallback.failureThreshold,
          replicas: fallback.replicas,
          behavior: fallback.behavior ?? "static",
        },
      }
      : {}),
    ...(own ? { behavior: behaviorOf(own) } : {}),
    triggers,
    written: written as JsonObject,
  };
}

/** A trigger of another type than prometheus fails when it is read: KEDA says so in its conditions. */
function triggerOf(written: z.output<typeof trigger>): TriggerPlan {
  const { type, name, metricType, metadata } = written;
  const { query = "", threshold, activationThreshold = "0", ignoreNullValues } = metadata;
  return {
    type,
    ...(name === undefined ? {} : { name }),
    target: {
      type: metricType === "Value" ? "Value" : "AverageValue",
      milli: Math.trunc(Number(threshold ?? "0") * 1000),
    },
    activation: Number(activationThreshold),
    query,
    ignoreNull: ignoreNullValues !== "false",
    written: written as unknown as JsonObject,
  };
}

/** What it leaves out, the API server fills in. */
function behaviorOf({ scaleUp, scaleDown }: z.output<typeof behavior>): Behavior {
  return {
    scaleUp: rulesOf(scaleUp, DEFAULT_BEHAVIOR.scaleUp),
    scaleDown: rulesOf(scaleDown, DEFAULT_BEHAVIOR.scaleDown),
  };
}

function rulesOf(own: z.output<typeof rules> | undefined, defaults: ScalingRules): ScalingRules {
  const tolerance = Number(own?.tolerance ?? defaults.tolerance);
  return {
    stabilizationWindowSeconds: own?.stabilizationWindowSeconds ??
      defaults.stabilizationWindowSeconds,
    selectPolicy: own?.selectPolicy ?? defaults.selectPolicy,
    policies: own?.policies ?? defaults.policies,
    tolerance: Number.isFinite(tolerance) ? tolerance : defaults.tolerance,
  };
}
