// Reads out of an LLMInferenceService how its engines serve: model, parallelism, engine flags.

import { type ServingPlan, tooFewTokens } from "../fleet/engine_limits.ts";
import { celProblem } from "../fleet/scheduling/claims.ts";
import { asksForNoGpu, type LLMInferenceService } from "../kube/llm_inference_service.ts";
import { CEL_SELECTOR, managedDevices } from "../kube/managed_dra.ts";
import { storageProblem } from "../kube/model_storage.ts";
import type { KubeObject } from "../kube/object.ts";
import { lorasOf } from "./adapters.ts";
import { asyncSchedulingOf } from "./async_scheduling.ts";
import { checkContextLength, contextLengthOf } from "./context_length.ts";
import { type At, EngineFlags } from "./engine_flags.ts";
import { modelOf } from "./models.ts";
import { offloadBytesOf } from "./offloading.ts";
import { checkParallelism, parallelismOf } from "./parallelism.ts";
import { kvDtypeOf, modelAsServed } from "./precision_flags.ts";
import { pairProblems, prefillAt, prefillService } from "./prefill.ts";
import type { Problem } from "./problem.ts";
import { speculationOf } from "./speculation.ts";
import { refuseUnmodelled, refuseUnmodelledOf } from "./unmodelled_flags.ts";

/** vLLM's default up to 0.19 (aiconfigurator 095f58a records 0.92 from 0.22 on). */
export const DEFAULT_MEMORY_UTILIZATION = 0.9;

export interface Serving {
  readonly serving?: ServingPlan;
  readonly prefill?: ServingPlan;
  readonly problems: Problem[];
}

/** How its engines serve, those of prefill apart, or all that keeps them from being simulated. */
export function enginesOf(service: LLMInferenceService, at: At): Serving {
  const main = serverOf(service, at);
  const prefilling = prefillService(service);
  if (!prefilling) return main;
  const other = serverOf(prefilling, prefillAt(at));
  // What is wrong with the model is wrong with it twice.
  const told = new Set(main.problems.map(({ path, message }) => `${path} ${message}`));
  const problems = [
    ...main.problems,
    ...other.problems.filter(({ path, message }) => !told.has(`${path} ${message}`)),
  ];
  const { serving } = main;
  const { serving: prefill } = other;
  if (serving && prefill) problems.push(...pairProblems(service, serving, prefill, at));
  return serving && prefill && problems.length === 0
    ? { serving, prefill, problems }
    : { problems };
}

/** How the engines of its main workload serve. */
function serverOf(
  service: LLMInferenceService,
  at: At,
): { serving?: ServingPlan; problems: Problem[] } {
  const flags = new EngineFlags(service, at);
  notSimulated(service, flags);
  tooMany(service, flags);
  const found = modelOf(service);
  if ("problems" in found) {
    for (const { path, message } of found.problems) flags.fail(message, path);
  }
  // The flags are read even where the model is not known: all problems are told at once.
  const batch = batchOf(flags);
  const parallelism = parallelismOf(service, flags);
  const lora = lorasOf(service, flags);
  const kvDtype = kvDtypeOf(flags);
  const offloadBytes = offloadBytesOf(service, flags);
  const { problems } = flags;
  if (!("model" in found)) return { problems };
  const model = modelAsServed(found.model, flags);
  refuseUnmodelledOf(model, flags);
  checkContextLength(service, model, batch.maxModelLen, flags);
  const speculative = speculationOf(service, model, flags);
  const drafting = speculative && { speculative };
  const asyncScheduling = asyncSchedulingOf(service, { ...parallelism, ...drafting }, flags);
  flags.misspelt();
  if (problems.length === 0) checkParallelism(model, parallelism, flags);
  if (problems.length > 0) return { problems };
  const serving = {
    model,
    ...parallelism,
    ...batch,
    maxModelLen: batch.maxModelLen ?? model.maxPositions,
    asyncScheduling,
    ...(kvDtype && { kvDtype }),
    ...(offloadBytes !== undefined && { offloadBytes }),
    ...(lora && { lora }),
    ...drafting,
  };
  return { serving, problems };
}

/** What the scheduler is told: absent, vLLM's default for the GPU a pod lands on. */
function batchOf(flags: EngineFlags) {
  const maxModelLen = contextLengthOf(flags);
  const maxNumSeqs = flags.count("max-num-seqs");
  const maxNumBatchedTokens = flags.tokens("max-num-batched-tokens");
  const policy = flags.oneOf("scheduling-policy", ["fcfs", "priority"]);
  if (maxNumSeqs !== undefined && maxNumBatchedTokens !== undefined) {
    const tooFew = tooFewTokens(maxNumBatchedTokens, maxNumSeqs);
    if (tooFew) flags.fail(tooFew);
  }
  return {
    gpuMemoryUtilization: flags.share("gpu-memory-utilization") ?? DEFAULT_MEMORY_UTILIZATION,
    ...(maxModelLen !== undefined && { maxModelLen }),
    ...(maxNumSeqs !== undefined && { maxNumSeqs }),
    ...(maxNumBatchedTokens !== undefined && { maxNumBatchedTokens }),
    ...(policy && { policy }),
    ...(flags.has("no-enable-prefix-caching") && { prefixCaching: false }),
  };
}

/** Refused rather than ignored: an answer that left these out would be wrong. */
function notSimulated({ spec, metadata }: LLMInferenceService, flags: EngineFlags): void {
  // KServe's controller makes no pod then.
  const unmade = storageProblem(spec as unknown as KubeObject["spec"] ?? {});
  if (unmade) flags.fail(unmade.message, `spec.${unmade.field}`);
  const found: [boolean, string, string][] = [
    [
      asksForNoGpu(spec) && managedDevices(metadata.annotations) === undefined,
      "spec.template.containers",
      "a server without GPUs",
    ],
  ];
  for (const [is, field, what] of found) {
    if (is) flags.refuse(`${what} is not modelled yet`, field);
  }
  for (const selector of managedDevices(metadata.annotations)?.selectors ?? []) {
    const problem = celProblem(selector);
    if (problem === undefined) continue;
    const message = `Cannot read the CEL selector "${selector}": ${problem}`;
    flags.fail(message, `metadata.annotations["${CEL_SELECTOR}"]`);
  }
  refuseUnmodelled(flags);
}

/** More pods than a run could hold in memory and time. */
const MAX_REPLICAS = 10_000;

function tooMany(service: LLMInferenceService, flags: EngineFlags): void {
  const problem = tooManyReplicas(service);
  if (problem) flags.fail(problem.message, problem.path);
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
