// The workloads of a service as KServe makes them: which Deployments or groups, of what, on which nodes.

import type { ScalingPlan } from "../fleet/autoscale/scaling_plan.ts";
import { needsOf } from "../fleet/scheduling/needs_of.ts";
import {
  DEPLOYMENT_STRATEGY,
  GROUP_STRATEGY,
  type IntOrPercent,
} from "../fleet/update_strategy.ts";
import type { WorkloadPlan } from "../fleet/workload.ts";
import {
  asksForNoGpu,
  gpusPerPod,
  type LLMInferenceService,
  mainContainer,
  type WorkloadSpec,
} from "../kube/llm_inference_service.ts";
import { withMain } from "../kube/main_container.ts";
import { managedDevices } from "../kube/managed_dra.ts";
import { withModel } from "../kube/model_storage.ts";
import type { Role } from "../kube/names.ts";
import type { Json, JsonObject } from "../kube/object.ts";
import { PICKER_IMAGE } from "../kube/presets/router_presets.ts";
import { SERVER_IMAGE } from "../kube/presets/server_presets.ts";
import { vllmFlags } from "../kube/vllm_flags.ts";
import { expertBytes, type ModelFacts, weightBytes } from "../serving/models.ts";
import {
  type ModelSource,
  SCHEDULER_STARTUP,
  startupOf,
  type StartupProbe,
} from "../serving/startup.ts";
import { withDevices } from "./claimed_devices.ts";
import { knownModel } from "./models.ts";
import { scalingOf } from "./scaling.ts";

/**
 * The main workload first, with so many GPUs a pod; `weightBytes` are those of the whole model, 0 where
 * they are not known, and `adapterBytes` those of all adapters that are fetched beside them.
 */
export function workloadsOf(
  service: LLMInferenceService,
  weightBytes: number,
  mainGpus = gpusOf(service.spec),
  adapterBytes = 0,
): [WorkloadPlan, ...WorkloadPlan[]] {
  const { spec } = service;
  const { prefill, router } = spec;
  const eager = vllmFlags(service).has("enforce-eager");
  const source = modelSource(service);
  const brought = (pod: object = {}) => withModel(pod as JsonObject, spec as unknown as JsonObject);
  const facts = knownModel(service);
  const model = { weightBytes, adapterBytes, eager, source, object: spec.model, facts, brought };
  const scaling = scalingOf(service, (field) => field);
  const devices = managedDevices(service.metadata.annotations);
  const claiming = (plan: WorkloadPlan) => withDevices(plan, service.metadata.name, devices);
  // A claim stands for GPUs that are counted elsewhere.
  const counted = (workload: WorkloadSpec, gpus = gpusOf(workload)) =>
    devices ? gpusPerPod(workload) ?? 0 : gpus;
  const main = scaledBy(
    scaling.main,
    workloadOf(spec, prefill ? "decode" : "both", model, counted(spec, mainGpus)),
  );
  const scheduler = router?.scheduler as
    | {
      replicas?: number;
      pool?: { ref?: unknown };
      template?: JsonObject;
      tokenizer?: { template?: JsonObject };
    }
    | undefined;
  return [
    claiming(main),
    ...(prefill
      ? [claiming(scaledBy(
        scaling.prefill,
        workloadOf(prefill, "prefill", model, counted(prefill)),
      ))]
      : []),
    ...(scheduler && scheduler.pool?.ref === undefined
      ? [schedulerOf(scheduler.replicas, scheduler.template)]
      : []),
    ...(scheduler?.tokenizer?.template ? [tokenizerOf(scheduler.tokenizer.template)] : []),
  ];
}

/** It begins with as few replicas as its autoscaler may give it. */
function scaledBy(scaling: ScalingPlan | undefined, workload: WorkloadPlan): WorkloadPlan {
  return scaling ? { ...workload, replicas: scaling.minReplicas, scaling } : workload;
}

/** What a pod fetches and loads. */
interface FetchedModel {
  readonly weightBytes: number;
  readonly adapterBytes: number;
  readonly eager: boolean;
  readonly source: ModelSource;
  /** As it stands in the service. */
  readonly object: LLMInferenceService["spec"]["model"];
  /** A rendered PodSpec with what KServe adds to it for the model. */
  readonly brought: (pod: object | undefined) => JsonObject;
  readonly facts: ModelFacts | undefined;
}

/** By the scheme of its URI (KServe): a claim is mounted, an image pulled, all else downloaded. */
function modelSource({ metadata, spec }: LLMInferenceService): ModelSource {
  const [, scheme = "", rest = ""] = /^([a-z+]+):\/\/(.*)$/.exec(spec.model.uri) ?? [];
  if (scheme === "pvc") {
    const [claim = ""] = rest.split("/");
    return { kind: "volume", claim: `${metadata.namespace ?? "default"}/${claim}` };
  }
  return scheme === "oci" || scheme === "oci+native"
    ? { kind: "image", reference: rest }
    : { kind: "hub" };
}

function workloadOf(
  spec: WorkloadSpec,
  role: Role,
  { weightBytes, object, facts, brought, ...model }: FetchedModel,
  gpus = gpusOf(spec),
): WorkloadPlan {
  const size = spec.worker ? groupSize(spec) : undefined;
  const resources = resourcesOf(spec, gpus);
  const template = brought(spec.template);
  return {
    role,
    replicas: spec.replicas ?? 1,
    ...(size === undefined ? {} : { groupSize: size }),
    image: mainContainer(spec)?.image ?? SERVER_IMAGE,
    resources,
    needs: needsOf(withMain(template, { resources })),
    template,
    ...(spec.worker ? workerOf(spec, brought(spec.worker)) : {}),
    startup: startupOf(weightBytes, {
      ...model,
      ...loadedBy(spec, size ?? 1, facts),
      probe: probeOf(spec),
    }),
    told: toldOf(spec, object as Json),
    ...updateOf(spec),
  };
}

/**
 * Stages share all weights out, data-parallel ranks their experts alone: of the rest each pod loads all
 * (once, from the page cache for its other ranks).
 */
function loadedBy(
  { parallelism = {} }: WorkloadSpec,
  pods: number,
  model: ModelFacts | undefined,
): { pods: number; loadShare?: number } {
  if (pods === 1 || parallelism.data === undefined || !model) return { pods };
  const experts = expertBytes(model) / weightBytes(model);
  return { pods, loadShare: 1 - experts + experts / pods };
}

/** What KServe renders into the pods beside their template. */
function toldOf(spec: WorkloadSpec, model: Json): Json {
  const { parallelism = {}, labels = {}, annotations = {} } = spec as {
    parallelism?: JsonObject;
    labels?: JsonObject;
    annotations?: JsonObject;
  };
  return { model, parallelism, labels, annotations };
}

/** KServe's `rolloutStrategy`; what it leaves out is the workload controller's own default. */
function updateOf(spec: WorkloadSpec): Pick<WorkloadPlan, "update"> {
  const { rolloutStrategy } = spec as {
    rolloutStrategy?: { maxSurge?: IntOrPercent; maxUnavailable?: IntOrPercent };
  };
  if (!rolloutStrategy) return {};
  const defaults = spec.worker ? GROUP_STRATEGY : DEPLOYMENT_STRATEGY;
  return { update: { strategy: { ...defaults, ...rolloutStrategy } } };
}

/** Its own startup probe, Kubernetes' defaults for what that leaves out; undefined is KServe's. */
function probeOf(spec: WorkloadSpec): StartupProbe | undefined {
  const probe = mainContainer(spec)?.["startupProbe"] as Partial<StartupProbe> | undefined;
  if (probe === undefined) return undefined;
  const { periodSeconds = 10, failureThreshold = 3 } = probe;
  const valid = [periodSeconds, failureThreshold].every((n) => Number.isSafeInteger(n) && n >= 1);
  return valid ? { periodSeconds, failureThreshold } : undefined;
}

/** What the container asks for, and the GPUs that it gets where it names none. */
function resourcesOf(spec: WorkloadSpec, gpus: number): JsonObject {
  const resources = (mainContainer(spec)?.resources ?? {}) as { limits?: JsonObject };
  if (gpus === 0 || gpusPerPod(spec) !== undefined) return resources;
  return { ...resources, limits: { ...resources.limits, "nvidia.com/gpu": String(gpus) } };
}

/** The other pods of a group: each is made from a spec of its own. */
function workerOf(
  spec: WorkloadSpec,
  worker: JsonObject,
): Pick<WorkloadPlan, "worker" | "workerNeeds"> {
  const own = { ...spec, template: worker as WorkloadSpec["template"] };
  return {
    worker,
    workerNeeds: needsOf(withMain(worker, { resources: resourcesOf(own, gpusOf(own)) })),
  };
}

/** GPUs of one pod: as it asks, else as many as its parallelism needs; workers have stages of their own. */
function gpusOf(spec: WorkloadSpec): number {
  if (asksForNoGpu(spec)) return 0;
  const { tensor = 1, pipeline = 1, dataLocal = 1 } = spec.parallelism ?? {};
  const stages = spec.worker ? 1 : pipeline;
  const asked = gpusPerPod(spec) ?? tensor * stages * dataLocal;
  return Number.isSafeInteger(asked) && asked >= 0 ? asked : 0;
}

/** KServe's size of a LeaderWorkerSet: its data-parallel nodes, else its pipeline stages. */
export function groupSize({ parallelism = {} }: WorkloadSpec): number {
  const { data, dataLocal, pipeline } = parallelism;
  if (data !== undefined) return Math.max(1, Math.floor(data / (dataLocal ?? 1)));
  return pipeline ?? 1;
}

/** Its pods are what its template says: KServe's preset, unless somebody wrote another. */
/** It reads the tokenizer alone, which is small beside a model: assumed to be there at once. */
function tokenizerOf(template: JsonObject): WorkloadPlan {
  const { image = "" } = mainContainer({ template: template as WorkloadSpec["template"] }) ?? {};
  return { ...schedulerOf(1, template), role: "tokenizer", image };
}

function schedulerOf(replicas = 1, template: JsonObject = {}): WorkloadPlan {
  const main = mainContainer({ template: template as WorkloadSpec["template"] });
  return {
    role: "scheduler",
    replicas,
    image: main?.image ?? PICKER_IMAGE,
    resources: (main?.resources ?? {}) as JsonObject,
    needs: needsOf(template),
    template,
    startup: SCHEDULER_STARTUP,
  };
}
