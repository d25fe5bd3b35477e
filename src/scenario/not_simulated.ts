// What of a service cannot be simulated, each with the sentence that says so.

import { celProblem } from "../fleet/scheduling/claims.ts";
import { asksForNoGpu, type LLMInferenceService } from "../kube/llm_inference_service.ts";
import { CEL_SELECTOR, managedDevices } from "../kube/managed_dra.ts";
import { storageProblem } from "../kube/model_storage.ts";
import type { KubeObject } from "../kube/object.ts";
import type { EngineFlags } from "./engine_flags.ts";
import type { Problem } from "./problem.ts";
import { refuseUnmodelled } from "./unmodelled_flags.ts";

/** More pods than a run could hold in memory and time. */
const MAX_REPLICAS = 10_000;

/** Refused rather than ignored: an answer that left these out would be wrong. */
export function refuseNotSimulated(service: LLMInferenceService, flags: EngineFlags): void {
  const { spec, metadata } = service;
  // KServe's controller makes no pod then.
  const unmade = storageProblem(spec as unknown as KubeObject["spec"] ?? {});
  if (unmade) flags.fail(unmade.message, `spec.${unmade.field}`);
  if (asksForNoGpu(spec) && managedDevices(metadata.annotations) === undefined) {
    flags.refuse("a server without GPUs is not modelled yet", "spec.template.containers");
  }
  for (const selector of managedDevices(metadata.annotations)?.selectors ?? []) {
    const problem = celProblem(selector);
    if (problem === undefined) continue;
    const message = `Cannot read the CEL selector "${selector}": ${problem}`;
    flags.fail(message, `metadata.annotations["${CEL_SELECTOR}"]`);
  }
  refuseUnmodelled(flags);
  const many = tooManyReplicas(service);
  if (many) flags.fail(many.message, many.path);
}

/** Of its main workload or of prefill; `path` is within the object. */
export function tooManyReplicas({ metadata, spec }: LLMInferenceService): Problem | undefined {
  const workloads = [["spec", spec], ["spec.prefill", spec.prefill ?? {}]] as const;
  for (const [path, workload] of workloads) {
    const scaling = workload["scaling"] as { maxReplicas?: number } | undefined;
    const replicas = workload.replicas ?? scaling?.maxReplicas ?? 1;
    if (replicas <= MAX_REPLICAS) continue;
    const field = workload.replicas === undefined ? "scaling.maxReplicas" : "replicas";
    const message = `Cannot simulate "${metadata.name}" with ${replicas} replicas: ` +
      `${MAX_REPLICAS} is the most`;
    return { path: `${path}.${field}`, message };
  }
  return undefined;
}
