// The rules of a workload, which is the spec itself and `spec.prefill`: replicas, scaling, parallelism.

import { type Fields, has, mapOf } from "./fields.ts";
import { broken, cel, invalid, isBelow } from "./validate_words.ts";

export function workloadCauses(workload: Fields, path: string): string[] {
  const strategy = mapOf(workload, "rolloutStrategy");
  const offloading = mapOf(workload, "kvCacheOffloading");
  const isStuck = isZero(strategy?.["maxSurge"]) && isZero(strategy?.["maxUnavailable"]);
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
    ...parallelismCauses(workload, path),
    ...broken([
      isStuck,
      invalid(
        `${path}.rolloutStrategy`,
        strategy,
        "maxUnavailable and maxSurge cannot both be zero; this would prevent any rolling update " +
          "progress",
      ),
    ], [
      offloading !== undefined && !has(offloading, "cpu"),
      `${path}.kvCacheOffloading.cpu: Required value`,
    ]),
  ];
}

function parallelismCauses(workload: Fields, path: string): string[] {
  const parallelism = mapOf(workload, "parallelism");
  const [pipeline, data, dataLocal] = [
    has(parallelism, "pipeline"),
    has(parallelism, "data"),
    has(parallelism, "dataLocal"),
  ];
  const isDataParallel = data || dataLocal;
  const about = (message: string) => invalid(`${path}.parallelism`, parallelism, message);
  return broken(
    [
      has(workload, "worker") && !pipeline && !isDataParallel,
      cel(
        `${path}.worker`,
        "when worker is specified, parallelism must be configured for either data parallelism or " +
          "pipeline parallelism",
      ),
    ],
    [
      pipeline && isDataParallel,
      about(
        "cannot set both pipeline parallelism and data parallelism (data or dataLocal) " +
          "simultaneously",
      ),
    ],
    [data && !dataLocal, about("dataLocal must be set when data is set")],
    [dataLocal && !data, about("data must be set when dataLocal is set")],
  );
}

function scalingCauses(scaling: Fields | undefined, path: string): string[] {
  if (scaling === undefined) return [];
  const { minReplicas, maxReplicas } = scaling;
  const [wva, keda] = [mapOf(scaling, "wva"), mapOf(scaling, "keda")];
  const atLeastOne = (name: string) => {
    const field = `${path}.${name}`;
    return invalid(field, scaling[name], `${field} in body should be greater than or equal to 1`);
  };
  return [
    ...broken(
      [!has(scaling, "maxReplicas"), `${path}.maxReplicas: Required value`],
      [isBelow(maxReplicas, 1), atLeastOne("maxReplicas")],
      [isBelow(minReplicas, 1), atLeastOne("minReplicas")],
      [
        typeof minReplicas === "number" && isBelow(maxReplicas, minReplicas),
        cel(path, "minReplicas cannot exceed maxReplicas"),
      ],
      [
        wva === undefined && keda === undefined,
        cel(path, "either wva or keda must be specified when scaling is configured"),
      ],
      [wva !== undefined && keda !== undefined, cel(path, "wva and keda are mutually exclusive")],
    ),
    ...wvaCauses(wva, `${path}.wva`),
  ];
}

function wvaCauses(wva: Fields | undefined, path: string): string[] {
  if (wva === undefined) return [];
  const [hpa, keda] = [has(wva, "hpa"), has(wva, "keda")];
  const { variantCost = "10.0" } = wva;
  return broken(
    [hpa && keda, cel(path, "hpa and keda are mutually exclusive; choose one actuator backend")],
    [!hpa && !keda, cel(path, "either hpa or keda must be specified as the actuator backend")],
    [
      !/^\d+(\.\d+)?$/.test(String(variantCost)),
      invalid(
        `${path}.variantCost`,
        variantCost,
        'variantCost must be a non-negative numeric string (e.g., "10", "10.0", "0.5")',
      ),
    ],
  );
}

/** Of an IntOrString. */
function isZero(value: unknown): boolean {
  return value === 0 || value === "0" || value === "0%";
}
