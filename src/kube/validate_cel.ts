// The rules that KServe's own part of the CRD has between its fields (CEL), in its words: replicas and
// scaling of a workload, which is the spec itself and `spec.prefill`.
//
// After the CRD of kserve/kserve aaac4e294. Fields of a wrong type are the schema's to tell: here they
// are passed over, so that all is told at once. One rule cannot be broken and is left out: `minReplicas
// is required when idleReplicaCount is set`, since it is 1 when absent.

import { type Fields, has, mapOf } from "./fields.ts";
import { broken, cel } from "./validate_words.ts";

/** What is wrong with a spec, of a service or a config. */
export function celCauses(spec: Fields): string[] {
  const prefill = mapOf(spec, "prefill");
  return [...workloadCauses(spec, "spec"), ...workloadCauses(prefill, "spec.prefill")];
}

function workloadCauses(workload: Fields | undefined, path: string): string[] {
  return [
    ...broken([
      has(workload, "replicas") && has(workload, "scaling"),
      cel(
        path,
        "replicas and scaling are mutually exclusive; use scaling for autoscaled deployments or " +
          "replicas for static deployments",
      ),
    ]),
    ...scalingCauses(mapOf(workload, "scaling"), `${path}.scaling`),
  ];
}

function scalingCauses(scaling: Fields | undefined, path: string): string[] {
  if (scaling === undefined) return [];
  const { minReplicas = 1, maxReplicas } = scaling;
  const [wva, keda] = [mapOf(scaling, "wva"), mapOf(scaling, "keda")];
  const idle = [mapOf(wva, "keda"), keda].map((one) => one?.["idleReplicaCount"]);
  const triggers = keda?.["triggers"];
  return [
    ...broken(
      [
        !has(scaling, "wva") && !has(scaling, "keda"),
        cel(path, "either wva or keda must be specified when scaling is configured"),
      ],
      [
        has(scaling, "wva") && has(scaling, "keda"),
        cel(path, "wva and keda are mutually exclusive"),
      ],
      [
        Array.isArray(triggers) && triggers.length === 0,
        cel(path, "at least one trigger is required when using direct KEDA scaling"),
      ],
      [isAbove(minReplicas, maxReplicas), cel(path, "minReplicas cannot exceed maxReplicas")],
      [
        idle.some((count) => isAbove(count, minReplicas) || isSame(count, minReplicas)),
        cel(
          path,
          "idleReplicaCount must be less than minReplicas; idleReplicaCount defines the replica " +
            "floor when no triggers are active",
        ),
      ],
    ),
    ...wvaCauses(wva, `${path}.wva`),
    ...kedaCauses(keda, `${path}.keda`),
  ];
}

function wvaCauses(wva: Fields | undefined, path: string): string[] {
  if (wva === undefined) return [];
  const keda = mapOf(wva, "keda");
  return [
    ...broken(
      [
        hasModifiers(keda),
        cel(
          path,
          "scalingModifiers must not be set; WVA controls the scaling metric formula and logic",
        ),
      ],
      [
        has(wva, "hpa") && has(wva, "keda"),
        cel(path, "hpa and keda are mutually exclusive; choose one actuator backend"),
      ],
      [
        !has(wva, "hpa") && !has(wva, "keda"),
        cel(path, "either hpa or keda must be specified as the actuator backend"),
      ],
    ),
    ...kedaCauses(keda, `${path}.keda`),
  ];
}

function kedaCauses(keda: Fields | undefined, path: string): string[] {
  return broken([
    hasHpaName(keda),
    cel(
      path,
      "horizontalPodAutoscalerConfig.name must not be set; the controller manages the HPA name",
    ),
  ]);
}

/** Whether a KEDA actuator brings a formula or a target of its own. */
export function hasModifiers(keda: Fields | undefined): boolean {
  const modifiers = mapOf(mapOf(keda, "advanced"), "scalingModifiers") ?? {};
  return ["formula", "target", "activationTarget", "metricType"]
    .some((name) => isSet(modifiers[name]));
}

/** Whether a KEDA actuator names the HPA that is made of it. */
export function hasHpaName(keda: Fields | undefined): boolean {
  return isSet(mapOf(mapOf(keda, "advanced"), "horizontalPodAutoscalerConfig")?.["name"]);
}

function isSet(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

function isAbove(value: unknown, other: unknown): boolean {
  return typeof value === "number" && typeof other === "number" && value > other;
}

function isSame(value: unknown, other: unknown): boolean {
  return typeof value === "number" && value === other;
}
