// The server that measurements are of, from the flags of `mtop calibrate` or from a service.

import type { MeasuredServer } from "../calibration/measured_run.ts";
import { engineLimits, type ServingPlan } from "../fleet/engine_limits.ts";
import { effectiveSpec } from "../kube/effective_spec.ts";
import { notFound } from "../kube/errors.ts";
import {
  type LLMInferenceService,
  llmInferenceServiceSchema,
  modelNames,
} from "../kube/llm_inference_service.ts";
import { CONFIG_RESOURCE, keyOf, SERVICE_RESOURCE } from "../kube/resources.ts";
import type { ObjectStore } from "../kube/store.ts";
import { planNode } from "../scenario/manifest_node.ts";
import { AS_WRITTEN, problemsOf, suggestion } from "../scenario/problem.ts";
import { servingOf } from "../scenario/services.ts";
import { DEFAULT_MEMORY_UTILIZATION } from "../scenario/serving.ts";
import { findGpu, GPU_NAMES, type GpuFacts } from "../serving/gpus.ts";
import { findModel, MODEL_NAMES } from "../serving/models.ts";
import type { CliContext } from "./context.ts";
import { CliError } from "./exit.ts";

export interface ServerOptions {
  readonly model?: string;
  readonly service?: string;
  readonly namespace?: string;
  readonly gpu?: string;
  readonly tensorParallelSize?: string;
  readonly pipelineParallelSize?: string;
  readonly dataParallelSize?: string;
  readonly enableExpertParallel?: true;
  readonly maxNumSeqs?: string;
  readonly maxNumBatchedTokens?: string;
  readonly gpuMemoryUtilization?: string;
  readonly maxModelLen?: string;
  readonly quantization?: string;
  readonly kvCacheDtype?: string;
  readonly enablePrefixCaching?: boolean;
  readonly numGpuBlocks?: string;
}

/** Throws a CliError about the first thing that keeps it from being known. */
export async function measuredServer(
  options: ServerOptions,
  context: Pick<CliContext, "settings" | "store">,
): Promise<MeasuredServer> {
  const { model, service: name } = options;
  const kvBlocks = blocksOf(options);
  if (model !== undefined && name !== undefined) {
    throw new CliError("Cannot take the flags of both: leave --model or --service out");
  }
  const store = name === undefined ? undefined : await context.store();
  const gpu = gpuOf(options, store);
  if (name === undefined || !store) {
    return described(serviceOfFlags(options), gpu, kvBlocks);
  }
  const [extra] = flagsOf(options);
  if (extra !== undefined) {
    const flag = extra.split("=")[0];
    throw new CliError(`Cannot take ${flag} beside --service: the service's own flags count`);
  }
  const namespace = options.namespace || context.settings().namespace;
  return described(serviceOfStore(store, namespace, name), gpu, kvBlocks);
}

function blocksOf({ numGpuBlocks: text }: ServerOptions): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= 1) return value;
  throw new CliError(`Cannot read --num-gpu-blocks: "${text}" is not a whole number from 1`);
}

/** Where all nodes of the mock cluster have the same GPU, a service is on that. */
function gpuOf({ gpu: name }: ServerOptions, store: ObjectStore | undefined): GpuFacts {
  if (name !== undefined) {
    const gpu = findGpu(
      GPU_NAMES.find((known) => known.toLowerCase() === name.toLowerCase()) ?? "",
    );
    if (gpu) return gpu;
    throw new CliError(`Cannot use the GPU "${name}": ${suggestion(name, GPU_NAMES)}`);
  }
  const nodes = store?.list().filter(({ object }) => object.kind === "Node") ?? [];
  const gpus = nodes.flatMap(({ object }) => planNode(object).gpu ?? []);
  const [gpu] = gpus;
  if (gpu && gpus.every((other) => other.name === gpu.name)) return gpu;
  throw new CliError("Cannot tell which GPU was measured: add --gpu, as --gpu H100-SXM");
}

/** vLLM's words, as a container would have them; what they say is judged where a service's are. */
function flagsOf(options: ServerOptions): string[] {
  const valued: [string, string | undefined][] = [
    ["tensor-parallel-size", options.tensorParallelSize],
    ["pipeline-parallel-size", options.pipelineParallelSize],
    ["data-parallel-size", options.dataParallelSize],
    ["max-num-seqs", options.maxNumSeqs],
    ["max-num-batched-tokens", options.maxNumBatchedTokens],
    ["gpu-memory-utilization", options.gpuMemoryUtilization],
    ["max-model-len", options.maxModelLen],
    ["quantization", options.quantization],
    ["kv-cache-dtype", options.kvCacheDtype],
  ];
  return [
    ...valued.flatMap(([flag, value]) => value === undefined ? [] : [`--${flag}=${value}`]),
    ...(options.enableExpertParallel ? ["--enable-expert-parallel"] : []),
    ...(options.enablePrefixCaching === false ? ["--no-enable-prefix-caching"] : []),
  ];
}

function serviceOfFlags(options: ServerOptions): LLMInferenceService {
  const { model } = options;
  if (model === undefined) {
    throw new CliError(
      "Cannot tell which engine was measured: add --model and the flags of vLLM, or --service",
    );
  }
  if (!findModel([model])) {
    const near = suggestion(model.toLowerCase(), MODEL_NAMES);
    const hint = near.startsWith("did you mean")
      ? near
      : "name the repository of one that it knows";
    throw new CliError(`Cannot calibrate "${model}": mtop has no facts about this model; ${hint}`);
  }
  return {
    apiVersion: "serving.kserve.io/v1alpha2",
    kind: "LLMInferenceService",
    metadata: { name: "engine" },
    spec: {
      model: { uri: `hf://${model}` },
      template: { containers: [{ name: "main", args: flagsOf(options) }] },
    },
  };
}

function serviceOfStore(
  store: ObjectStore,
  namespace: string,
  name: string,
): LLMInferenceService {
  const found = store.get(keyOf(SERVICE_RESOURCE, namespace, name));
  if (!found) throw notFound(SERVICE_RESOURCE, name);
  const effective = effectiveSpec(
    found.object,
    (namespace, name) => store.get(keyOf(CONFIG_RESOURCE, namespace, name))?.object,
  );
  if (effective.problem !== undefined) {
    throw new CliError(`Cannot calibrate "${name}": ${effective.problem.message}`);
  }
  const parsed = llmInferenceServiceSchema.safeParse(
    { ...found.object, spec: effective.spec },
    AS_WRITTEN,
  );
  if (parsed.success) return parsed.data;
  const [problem] = problemsOf(parsed.error.issues);
  throw new CliError(`Cannot calibrate "${name}": ${problem?.path}: ${problem?.message}`);
}

function described(
  service: LLMInferenceService,
  gpu: GpuFacts,
  kvBlocks: number | undefined,
): MeasuredServer {
  const { name } = service.metadata;
  const { serving, prefill, problems } = servingOf(service, (field) => field);
  if (!serving) throw new CliError(problems[0]!.message);
  if (prefill) refuse(name, "its prefill pods");
  const limits = engineLimits(serving, gpu);
  // It did start: blocks that the server's log gave count before those that mtop would give it.
  if ("cannotStart" in limits && (kvBlocks === undefined || limits.beforeLoading)) {
    throw new CliError(
      `Cannot calibrate "${name}" on ${gpu.name}, where it would not start with these flags: ` +
        limits.cannotStart,
    );
  }
  const server = serverOf(serving, gpu, service);
  return { ...server, ...(kvBlocks === undefined ? {} : { kvBlocks }) };
}

function refuse(name: string, what: string): never {
  throw new CliError(`Cannot calibrate "${name}": ${what} are not part of a calibration yet`);
}

/** What has coefficients that these measurements do not tell apart. */
function refuseUnfitted({ lora, speculative, offloadBytes }: ServingPlan, name: string): void {
  if (lora) refuse(name, "LoRA adapters");
  if (speculative) refuse(name, "speculative tokens");
  if (offloadBytes !== undefined) refuse(name, "offloaded keys and values");
}

function serverOf(
  serving: ServingPlan,
  gpu: GpuFacts,
  service: LLMInferenceService,
): MeasuredServer {
  const { name } = service.metadata;
  const { model } = serving;
  refuseUnfitted(serving, name);
  const published = findModel(model.repositories);
  // In the user's own spelling.
  const repository = modelNames(service).find((each) => findModel([each]) === published);
  if (!published || repository === undefined) {
    refuse(name, "models that only a config.json describes");
  }
  const { maxModelLen, gpuMemoryUtilization } = serving;
  const { pipelineParallel = 1, dataParallel = 1, expertParallel } = serving;
  return {
    model: repository,
    gpu: gpu.name,
    tensorParallel: serving.tensorParallel,
    ...(pipelineParallel > 1 ? { pipelineParallel } : {}),
    ...(dataParallel > 1 ? { dataParallel } : {}),
    ...(expertParallel ? { expertParallel } : {}),
    ...given({ kvDtype: serving.kvDtype, maxNumSeqs: serving.maxNumSeqs }),
    ...given({ maxNumBatchedTokens: serving.maxNumBatchedTokens }),
    ...given({ prefixCaching: serving.prefixCaching }),
    ...(serving.asyncScheduling === false ? { asyncScheduling: false } : {}),
    ...(model.precision === "fp8" && published.precision !== "fp8"
      ? { quantization: "fp8" as const }
      : {}),
    ...(maxModelLen === model.maxPositions ? {} : { maxModelLen }),
    ...(gpuMemoryUtilization === DEFAULT_MEMORY_UTILIZATION ? {} : { gpuMemoryUtilization }),
  };
}

/** The fields that there are. */
function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const known = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
