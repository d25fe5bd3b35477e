// How a service's engines serve, in a line: what differs from vLLM's defaults. Knows no pod and no run.

import type { ServingPlan } from "../fleet/engine_limits.ts";
import { type LLMInferenceService } from "../kube/llm_inference_service.ts";
import { vllmFlags } from "../kube/vllm_flags.ts";
import { DEFAULT_MEMORY_UTILIZATION } from "../scenario/serving.ts";

/** Parts of the line, none where everything is as vLLM has it; `service` is what the plan was read of. */
export function servingParts(serving: ServingPlan, service: LLMInferenceService): string[] {
  return [
    ...parallelismParts(serving),
    ...batchParts(serving),
    ...precisionParts(serving, service),
    ...optionParts(serving),
  ];
}

function parallelismParts(serving: ServingPlan): string[] {
  const { tensorParallel, pipelineParallel = 1, dataParallel = 1, expertParallel } = serving;
  return [
    ...(tensorParallel > 1 ? [`tensor parallel ${tensorParallel}`] : []),
    ...(pipelineParallel > 1 ? [`pipeline parallel ${pipelineParallel}`] : []),
    ...(dataParallel > 1 ? [`data parallel ${dataParallel}`] : []),
    ...(expertParallel ? ["expert parallel"] : []),
  ];
}

function batchParts(serving: ServingPlan): string[] {
  const { model, maxModelLen, maxNumSeqs, maxNumBatchedTokens, gpuMemoryUtilization } = serving;
  return [
    ...(maxModelLen === model.maxPositions ? [] : [`max-model-len ${maxModelLen}`]),
    ...(maxNumSeqs === undefined ? [] : [`max-num-seqs ${maxNumSeqs}`]),
    ...(maxNumBatchedTokens === undefined ? [] : [`max-num-batched-tokens ${maxNumBatchedTokens}`]),
    ...(gpuMemoryUtilization === DEFAULT_MEMORY_UTILIZATION
      ? []
      : [`gpu-memory-utilization ${gpuMemoryUtilization}`]),
  ];
}

/** In vLLM's words: several of its methods are the same precision here. */
function precisionParts({ kvDtype = "auto" }: ServingPlan, service: LLMInferenceService): string[] {
  const flags = vllmFlags(service);
  const told = ["quantization", "dtype"].flatMap((flag) => {
    const value = flags.get(flag);
    return typeof value === "string" && value !== "auto" ? [`${flag} ${value}`] : [];
  });
  return [...told, ...(kvDtype === "auto" ? [] : [`KV cache in ${kvDtype}`])];
}

function optionParts(serving: ServingPlan): string[] {
  const { policy, prefixCaching, asyncScheduling, lora, speculative, offloadBytes } = serving;
  return [
    ...(policy === "priority" ? ["scheduled by priority"] : []),
    ...(prefixCaching === false ? ["no prefix caching"] : []),
    ...(asyncScheduling === false ? ["no async scheduling"] : []),
    ...(lora ? [`${lora.slots} LoRA slots of rank ${lora.rank}`] : []),
    ...(speculative
      ? [
        `${speculative.tokens} drafts a step by ${speculative.method}, ` +
        `${(speculative.acceptedPpm / 1e6).toFixed(2)} accepted`,
      ]
      : []),
    ...(offloadBytes === undefined
      ? []
      : [`KV offloading to ${(offloadBytes / 2 ** 30).toFixed(1)} GiB`]),
  ];
}
