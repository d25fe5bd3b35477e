// The prefill workload of a service read as a server of its own, and what must fit together with the other.

import type { ServingPlan } from "../fleet/engine_limits.ts";
import type { LLMInferenceService } from "../kube/llm_inference_service.ts";
import type { At } from "./engine_flags.ts";
import type { Problem } from "./problem.ts";

/** A service of the same model whose main workload is the prefill one; undefined without one. */
export function prefillService(service: LLMInferenceService): LLMInferenceService | undefined {
  const { model, prefill } = service.spec;
  return prefill && { ...service, spec: { model, ...prefill } };
}

/** Where a field of that service stands in the one that has both. */
export function prefillAt(at: At): At {
  return (field) =>
    at(
      field.startsWith("spec.") && !field.startsWith("spec.model")
        ? `spec.prefill.${field.slice("spec.".length)}`
        : field,
    );
}

/** What keeps the two from being simulated together. */
export function pairProblems(
  { metadata }: LLMInferenceService,
  decode: ServingPlan,
  prefill: ServingPlan,
  at: At,
): Problem[] {
  const problem = (field: string, reason: string) => ({
    path: at(field),
    message: `Cannot simulate "${metadata.name}": ${reason}`,
  });
  return [
    // Each rank sends over the network of its own GPUs, and they are not told apart.
    ...((prefill.dataParallel ?? 1) > 1
      ? [
        problem("spec.prefill.parallelism.data", "data parallelism of prefill is not modelled yet"),
      ]
      : []),
    // A MultiConnector of both in vLLM.
    ...(decode.offloadBytes !== undefined || prefill.offloadBytes !== undefined
      ? [problem("spec.prefill", "KV-cache offloading with prefill/decode is not modelled yet")]
      : []),
    // vLLM's NixlConnector refuses a peer whose blocks have another layout.
    ...((prefill.kvDtype ?? "auto") !== (decode.kvDtype ?? "auto")
      ? [problem(
        "spec.prefill.template.containers",
        "prefill and decode need the same --kv-cache-dtype",
      )]
      : []),
  ];
}
