// Reads out of an LLMInferenceService what a simulation needs: model, GPUs, parallelism, engine flags.

import { type ServingPlan, tooFewTokens } from "../fleet/engine_limits.ts";
import type { ServicePlan } from "../fleet/fleet_plan.ts";
import type { NodeKinds } from "../fleet/node_kinds.ts";
import type { Routing } from "../fleet/picker/plan.ts";
import type { PluginTypes } from "../fleet/picker/plugin_type.ts";
import type { Effective } from "../fleet/revision.ts";
import { celProblem } from "../fleet/scheduling/claims.ts";
import { STOPPED } from "../fleet/service_status.ts";
import { toStorage } from "../kube/conversion.ts";
import {
  baseRefsOf,
  type ConfigLookup,
  configsOfService,
  effectiveSpec,
} from "../kube/effective_spec.ts";
import { isRecord } from "../kube/fields.ts";
import {
  asksForNoGpu,
  type LLMInferenceService,
  llmInferenceServiceSchema,
} from "../kube/llm_inference_service.ts";
import { CEL_SELECTOR, managedDevices } from "../kube/managed_dra.ts";
import { storageProblem } from "../kube/model_storage.ts";
import type { KubeObject } from "../kube/object.ts";
import { presetNamed } from "../kube/presets/presets.ts";
import { hasStopAnnotation } from "../kube/stop.ts";
import type { Slo } from "../metrics/slo.ts";
import { checkpointBytes } from "../serving/models.ts";
import { virtualTimestamp } from "../sim/timestamp.ts";
import { adapterBytesOf, lorasOf } from "./adapters.ts";
import { asyncSchedulingOf } from "./async_scheduling.ts";
import { checkContextLength, contextLengthOf } from "./context_length.ts";
import { routingOf } from "./endpoint_picker.ts";
import { type At, EngineFlags } from "./engine_flags.ts";
import { fitProblems } from "./fit.ts";
import { httpRouteProblems } from "./http_route.ts";
import { knownModel, modelOf } from "./models.ts";
import { offloadBytesOf } from "./offloading.ts";
import { checkParallelism, parallelismOf } from "./parallelism.ts";
import { kvDtypeOf, modelAsServed } from "./precision_flags.ts";
import { pairProblems, prefillAt, prefillService } from "./prefill.ts";
import { type Problem, problemsOf } from "./problem.ts";
import { scalingOf } from "./scaling.ts";
import { speculationOf } from "./speculation.ts";
import { sharedGroup } from "./targets.ts";
import { unknownFieldProblems } from "./unknown_fields.ts";
import { refuseUnmodelled, refuseUnmodelledOf } from "./unmodelled_flags.ts";
import { workloadsOf } from "./workloads.ts";

/** vLLM's default up to 0.19 (aiconfigurator 095f58a records 0.92 from 0.22 on). */
export const DEFAULT_MEMORY_UTILIZATION = 0.9;

/**
 * What a service is to the simulation, or all that keeps it from being simulated: its presets are KServe's,
 * its configs those that `lookup` finds, `ownPlugins` those of the scenario's own code. Whether it fits is
 * asked of `nodes`, unless they are not known.
 */
export function planService(
  input: unknown,
  index: number,
  nodes: NodeKinds | undefined,
  slos: Readonly<Record<string, Slo>>,
  lookup: ConfigLookup = () => undefined,
  ownPlugins: PluginTypes = {},
): { plan: ServicePlan } | { problems: Problem[] } {
  const unread = (input as { problem?: unknown } | null | undefined)?.problem;
  if (typeof unread === "string") {
    return { problems: [{ path: `services[${index}]`, message: unread }] };
  }
  const combined = combine(isRecord(input) ? toStorage(input) : input, index, lookup);
  if ("problems" in combined) return combined;
  const { object, service, effective } = combined;
  const at = (field: string) => `services[${index}].${field}`;
  const { serving, prefill, routing, problems } = servingOf(service, at, ownPlugins);
  if (!serving) return { problems };
  const { name } = service.metadata;
  const slo = slos[name];
  const group = sharedGroup(service as unknown as KubeObject);
  // What is fetched is the published checkpoint, in whatever precision it is served.
  const fetched = checkpointBytes(knownModel(service) ?? serving.model);
  const adapters = adapterBytesOf(service, serving);
  const workloads = workloadsOf(service, fetched, serving.gpusPerPod, adapters);
  const unfit = unfitOf(serving, prefill, workloads, nodes, at);
  if (unfit.length > 0) return { problems: unfit };
  return {
    plan: {
      name,
      object: kubeObject(object),
      effective,
      configs: configsOf(object, lookup),
      workloads,
      serving,
      ...(prefill && { prefill }),
      ...(routing && { routing }),
      ...(slo ? { slo } : {}),
      ...(group ? { group } : {}),
      ...(hasStopAnnotation(object) ? { blocked: STOPPED } : {}),
    },
  };
}

/** A service as it was written, and as KServe combines it with its presets and configs. */
interface Combined {
  readonly object: KubeObject;
  readonly service: LLMInferenceService;
  readonly effective: Effective;
}

/** By its input an issue can tell what is missing from what is wrong. */
const WITH_INPUT = { reportInput: true } as const;

/** Those of its own that it is based on. */
function configsOf(object: KubeObject, lookup: ConfigLookup): readonly KubeObject[] {
  return [...configsOfService(object, lookup)].filter((config) =>
    presetNamed(config.metadata.name) !== config
  );
}

function combine(
  input: unknown,
  index: number,
  lookup: ConfigLookup,
): Combined | { problems: Problem[] } {
  const unknown = unknownFieldProblems(input, ["services", index]);
  const merged = merge(input, index, lookup);
  const problems = [...unknown, ...("problems" in merged ? merged.problems : [])];
  return problems.length > 0 ? { problems } : merged;
}

function merge(
  input: unknown,
  index: number,
  lookup: ConfigLookup,
): Combined | { problems: Problem[] } {
  const own = () =>
    problemsOf(llmInferenceServiceSchema.safeParse(input, WITH_INPUT).error?.issues ?? [], place);
  const place = ["services", index];
  if (!isNamed(input)) return { problems: own() };
  const object = input as unknown as KubeObject;
  const merged = effectiveSpec(object, lookup);
  if (merged.problem) {
    const { reason, message } = merged.problem;
    const field = reason === "ConfigNotFound" ? "spec.baseRefs" : "spec";
    const problems = baseRefsOf(object).length > 0 ? [] : own();
    return {
      problems: [...problems, { path: `services[${index}].${field}`, message }],
    };
  }
  const { spec, applied, annotations } = merged;
  const parsed = llmInferenceServiceSchema.safeParse({ ...object, spec }, WITH_INPUT);
  if (parsed.success) {
    return { object, service: parsed.data, effective: { spec, applied, annotations } };
  }
  // What is wrong in the service itself is told where it stands there; what it lacks its configs may have.
  const problems = baseRefsOf(object).length > 0 ? [] : own();
  return { problems: problems.length > 0 ? problems : problemsOf(parsed.error.issues, place) };
}

function isNamed(input: unknown): input is Readonly<Record<string, unknown>> {
  return isRecord(input) && isRecord(input["metadata"]) && isRecord(input["spec"]) &&
    typeof input["metadata"]["name"] === "string";
}

interface Served {
  readonly serving?: ServingPlan;
  readonly prefill?: ServingPlan;
  readonly routing?: Routing;
  readonly problems: Problem[];
}

/** How a service's engines serve and get their requests, or all that keeps it from being simulated. */
export function servingOf(
  service: LLMInferenceService,
  at: At,
  ownPlugins: PluginTypes = {},
): Served {
  const served = enginesOf(service, at);
  const { routing, problems } = routingOf(
    service,
    served.serving?.lora?.slots ?? 0,
    at,
    ownPlugins,
  );
  const others = [
    ...problems,
    ...httpRouteProblems(service, at),
    ...scalingOf(service, at).problems,
  ];
  if (!routing || others.length > 0) return { problems: [...served.problems, ...others] };
  return served.serving ? { ...served, routing } : served;
}

/** How its engines serve. */
function enginesOf(service: LLMInferenceService, at: At): Omit<Served, "routing"> {
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

/** What keeps the pods of either workload off every node. */
function unfitOf(
  serving: ServingPlan,
  prefill: ServingPlan | undefined,
  workloads: ServicePlan["workloads"],
  nodes: NodeKinds | undefined,
  at: At,
): Problem[] {
  const other = workloads.find(({ role }) => role === "prefill");
  return [
    ...fitProblems(serving, workloads[0], nodes, at),
    ...(prefill && other ? fitProblems(prefill, other, nodes, prefillAt(at)) : []),
  ];
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

/** The object as the cluster would hold it when the run begins; its status is the run's to tell. */
function kubeObject({ status: _, ...object }: KubeObject): KubeObject {
  const namespace = object.metadata.namespace ?? "default";
  const metadata = { ...object.metadata, namespace, creationTimestamp: virtualTimestamp(0) };
  return { ...object, metadata };
}
