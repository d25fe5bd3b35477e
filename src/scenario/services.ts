// Reads out of an LLMInferenceService what a simulation needs: its engines, its pods, how it gets requests.

import type { ServingPlan } from "../fleet/engine_limits.ts";
import type { ServicePlan } from "../fleet/fleet_plan.ts";
import type { NodeKinds } from "../fleet/node_kinds.ts";
import type { Routing } from "../fleet/picker/plan.ts";
import type { PluginTypes } from "../fleet/picker/plugin_type.ts";
import type { Effective } from "../fleet/revision.ts";
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
  type LLMInferenceService,
  llmInferenceServiceSchema,
} from "../kube/llm_inference_service.ts";
import type { KubeObject } from "../kube/object.ts";
import { presetNamed } from "../kube/presets/presets.ts";
import { hasStopAnnotation } from "../kube/stop.ts";
import type { Slo } from "../metrics/slo.ts";
import { checkpointBytes } from "../serving/models.ts";
import { virtualTimestamp } from "../sim/timestamp.ts";
import { adapterBytesOf } from "./adapters.ts";
import { routingOf } from "./endpoint_picker.ts";
import type { At } from "./engine_flags.ts";
import { fitProblems } from "./fit.ts";
import { httpRouteProblems } from "./http_route.ts";
import { knownModel } from "./models.ts";
import { prefillAt } from "./prefill.ts";
import { AS_WRITTEN, type Problem, problemsOf } from "./problem.ts";
import { scalingOf } from "./scaling.ts";
import { enginesOf, type Serving } from "./serving.ts";
import { slipsIn } from "./slips.ts";
import { sharedGroup } from "./targets.ts";
import { workloadsOf } from "./workloads.ts";

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
  const unknown = slipsIn(input, ["services", index]);
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
    problemsOf(llmInferenceServiceSchema.safeParse(input, AS_WRITTEN).error?.issues ?? [], place);
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
  const parsed = llmInferenceServiceSchema.safeParse({ ...object, spec }, AS_WRITTEN);
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

interface Served extends Serving {
  readonly routing?: Routing;
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

/** The object as the cluster would hold it when the run begins; its status is the run's to tell. */
function kubeObject({ status: _, ...object }: KubeObject): KubeObject {
  const namespace = object.metadata.namespace ?? "default";
  const metadata = { ...object.metadata, namespace, creationTimestamp: virtualTimestamp(0) };
  return { ...object, metadata };
}
