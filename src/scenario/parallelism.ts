// How a service's model is spread over the GPUs of a pod, and whether vLLM lets it be.

import { gpusPerPod, type LLMInferenceService } from "../kube/llm_inference_service.ts";
import { managedDevices } from "../kube/managed_dra.ts";
import type { ModelFacts } from "../serving/models.ts";
import type { EngineFlags } from "./engine_flags.ts";
import { groupSize } from "./workloads.ts";

export interface PodParallelism {
  readonly tensorParallel: number;
  readonly pipelineParallel: number;
  readonly dataParallel: number;
  readonly expertParallel: boolean;
  /** Pods of one server: 1 unless the service has workers. */
  readonly pods: number;
  readonly gpusPerPod: number;
}

/** What the service's `parallelism` says, else its flags. */
export function parallelismOf(service: LLMInferenceService, flags: EngineFlags): PodParallelism {
  const { parallelism = {} } = service.spec;
  const tensorParallel = parallelism.tensor ?? flags.count("tensor-parallel-size") ?? 1;
  const pipelineParallel = parallelism.pipeline ?? flags.count("pipeline-parallel-size") ?? 1;
  const dataParallel = ranksOf(service, flags);
  const pods = podsOf(service, dataParallel, flags);
  const gpus = tensorParallel * pipelineParallel * dataParallel / pods;
  return {
    tensorParallel,
    pipelineParallel,
    dataParallel,
    expertParallel: parallelism.expert ?? flags.has("enable-expert-parallel"),
    pods,
    gpusPerPod: managedDevices(service.metadata.annotations)?.count ??
      gpusPerPod(service.spec) ?? gpus,
  };
}

/** KServe's size of a group; vLLM starts on no pod that has another number of ranks than the others. */
function podsOf(
  { metadata, spec }: LLMInferenceService,
  ranks: number,
  flags: EngineFlags,
): number {
  if (spec.worker === undefined) return 1;
  const pods = groupSize(spec);
  if (ranks === 1 || ranks % pods === 0) return pods;
  flags.fail(
    `Cannot spread ${ranks} data-parallel ranks of "${metadata.name}" evenly over ${pods} pods`,
    "spec.parallelism",
  );
  return 1;
}

/** Data-parallel ranks, without workers all of them in one pod. */
function ranksOf({ spec }: LLMInferenceService, flags: EngineFlags): number {
  const { data, dataLocal } = spec.parallelism ?? {};
  const ranks = data ?? flags.count("data-parallel-size") ?? 1;
  const local = dataLocal ?? flags.count("data-parallel-size-local") ?? ranks;
  if (local !== ranks && spec.worker === undefined) {
    flags.refuse(
      `${ranks} data-parallel ranks with ${local} in a pod need pods that work together: spec.worker`,
      data === undefined ? undefined : "spec.parallelism.data",
    );
  }
  return ranks;
}

/** Puts into words what vLLM would not start with; its own where it has any. */
export function checkParallelism(
  model: ModelFacts,
  parallelism: PodParallelism,
  flags: EngineFlags,
): void {
  checkTensor(model, parallelism, flags);
  checkExperts(model, parallelism, flags);
  const { pipelineParallel, gpusPerPod } = parallelism;
  if (pipelineParallel > model.layers) {
    flags.fail(
      `Cannot make ${pipelineParallel} pipeline stages of ${model.layers} layers`,
      "spec.parallelism.pipeline",
    );
  }
  if (!Number.isSafeInteger(gpusPerPod) || gpusPerPod < 1) {
    flags.fail(`Cannot place a pod of ${gpusPerPod} GPUs: nvidia.com/gpu is no whole number`);
  } else checkGpus(parallelism, flags);
}

function checkTensor(
  model: ModelFacts,
  { tensorParallel }: PodParallelism,
  flags: EngineFlags,
): void {
  const field = "spec.parallelism.tensor";
  const { heads, kvHeads, latent, experts, layers, feedForward } = model;
  if (heads % tensorParallel !== 0) {
    flags.fail(
      `ValueError: Total number of attention heads (${heads}) must be divisible by tensor parallel ` +
        `size (${tensorParallel}).`,
      field,
    );
    return;
  }
  // An assertion without words in vLLM's attention layers: shared out, or each copied as often.
  const [more, fewer] = [Math.max(kvHeads, tensorParallel), Math.min(kvHeads, tensorParallel)];
  if (!latent && more % fewer !== 0) {
    flags.fail(`Cannot share out ${kvHeads} KV heads over ${tensorParallel} GPUs`, field);
  }
  // `ensure_divisible` of vLLM's parallel layers.
  if ((experts?.layers ?? 0) < layers && feedForward % tensorParallel !== 0) {
    flags.fail(`AssertionError: ${feedForward} is not divisible by ${tensorParallel}`, field);
  }
}

function checkExperts(
  { experts }: ModelFacts,
  parallelism: PodParallelism,
  flags: EngineFlags,
): void {
  const { tensorParallel, dataParallel, expertParallel } = parallelism;
  if (!experts) {
    if (!expertParallel) return;
    flags.fail(
      "ValueError: Number of experts in the model must be greater than 0 when expert parallelism " +
        "is enabled.",
      "spec.parallelism.expert",
    );
    return;
  }
  // Experts in mxfp4 are padded to what their kernels take.
  const slices = tensorParallel * dataParallel;
  if (expertParallel || experts.precision === "mxfp4" || experts.feedForward % slices === 0) return;
  flags.fail(
    `Cannot slice experts of width ${experts.feedForward} over ${slices} GPUs: enable expert ` +
      "parallelism, or let them divide it",
    "spec.parallelism",
  );
}

function checkGpus(parallelism: PodParallelism, flags: EngineFlags): void {
  const { tensorParallel, pipelineParallel, dataParallel, pods, gpusPerPod } = parallelism;
  const needed = tensorParallel * pipelineParallel * dataParallel / pods;
  if (gpusPerPod >= needed) return;
  const parts = [
    `tensor parallelism of ${tensorParallel}`,
    ...(pipelineParallel > 1 ? [`${pipelineParallel} pipeline stages`] : []),
    ...(dataParallel > 1 ? [`${dataParallel} data-parallel ranks`] : []),
  ];
  flags.fail(
    `Cannot run ${parts.join(" by ")} in ${pods === 1 ? "a pod" : `${pods} pods`} of ` +
      `${gpusPerPod} GPUs${pods === 1 ? "" : " each"}: ask for nvidia.com/gpu: ` +
      `"${needed}"`,
  );
}
