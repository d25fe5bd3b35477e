// A service as its controller sees it: with the configs merged in that it names.

import type { FleetState } from "../fleet/state.ts";
import { effectiveSpec } from "../kube/effective_spec.ts";
import {
  type LLMInferenceService,
  llmInferenceServiceSchema,
} from "../kube/llm_inference_service.ts";
import { CONFIG_RESOURCE, keyOf, SERVICE_RESOURCE } from "../kube/resources.ts";

/** Undefined where there is none of this name, or none that the API server would take. */
export function effectiveService(
  state: FleetState,
  namespace: string,
  name: string | undefined,
): LLMInferenceService | undefined {
  const object = state.objects[keyOf(SERVICE_RESOURCE, namespace, name ?? "")];
  if (!object) return undefined;
  const merged = effectiveSpec(
    object,
    (namespace, config) => state.objects[keyOf(CONFIG_RESOURCE, namespace, config)],
  );
  const spec = merged.problem ? object.spec : merged.spec;
  return llmInferenceServiceSchema.safeParse({ ...object, spec }).data;
}
