// What KServe's validating webhooks refuse, in their words, beside the CRD's schema and its CEL rules.
//
// After pkg/apis/serving/{v1alpha1,v1alpha2}/llm_inference_service{,_config}_validation.go of
// kserve/kserve. Where the webhook says again what a CEL rule says, both are told: which of them a
// cluster gets to depends on its CRD. Fields of a wrong type are the schema's to tell.

import { quoted } from "./errors.ts";
import { type Fields, has, listOf, mapOf } from "./fields.ts";
import { presetNamed } from "./presets/presets.ts";
import { annotationCauses } from "./validate_annotations.ts";
import { offloadingCauses } from "./validate_offloading.ts";
import { routerCauses, schedulerCauses, schedulerReplicasCauses } from "./validate_router.ts";
import { sameScalingCauses, scalingCauses } from "./validate_scaling.ts";
import { broken, forbidden, invalid, isBelow, required } from "./validate_words.ts";
import { immutableCauses, parallelismCauses, rolloutCauses } from "./validate_workload.ts";

/** What a webhook is asked about. */
export interface Admission {
  readonly version: string;
  readonly name: string;
  readonly namespace: string;
  readonly annotations: Fields;
  readonly spec: Fields;
  /** The spec that the object has now, in the same version; absent for a new one. */
  readonly previous?: Fields | undefined;
}

/** All that the webhook of services refuses; empty when it lets the object in. */
export function serviceCauses(admission: Admission): string[] {
  const { version, annotations, spec, previous } = admission;
  const prefill = mapOf(spec, "prefill");
  const each = (causesOf: (workload: Fields, path: string) => string[]) => [
    ...causesOf(spec, "spec"),
    ...(prefill === undefined ? [] : causesOf(prefill, "spec.prefill")),
  ];
  return [
    ...routerCauses(mapOf(spec, "router"), version),
    ...each(parallelismCauses),
    ...schedulerCauses(mapOf(mapOf(spec, "router"), "scheduler")),
    ...each(scalingCauses),
    ...sameScalingCauses(spec),
    ...loraCauses(mapOf(spec, "model"), admission.name),
    ...each(offloadingCauses),
    ...each(rolloutCauses),
    ...annotationCauses(annotations),
    ...immutableCauses(previous, spec),
    ...confidentialCauses(mapOf(spec, "model")),
  ];
}

/** All that the webhook of configs refuses: less, since a config need not be whole. */
export function configCauses({ spec }: Admission): string[] {
  return [
    ...broken([
      listOf(spec, "baseRefs").length > 0,
      forbidden(
        "spec.baseRefs",
        "baseRefs is not a permitted field in LLMInferenceServiceConfig, support for recursive " +
          "refs has been disabled",
      ),
    ]),
    ...schedulerReplicasCauses(mapOf(mapOf(spec, "router"), "scheduler")),
  ];
}

const LORA = "spec.model.lora";

function loraCauses(model: Fields | undefined, serviceName: string): string[] {
  const lora = mapOf(model, "lora");
  const limits = ["maxRank", "maxAdapters", "maxCpuAdapters"].flatMap((name) =>
    broken([
      isBelow(lora?.[name], 1),
      invalid(`${LORA}.${name}`, lora?.[name], `${name} must be at least 1`),
    ])
  );
  const adapters = lora?.["adapters"];
  if (!Array.isArray(adapters)) return limits;
  const names = adapters.map((adapter) => mapOf({ adapter }, "adapter")?.["name"]);
  const base = typeof model?.["name"] === "string" ? model["name"] : serviceName;
  return [...limits, ...names.flatMap((_, index) => adapterCauses(names, index, base))];
}

function adapterCauses(names: readonly unknown[], index: number, base: string): string[] {
  const name = names[index];
  const field = `${LORA}.adapters[${index}].name`;
  if (typeof name !== "string" || name === "") return [required(field, "adapter name is required")];
  const first = names.indexOf(name);
  return broken(
    [
      // The name becomes a directory under /mnt/lora.
      name.split("/").some((part) => part === "." || part === ".."),
      invalid(field, name, 'adapter name must not include "." or ".." (path traversal risk)'),
    ],
    [first < index, invalid(field, name, `duplicate name (same as adapters[${first}])`)],
    [
      name === base,
      invalid(field, name, `adapter name must differ from base model name ${quoted(name)}`),
    ],
  );
}

/** A resource of the key broker service. */
const KBS = /^kbs:\/\/\/[a-zA-Z0-9_.-]+\/[a-zA-Z0-9_.-]+\/[a-zA-Z0-9_.-]+$/;

function confidentialCauses(model: Fields | undefined): string[] {
  const confidential = mapOf(model, "confidential");
  const { enabled, resourceId } = confidential ?? {};
  return broken([
    enabled === true && typeof resourceId === "string" && resourceId !== "" &&
    !KBS.test(resourceId),
    invalid(
      "spec.model.confidential.resourceId",
      resourceId,
      "must be in the format kbs:///<repo>/<type>/<tag>",
    ),
  ]);
}

/** What the webhook lets in and warns of. */
export function serviceWarnings({ spec, version }: Admission): string[] {
  const model = mapOf(spec, "model");
  const uri = model?.["uri"];
  const isConfidential = mapOf(model, "confidential")?.["enabled"] === true;
  const router = mapOf(spec, "router");
  const [HTTP, REFS] = ["spec.router.route.http.spec", "spec.router.gateway.refs"];
  return broken(
    [
      isConfidential && typeof uri === "string" && uri.startsWith("oci://"),
      "confidential has no effect with OCI URIs; OCI image decryption is handled by the container " +
      "runtime via runtimeClassName",
    ],
    [
      version !== "v1alpha1" && hasBothParents(router),
      `${HTTP}.parentRefs can be omitted when ${REFS} is set; parentRefs will be derived ` +
      "automatically from gateway refs",
    ],
  );
}

/** Conflicting ones are refused: these say the same. */
function hasBothParents(router: Fields | undefined): boolean {
  const route = mapOf(mapOf(mapOf(router, "route"), "http"), "spec");
  return has(route, "parentRefs") && listOf(route, "parentRefs").length > 0 &&
    listOf(mapOf(router, "gateway"), "refs").length > 0;
}

/** What the webhook says of a config that goes; it lets it go. */
export function deletionWarnings(
  { namespace, name }: Pick<Admission, "namespace" | "name">,
): string[] {
  return broken([
    isWellKnown(name),
    `deleting well-known config ${namespace}/${name} is not recommended`,
  ]);
}

export function configWarnings({ name, namespace, spec, previous }: Admission): string[] {
  const isChanged = previous !== undefined && JSON.stringify(previous) !== JSON.stringify(spec);
  return broken([
    isChanged && isWellKnown(name),
    `modifying well-known config ${namespace}/${name} is not recommended. Consider creating a ` +
    "custom config instead",
  ]);
}

/** Of the presets that KServe comes with, in whatever namespace. */
function isWellKnown(name: string): boolean {
  return presetNamed(name) !== undefined;
}
