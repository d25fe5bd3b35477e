// Reads out of an LLMInferenceService what a simulation needs: model, GPUs, parallelism, engine flags.

import { engineLimits, type ServingPlan } from "../fleet/engine_limits.ts";
import type { ServicePlan } from "../fleet/fleet.ts";
import type { NodePlan } from "../fleet/nodes.ts";
import {
  asksForNoGpu,
  gpusPerPod,
  type LLMInferenceService,
  llmInferenceServiceSchema,
  vllmFlags,
} from "../kube/llm_inference_service.ts";
import type { KubeObject } from "../kube/object.ts";
import type { Slo } from "../metrics/slo.ts";
import { checkpointBytes, type ModelFacts } from "../serving/models.ts";
import { virtualTimestamp } from "../sim/timestamp.ts";
import { modelOf } from "./models.ts";
import { type Problem, problemsOf } from "./problem.ts";
import { workloadsOf } from "./workloads.ts";

/** vLLM's default up to 0.19 (aiconfigurator 095f58a records 0.92 from 0.22 on). */
const DEFAULT_MEMORY_UTILIZATION = 0.9;

/**
 * What a service is to the simulation, or all that keeps it from being simulated. Whether it fits is
 * asked of `nodes`, unless they are not known.
 */
export function planService(
  input: unknown,
  index: number,
  nodes: readonly NodePlan[] | undefined,
  slos: Readonly<Record<string, Slo>>,
): { plan: ServicePlan } | { problems: Problem[] } {
  const unread = (input as { problem?: unknown } | null | undefined)?.problem;
  if (typeof unread === "string") {
    return { problems: [{ path: `services[${index}]`, message: unread }] };
  }
  const parsed = llmInferenceServiceSchema.safeParse(input);
  if (!parsed.success) return { problems: problemsOf(parsed.error.issues, ["services", index]) };
  const service = parsed.data;
  const at = (field: string) => `services[${index}].${field}`;
  const { serving, problems } = servingOf(service, at);
  if (!serving) return { problems };
  const unfit = fitProblems(serving, nodes, at);
  if (unfit.length > 0) return { problems: unfit };
  const { name } = service.metadata;
  const slo = slos[name];
  return {
    plan: {
      name,
      object: kubeObject(service),
      workloads: workloadsOf(service, checkpointBytes(serving.model), serving.gpusPerPod),
      serving,
      ...(slo ? { slo } : {}),
    },
  };
}

/** How the service's engines serve, or all that keeps them from being simulated. */
export function servingOf(
  service: LLMInferenceService,
  at: At,
): { serving?: ServingPlan; problems: Problem[] } {
  const found = modelOf(service);
  const problems = [
    ...notSimulated(service, at),
    ...tooMany(service, at),
    ...("problems" in found ? found.problems : []).map((each) => ({
      ...each,
      path: at(each.path),
    })),
  ];
  const flags = readFlags(service, at, problems);
  if (!("model" in found) || problems.length > 0) return { problems };
  const serving = servingPlan(service, found.model, flags);
  const unsound = shapeProblems(serving, at);
  return unsound.length > 0 ? { problems: unsound } : { serving, problems };
}

function servingPlan(
  service: LLMInferenceService,
  model: ModelFacts,
  flags: NumberFlags,
): ServingPlan {
  const { parallelism } = service.spec;
  const tensorParallel = parallelism?.tensor ?? flags["tensor-parallel-size"] ?? 1;
  const { "max-num-seqs": maxNumSeqs, "max-num-batched-tokens": maxNumBatchedTokens } = flags;
  return {
    model,
    tensorParallel,
    gpusPerPod: gpusPerPod(service.spec) ?? tensorParallel,
    gpuMemoryUtilization: flags["gpu-memory-utilization"] ?? DEFAULT_MEMORY_UTILIZATION,
    maxModelLen: flags["max-model-len"] ?? model.maxPositions,
    ...(maxNumSeqs === undefined ? {} : { maxNumSeqs }),
    ...(maxNumBatchedTokens === undefined ? {} : { maxNumBatchedTokens }),
  };
}

/** The path of a field of the service that is read. */
export type At = (field: string) => string;

/** Refused rather than ignored: an answer that left these out would be wrong. */
function notSimulated(service: LLMInferenceService, at: At): Problem[] {
  const { spec } = service;
  const { pipeline = 1, data = 1 } = spec.parallelism ?? {};
  const found: [boolean, string, string][] = [
    [spec.prefill !== undefined, "spec.prefill", "prefill/decode disaggregation"],
    [spec.worker !== undefined, "spec.worker", "a multi-node workload"],
    [spec.scaling !== undefined, "spec.scaling", "autoscaling"],
    [spec.model["lora"] !== undefined, "spec.model.lora", "LoRA"],
    [pipeline > 1, "spec.parallelism.pipeline", "pipeline parallelism"],
    [data > 1, "spec.parallelism.data", "data parallelism"],
    [spec["kvCacheOffloading"] !== undefined, "spec.kvCacheOffloading", "KV-cache offloading"],
    [asksForNoGpu(spec), "spec.template.containers", "a server without NVIDIA GPUs"],
    ...flagsNotSimulated(service),
  ];
  return found.filter(([is]) => is).map(([, field, what]) => ({
    path: at(field),
    message: `Cannot simulate "${service.metadata.name}": ${what} is not modelled yet`,
  }));
}

/** More pods than a run could hold in memory and time. */
const MAX_REPLICAS = 10_000;

function tooMany({ metadata, spec }: LLMInferenceService, at: At): Problem[] {
  const { replicas = 1 } = spec;
  if (replicas <= MAX_REPLICAS) return [];
  const message = `Cannot simulate "${metadata.name}" with ${replicas} replicas: ` +
    `${MAX_REPLICAS} is the most`;
  return [{ path: at("spec.replicas"), message }];
}

/** Flags that would change every figure; with these values they change nothing. */
const HARMLESS: Readonly<Record<string, readonly (string | true)[]>> = {
  "pipeline-parallel-size": ["1"],
  "data-parallel-size": ["1"],
  "quantization": [],
  "kv-cache-dtype": ["auto"],
  "dtype": ["auto", "bfloat16", "float16", "half"],
  "speculative-config": [],
  "enable-lora": [],
};

function flagsNotSimulated(service: LLMInferenceService): [boolean, string, string][] {
  const flags = vllmFlags(service);
  return Object.entries(HARMLESS).map(([flag, harmless]) => {
    const value = flags.get(flag);
    const changes = value !== undefined && !harmless.includes(value);
    return [changes, "spec.template.containers", `the flag --${flag}`];
  });
}

const NUMBER_FLAGS = {
  "tensor-parallel-size": { whole: true },
  "max-model-len": { whole: true },
  "max-num-seqs": { whole: true },
  "max-num-batched-tokens": { whole: true },
  "gpu-memory-utilization": { whole: false },
} as const;

type NumberFlag = keyof typeof NUMBER_FLAGS;
type NumberFlags = { [flag in NumberFlag]?: number };

function readFlags(
  service: LLMInferenceService,
  at: At,
  problems: Problem[],
): NumberFlags {
  const flags = vllmFlags(service);
  const values: NumberFlags = {};
  for (
    const [flag, { whole }] of Object.entries(NUMBER_FLAGS) as [NumberFlag, { whole: boolean }][]
  ) {
    const text = flags.get(flag);
    if (text === undefined) continue;
    const value = Number(text);
    const valid = whole ? Number.isInteger(value) && value >= 1 : value > 0 && value <= 1;
    if (valid) values[flag] = value;
    else {
      const range = whole ? "a whole number from 1" : "a number above 0, at most 1";
      problems.push({
        path: at("spec.template.containers"),
        message: `Cannot read --${flag} of "${service.metadata.name}": "${text}" is not ${range}`,
      });
    }
  }
  return values;
}

function shapeProblems({ model, tensorParallel, gpusPerPod }: ServingPlan, at: At): Problem[] {
  if (model.heads % tensorParallel !== 0) {
    const message = `Cannot split ${model.heads} attention heads over ${tensorParallel} GPUs: ` +
      `tensor parallelism must divide them`;
    return [{ path: at("spec.parallelism.tensor"), message }];
  }
  if (!Number.isInteger(gpusPerPod)) {
    const message = "Cannot read nvidia.com/gpu: it is no whole number";
    return [{ path: at("spec.template.containers"), message }];
  }
  if (gpusPerPod < tensorParallel) {
    const message =
      `Cannot run tensor parallelism of ${tensorParallel} in a pod of ${gpusPerPod} ` +
      `GPUs: ask for nvidia.com/gpu: "${tensorParallel}"`;
    return [{ path: at("spec.template.containers"), message }];
  }
  return [];
}

/** Whether any node can hold a pod; when the nodes are not known, nothing is said. */
function fitProblems(
  serving: ServingPlan,
  nodes: readonly NodePlan[] | undefined,
  at: At,
): Problem[] {
  if (!nodes) return [];
  const large = nodes.filter((node) => node.gpus >= serving.gpusPerPod);
  if (large.length === 0) {
    const message =
      `Cannot place a pod of ${serving.gpusPerPod} GPUs: no node of the cluster has so many`;
    return [{ path: at("spec.template.containers"), message }];
  }
  const limits = large.flatMap(({ gpu }) => gpu ? [engineLimits(serving, gpu)] : []);
  const crash = limits.every((limit) => "cannotStart" in limit) ? limits[0] : undefined;
  return crash && "cannotStart" in crash
    ? [{ path: at("spec.model"), message: crash.cannotStart }]
    : [];
}

/** The object as the cluster would hold it when the run begins; its status is the run's to tell. */
function kubeObject(service: LLMInferenceService): KubeObject {
  const { status: _, ...object } = service as unknown as KubeObject;
  const namespace = object.metadata.namespace ?? "default";
  const metadata = { ...object.metadata, namespace, creationTimestamp: virtualTimestamp(0) };
  return { ...object, metadata };
}
