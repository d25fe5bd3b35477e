// What the webhook says of `scaling`, of a workload and of two that have to scale alike.

import { type Fields, has, listOf, mapOf } from "./fields.ts";
import { hasHpaName, hasModifiers } from "./validate_cel.ts";
import { broken, forbidden, invalid, required } from "./validate_words.ts";

/** The CRD's default. */
const MIN_REPLICAS = 1;

export function scalingCauses(workload: Fields, workloadPath: string): string[] {
  const scaling = mapOf(workload, "scaling");
  if (scaling === undefined) return [];
  const path = `${workloadPath}.scaling`;
  const { minReplicas = MIN_REPLICAS, maxReplicas } = scaling;
  const [wva, keda] = [mapOf(scaling, "wva"), mapOf(scaling, "keda")];
  return [
    ...broken(
      [
        has(workload, "replicas"),
        invalid(
          path,
          scaling,
          "scaling and replicas are mutually exclusive; use scaling for autoscaled deployments or " +
            "replicas for static deployments",
        ),
      ],
      [
        typeof minReplicas === "number" && typeof maxReplicas === "number" &&
        minReplicas > maxReplicas,
        invalid(
          `${path}.minReplicas`,
          minReplicas,
          `minReplicas (${minReplicas}) cannot exceed maxReplicas (${maxReplicas})`,
        ),
      ],
      [
        has(scaling, "wva") && has(scaling, "keda"),
        invalid(
          path,
          scaling,
          "wva and keda are mutually exclusive; choose one scaling mechanism",
        ),
      ],
      [
        !has(scaling, "wva") && !has(scaling, "keda"),
        required(path, "either wva or keda must be specified when scaling is configured"),
      ],
    ),
    ...directCauses(keda, minReplicas, `${path}.keda`),
    ...wvaCauses(wva, minReplicas, `${path}.wva`),
  ];
}

function directCauses(keda: Fields | undefined, minReplicas: unknown, path: string): string[] {
  if (keda === undefined) return [];
  return [
    ...broken([
      listOf(keda, "triggers").length === 0,
      required(
        `${path}.triggers`,
        "at least one trigger is required when using direct KEDA scaling",
      ),
    ]),
    ...kedaCauses(keda, minReplicas, path),
  ];
}

function wvaCauses(wva: Fields | undefined, minReplicas: unknown, path: string): string[] {
  if (wva === undefined) return [];
  const [hpa, keda] = [has(wva, "hpa"), mapOf(wva, "keda")];
  const { variantCost = "" } = wva;
  return [
    ...broken(
      [
        hpa && has(wva, "keda"),
        invalid(path, wva, "hpa and keda are mutually exclusive; choose one actuator backend"),
      ],
      [
        !hpa && !has(wva, "keda"),
        required(path, "either hpa or keda must be specified as the actuator backend"),
      ],
      [
        typeof variantCost === "string" && variantCost !== "" &&
        !/^\d+(\.\d+)?$/.test(variantCost),
        invalid(
          `${path}.variantCost`,
          variantCost,
          'variantCost must be a non-negative numeric string (e.g., "10", "10.0", "0.5")',
        ),
      ],
      [
        hasModifiers(keda),
        forbidden(
          `${path}.keda.advanced.scalingModifiers`,
          "scalingModifiers must not be set; WVA controls the scaling metric formula and logic",
        ),
      ],
    ),
    ...kedaCauses(keda, minReplicas, `${path}.keda`),
  ];
}

function kedaCauses(keda: Fields | undefined, minReplicas: unknown, path: string): string[] {
  const idle = keda?.["idleReplicaCount"];
  return broken(
    [
      hasHpaName(keda),
      forbidden(
        `${path}.advanced.horizontalPodAutoscalerConfig.name`,
        "horizontalPodAutoscalerConfig.name must not be set; the controller manages the HPA name",
      ),
    ],
    [
      typeof idle === "number" && typeof minReplicas === "number" && idle >= minReplicas,
      invalid(
        `${path}.idleReplicaCount`,
        idle,
        `idleReplicaCount (${idle}) must be less than minReplicas (${minReplicas}); ` +
          "idleReplicaCount defines the replica floor when no triggers are active",
      ),
    ],
  );
}

/** Decode and prefill scale by one mechanism: two would each see half of the load. */
export function sameScalingCauses(spec: Fields): string[] {
  const [decode, prefill] = [mapOf(spec, "scaling"), mapOf(mapOf(spec, "prefill"), "scaling")];
  if (decode === undefined || prefill === undefined) return [];
  const path = "spec.prefill.scaling";
  const modes = [decode, prefill].map((scaling) => has(scaling, "keda") ? "direct keda" : "wva");
  if (modes[0] !== modes[1]) {
    return [
      invalid(
        path,
        prefill,
        `decode and prefill must use the same scaling mode; decode uses ${modes[0]} but prefill ` +
          `uses ${modes[1]}`,
      ),
    ];
  }
  const [decodeWva, prefillWva] = [mapOf(decode, "wva"), mapOf(prefill, "wva")];
  if (decodeWva === undefined || prefillWva === undefined) return [];
  const backends = [decodeWva, prefillWva].map((wva) => has(wva, "hpa") ? "hpa" : "keda");
  return broken([
    backends[0] !== backends[1],
    invalid(
      `${path}.wva`,
      prefillWva,
      `decode and prefill must use the same actuator backend; decode uses ${backends[0]} but ` +
        `prefill uses ${
          backends[1]
        } — mixing backends requires two separate metric pipelines and ` +
        "leads to independent, unsynchronised scaling decisions",
    ),
  ]);
}
