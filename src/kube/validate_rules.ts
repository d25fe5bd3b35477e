// The rules of KServe's schema (CEL) and webhook that are about several fields, in their words.
//
// After pkg/apis/serving/v1alpha2/llm_inference_service_validation.go and the CRD of kserve/kserve
// aaac4e294. Fields of a wrong type are the schema's to tell: here they are passed over.

import { quoted } from "./errors.ts";
import { type Fields, has, isRecord, listOf, mapOf, typeName } from "./fields.ts";
import type { JsonObject } from "./object.ts";
import { broken, invalid, isBelow } from "./validate_words.ts";
import { workloadCauses } from "./validate_workload.ts";

/** What is wrong with a spec; `isConfig` for that of an LLMInferenceServiceConfig. */
export function specCauses(spec: JsonObject, isConfig: boolean): string[] {
  const fields: Fields = { ...spec };
  const router = mapOf(fields, "router");
  const prefill = mapOf(fields, "prefill");
  return [
    ...workloadCauses(fields, "spec"),
    ...(prefill === undefined ? [] : workloadCauses(prefill, "spec.prefill")),
    ...sameScalingCauses(fields),
    ...loraCauses(mapOf(fields, "model")),
    ...routeCauses(router),
    ...schedulerCauses(mapOf(router, "scheduler")),
    ...broken([
      isConfig && listOf(fields, "baseRefs").length > 0,
      "spec.baseRefs: Forbidden: baseRefs is not a permitted field in LLMInferenceServiceConfig, " +
      "support for recursive refs has been disabled",
    ]),
  ];
}

function sameScalingCauses(spec: Fields): string[] {
  const decode = scalingMode(spec);
  const prefill = scalingMode(mapOf(spec, "prefill"));
  return broken([
    decode !== undefined && prefill !== undefined && decode !== prefill,
    `spec.prefill.scaling: Invalid value: "object": decode and prefill must use the same scaling ` +
    `mode; decode uses ${decode} but prefill uses ${prefill}`,
  ]);
}

function scalingMode(workload: Fields | undefined): string | undefined {
  const scaling = mapOf(workload, "scaling");
  return ["wva", "keda"].find((mode) => has(scaling, mode));
}

function loraCauses(model: Fields | undefined): string[] {
  const names = listOf(mapOf(model, "lora"), "adapters").map((adapter) => adapter["name"]);
  return names.flatMap((name, index) => {
    const field = `spec.model.lora.adapters[${index}].name`;
    if (typeof name !== "string" || name === "") {
      return [`${field}: Required value: adapter name is required`];
    }
    const first = names.indexOf(name);
    return broken(
      [
        // The name becomes a directory under /mnt/lora.
        name.split("/").some((part) => part === "." || part === ".."),
        invalid(field, name, 'adapter name must not include "." or ".." (path traversal risk)'),
      ],
      [first < index, invalid(field, name, `duplicate name (same as adapters[${first}])`)],
      [
        name === model?.["name"],
        invalid(field, name, `adapter name must differ from base model name ${quoted(name)}`),
      ],
    );
  });
}

const ROUTE = "spec.router.route";
const HTTP = `${ROUTE}.http`;

function routeCauses(router: Fields | undefined): string[] {
  const route = mapOf(router, "route");
  const http = mapOf(route, "http");
  const gateway = mapOf(router, "gateway");
  const hasRefs = listOf(http, "refs").length > 0;
  const isManaged = gateway !== undefined && listOf(gateway, "refs").length === 0;
  return broken(
    [
      hasRefs && has(http, "spec"),
      invalid(
        HTTP,
        http,
        `unsupported configuration: cannot use both custom HTTPRoute refs ('${HTTP}.refs') and ` +
          `an inline route spec ('${HTTP}.spec'); choose one`,
      ),
    ],
    [
      hasRefs && isManaged,
      invalid(
        "spec.router.gateway",
        gateway,
        `unsupported configuration: custom HTTP routes ('${HTTP}.refs') cannot be used with a ` +
          `managed gateway ('spec.router.gateway'); either remove '${HTTP}.refs' or set ` +
          "'spec.router.gateway.refs'",
      ),
    ],
    [
      has(route, "group") && has(router, "ingress"),
      invalid(
        ROUTE,
        route,
        "traffic splitting requires Gateway API routing; the controller manages HTTPRoutes, not " +
          "Ingress resources",
      ),
    ],
    [
      has(route, "group") && hasRefs,
      invalid(
        ROUTE,
        route,
        "traffic splitting cannot be used with custom HTTPRoute refs; controller-managed routes " +
          "(route.http.spec or route.http: {}) are required",
      ),
    ],
  );
}

const SCHEDULER = "spec.router.scheduler";

function schedulerCauses(scheduler: Fields | undefined): string[] {
  const replicas = scheduler?.["replicas"];
  return [
    ...broken([
      isBelow(replicas, 1),
      invalid(`${SCHEDULER}.replicas`, replicas, "scheduler replicas must be greater than zero"),
    ]),
    ...schedulerConfigCauses(mapOf(scheduler, "config")),
  ];
}

function schedulerConfigCauses(config: Fields | undefined): string[] {
  if (config === undefined) return [];
  const field = `${SCHEDULER}.config`;
  const [inline, ref] = [has(config, "inline"), has(config, "ref")];
  const type = JSON.stringify(typeName(config["inline"]));
  return broken(
    [!inline && !ref, invalid(field, config, "either inline or ref is required")],
    [
      inline && ref,
      invalid(field, config, "both inline and ref are set, either specify inline or ref"),
    ],
    [
      inline && !isRecord(config["inline"]),
      `${field}.inline: Invalid value: ${type}: ${field}.inline in body must be of type object: ` +
      type,
    ],
  );
}
