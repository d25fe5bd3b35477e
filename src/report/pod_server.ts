// What is known about the server in a pod: its service, its model, the phases of its start, its figures.

import { engineLimits, type ServingPlan } from "../fleet/engine_limits.ts";
import type { EventOf } from "../fleet/events.ts";
import { gpusOf } from "../fleet/scheduling/pod_needs.ts";
import type { FleetState } from "../fleet/state.ts";
import type { WorkloadPlan } from "../fleet/workload.ts";
import { listIn } from "../kube/json_shape.ts";
import { type LLMInferenceService, modelNames } from "../kube/llm_inference_service.ts";
import { isMain } from "../kube/main_container.ts";
import { nameOfChild } from "../kube/names.ts";
import type { KubeObject } from "../kube/object.ts";
import { vllmFlags } from "../kube/vllm_flags.ts";
import { adapterBytesOf } from "../scenario/adapters.ts";
import { knownModel } from "../scenario/models.ts";
import { enginesOf } from "../scenario/serving.ts";
import { workloadsOf } from "../scenario/workloads.ts";
import { BLOCK_TOKENS, NULL_BLOCKS } from "../serving/capacity.ts";
import { findGpu, type GpuFacts } from "../serving/gpus.ts";
import { checkpointBytes, kvBytesPerToken, kvShards } from "../serving/models.ts";
import {
  COLD_START,
  phasesAlone,
  SCHEDULER_STARTUP,
  type StartupPhases,
  type StartupPlan,
  type Supply,
} from "../serving/startup.ts";
import { weightBytesPerGpu } from "../serving/weight_shards.ts";
import { formatCount } from "../view/format.ts";
import { effectiveService } from "./effective_service.ts";
import type { LogValues } from "./log_templates.ts";

/** How its start goes: what it fetches and waits for, and the least that each phase takes. */
export interface PodStartup {
  readonly plan: StartupPlan;
  readonly phases: StartupPhases;
}

export interface PodServer {
  readonly namespace: string;
  readonly name: string;
  /** The LLMInferenceService it belongs to, by label; undefined for a pod that belongs to none. */
  readonly service: string | undefined;
  readonly role: "model" | "scheduler" | "tokenizer";
  /** Undefined when its service is not known. */
  readonly startup: PodStartup | undefined;
  /** What templates of its log may ask for, where it is known and does not change. */
  readonly values: LogValues;
  /** Whether a window tells of this pod, whose name may exist in other namespaces too. */
  isOwn(window: EventOf<"window">): boolean;
}

/** By `app.kubernetes.io/component`. */
const ROLES: Readonly<Record<string, "scheduler" | "tokenizer">> = {
  "llminferenceservice-router-scheduler": "scheduler",
  tokenizer: "tokenizer",
};

/** Reads it out of the pod, its service with the configs merged in, and its node. */
export function podServer(state: FleetState, pod: KubeObject): PodServer {
  const { name, namespace = "default", labels = {} } = pod.metadata;
  const service = labels["app.kubernetes.io/name"];
  const component = labels["app.kubernetes.io/component"] ?? "";
  const role = ROLES[component] ?? "model";
  const server = role !== "model" ? { startup: SCHEDULER_STARTUP, values: {} } : modelServer(
    effectiveService(state, namespace, service),
    pod,
    gpuOf(state, pod),
    state.run?.supply,
  );
  const pool = service === undefined ? {} : { pool: nameOfChild(service, "pool") };
  return {
    namespace,
    name,
    service,
    role,
    startup: server.startup &&
      { plan: server.startup, phases: phasesAlone(server.startup, state.run?.supply) },
    // A container's own process is number 1 in it.
    values: { ...server.values, ...imageValues(pod), ...pool, pod: name, namespace, pid: "1" },
    isOwn: (window) => {
      const member = state.services[window.service]?.revisions[window.revision]?.member;
      // Older logs do not say whose a revision is: the pod's name has to do.
      if (member !== undefined) return member === `${namespace}/${service}`;
      return role === "model" ? window.pods.name.includes(name) : window.service === service;
    },
  };
}

function gpuOf(state: FleetState, pod: KubeObject): GpuFacts | undefined {
  const node = state.objects[`/Node//${String(pod.spec?.["nodeName"] ?? "")}`];
  return findGpu(node?.metadata.labels?.["nvidia.com/gpu.product"] ?? "");
}

function modelServer(
  service: LLMInferenceService | undefined,
  pod: KubeObject,
  gpu: GpuFacts | undefined,
  supply: Supply | undefined,
): { readonly startup: StartupPlan | undefined; readonly values: LogValues } {
  if (!service) return { startup: undefined, values: {} };
  const names = modelNames(service);
  const model = knownModel(service);
  const bytes = model && checkpointBytes(model);
  const { serving: main, prefill } = enginesOf(service, (field) => field);
  const adapterBytes = adapterBytesOf(service, main);
  const workloads = workloadsOf(service, bytes ?? 0, main?.gpusPerPod, adapterBytes);
  const role = pod.metadata.labels?.["llm-d.ai/role"];
  const serving = role === "prefill" ? prefill : main;
  const workload = workloads.find((each) => each.role === role) ?? workloads[0];
  const { startup } = workload;
  const loadSeconds = seconds(phasesAlone(startup, supply).loading);
  return {
    startup,
    values: {
      ...(names[0] === undefined ? {} : { model: names[0] }),
      modelUri: service.spec.model.uri,
      servedName: service.spec.model.name ?? service.metadata.name,
      tensorParallel: String(serving?.tensorParallel ?? tensorParallel(service, role)),
      initSeconds: seconds(startup.initUs),
      // vLLM writes whole seconds; with --enforce-eager it captures none.
      ...(vllmFlags(service).has("enforce-eager")
        ? {}
        : { graphSeconds: COLD_START.graphsS.toFixed(0) }),
      ...weightValues(service, workload, serving, bytes, loadSeconds),
      ...lengthValues(service, serving),
      ...(serving && gpu ? cacheValues(serving, gpu) : {}),
    },
  };
}

/** As vLLM is told, else its default; of a server that is not simulated. */
function tensorParallel(service: LLMInferenceService, role: string | undefined): number | string {
  const { spec } = service;
  const told = (role === "prefill" ? spec.prefill ?? spec : spec).parallelism?.tensor;
  const flag = vllmFlags(service).get("tensor-parallel-size");
  return told ?? (typeof flag === "string" ? flag : 1);
}

function lengthValues(service: LLMInferenceService, serving: ServingPlan | undefined): LogValues {
  const length = serving?.maxModelLen ?? vllmFlags(service).get("max-model-len");
  return length === undefined ? {} : { maxModelLen: String(length) };
}

/** How long loading takes, and the weights on each GPU where it is known how they are spread. */
function weightValues(
  service: LLMInferenceService,
  { needs, groupSize = 1 }: WorkloadPlan,
  serving: ServingPlan | undefined,
  bytes: number | undefined,
  loadSeconds: string,
): LogValues {
  if (serving) {
    const gpuBytes = weightBytesPerGpu(serving.model, serving);
    return { loadSeconds, weightsGiB: gib(gpuBytes) };
  }
  // Quantised while it is loaded, they are of another size than those that were published.
  const asPublished = !vllmFlags(service).has("quantization");
  if (bytes === undefined) return {};
  const gpus = gpusOf(needs);
  if (gpus === 0 || !asPublished) return { loadSeconds };
  return { loadSeconds, weightsGiB: gib(bytes / (gpus * groupSize)) };
}

function gib(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(2);
}

function seconds(us: number): string {
  return (us / 1e6).toFixed(2);
}

/** The KV cache as vLLM reports it: tokens of the replica, GiB of each GPU. */
function cacheValues(serving: ServingPlan, gpu: GpuFacts): LogValues {
  const { model, tensorParallel, maxModelLen } = serving;
  const limits = engineLimits(serving, gpu);
  if ("cannotStart" in limits) return {};
  // vLLM tells of all its blocks, the one that it never hands out among them.
  const tokens = (limits.kvBlocks + NULL_BLOCKS) * BLOCK_TOKENS;
  const shards = kvShards(model, tensorParallel);
  return {
    kvTokens: formatCount(tokens),
    kvGiB: gib(tokens * kvBytesPerToken(model, serving.kvDtype) / shards),
    concurrency: (tokens / maxModelLen).toFixed(2),
  };
}

function imageValues(pod: KubeObject): LogValues {
  const { image } = listIn(pod.spec, "containers").find(isMain) as { image?: string } ?? {};
  if (image === undefined) return {};
  // Other images have versions of their own, which are not vLLM's.
  const version = /\/vllm-openai:v?(\d[\w.+-]*)$/.exec(image)?.[1];
  return { image, ...(version === undefined ? {} : { version }) };
}
